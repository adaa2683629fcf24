#include "base/error.h"

#include <cstddef>

namespace sluice {
namespace {

constexpr std::array kCatalogue = {
#define SLUICE_CODE(name, wire, retry, status, text) \
    CodeInfo{Code::name, wire, Retry::retry, status, text},
#include "base/errors.def"
#undef SLUICE_CODE
};

}  // namespace

const CodeInfo& info(Code code) { return kCatalogue[static_cast<std::size_t>(code)]; }

std::string to_string(const Error& error) {
    std::string text(info(error.code).wire);
    if (!error.detail.empty()) text += ": " + error.detail;
    return text;
}

}  // namespace sluice
