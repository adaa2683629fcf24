#include "adapters/mariadb/texts.h"

#include "base/utf8.h"

namespace sluice::maria {

std::string fitting(std::string_view text, std::size_t bytes_max) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto size = utf8_bytes_at(text, at);
        const auto taken = size == 0 ? 1 : size;
        if (out.size() + taken > bytes_max) break;
        if (size == 0) {
            out += '?';
        } else {
            out.append(text.substr(at, size));
        }
        at += taken;
    }
    return out;
}

}  // namespace sluice::maria
