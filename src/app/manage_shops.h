#pragma once
// The operator's side of shops: create and edit them and their goods, hide reviews and show them again. Every edit and
// every word on a review carries an actor and a reason, and leaves an audit row in the same transaction.

#include "app/actor.h"
#include "app/ports.h"

namespace sluice {

class ManageShops {
public:
    explicit ManageShops(Ports ports) : ports_(ports) {}

    Task<Result<ShopId>> create(Shop shop, Deadline deadline);
    Task<Result<GoodsId>> create_goods(Goods goods, Deadline deadline);  // kNotFound: no such shop
    Task<Result<Shop>> edit(ShopId shop, ShopEdit edit, Actor actor, Deadline deadline);  // kNotFound
    // kNotFound: no such review, or its author took it back.
    Task<Result<Review>> moderate(ReviewId review, ReviewState to, Actor actor, Deadline deadline);

private:
    Ports ports_;
};

}  // namespace sluice
