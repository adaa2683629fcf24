#include "domain/shop.h"

#include <utility>

namespace sluice {

Shop edited(Shop shop, ShopEdit edit) {
    if (edit.name) shop.name = std::move(*edit.name);
    if (edit.category) shop.category = std::move(*edit.category);
    if (edit.city) shop.city = std::move(*edit.city);
    if (edit.location) shop.location = edit.location;
    return shop;
}

}  // namespace sluice
