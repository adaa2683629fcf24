#include "app/forget_pages.h"

#include <utility>

namespace sluice {

Task<void> forget_pages(const Ports& ports, std::vector<std::string> pages) {
    const Deadline deadline = ports.clock.in(kForgetTime);
    for (std::string& page : pages) {
        auto forgotten = co_await ports.cache.invalidate(std::move(page), deadline);
        if (!forgotten.ok()) co_return;
    }
}

}  // namespace sluice
