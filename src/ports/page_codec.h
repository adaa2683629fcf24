#pragma once
// Pages of the platform as bytes, for caches outside the process. A format byte comes first; what an older or a newer
// release wrote is not understood, and then simply loaded anew. Pure.

#include <optional>
#include <string>
#include <string_view>

#include "ports/platform_reader.h"

namespace sluice {

// Page: Shop, Goods, ReviewsPage, ShopsPage, GoodsPage or SalePage.
template <class Page>
std::string encode_page(const Page& page);
// nullopt: not what encode_page() of this very type and release wrote, whole and unchanged in form.
template <class Page>
std::optional<Page> decode_page(std::string_view bytes);
// What it takes of memory, about.
template <class Page>
std::size_t page_bytes(const Page& page);

}  // namespace sluice
