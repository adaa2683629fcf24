#pragma once
// Names of what readers see and caches keep. A store writes such a name into the invalidation outbox, in the transaction
// that changes what the name stands for (ports/invalidation_outbox.h). Pure.

#include <string>

#include "base/ids.h"

namespace sluice {

inline std::string shop_page_key(ShopId shop) { return "shop:" + std::to_string(shop.value()); }
// Every page of the shop's reviews, in every order.
inline std::string reviews_page_key(ShopId shop) { return "reviews:" + std::to_string(shop.value()); }
// Every page of the shop's goods.
inline std::string shop_goods_page_key(ShopId shop) { return "shop-goods:" + std::to_string(shop.value()); }
inline std::string goods_page_key(GoodsId goods) { return "goods:" + std::to_string(goods.value()); }
inline std::string sale_page_key(SaleId sale) { return "sale:" + std::to_string(sale.value()); }

}  // namespace sluice
