// The ledger of embedded mode under the ledger's contract, with the simulator's lanes and with
// threads.

#include "adapters/sqlite/evidence.h"
#include "adapters/sqlite/id_source.h"
#include "adapters/sqlite/invalidation_outbox.h"
#include "adapters/sqlite/ledger.h"
#include "adapters/sqlite/order_book.h"
#include "adapters/sqlite/review_book.h"
#include "adapters/sqlite/sale_book.h"
#include "contract/deferred_contract.h"
#include "contract/id_source_contract.h"
#include "contract/ledger_contract.h"
#include "contract/payment_contract.h"
#include "contract/review_book_contract.h"
#include "contract/review_lists_contract.h"
#include "contract/sale_book_contract.h"
#include "contract/shop_lists_contract.h"
#include "support/test_store.h"
#include "support/virtual_clock.h"

namespace sluice {
namespace {

template <TestStore::Lanes kLanes>
class SqliteBackend {
public:
    SqliteBackend() { open(); }

    Ledger& ledger() { return *ledger_; }
    SaleBook& sales() { return *sales_; }
    OrderBook& orders() { return *orders_; }
    ReviewBook& reviews() { return *reviews_; }
    InvalidationOutbox& outbox() { return *outbox_; }
    cache::IdSource& shop_ids() { return *shop_ids_; }
    cache::IdSource& goods_ids() { return *goods_ids_; }
    std::unique_ptr<audit::Evidence> evidence() {
        return std::make_unique<SqliteEvidence>(store_.path());
    }
    void set_now(WallTime now) { clock_.step_wall(now - clock_.wall()); }
    void restart() {
        store_.reopen();
        open();
    }
    template <class T>
    T run(Task<T> task) {
        return store_.run(std::move(task));
    }

private:
    void open() {
        ledger_.emplace(store_.store(), clock_);
        sales_.emplace(store_.store(), clock_);
        orders_.emplace(store_.store(), clock_);
        reviews_.emplace(store_.store(), clock_);
        outbox_.emplace(store_.store(), clock_);
        shop_ids_.emplace(SqliteIdSource::of_shops(store_.store(), clock_));
        goods_ids_.emplace(SqliteIdSource::of_goods(store_.store(), clock_));
    }

    VirtualClock clock_;
    TestStore store_{kLanes};
    std::optional<SqliteLedger> ledger_;
    std::optional<SqliteSaleBook> sales_;
    std::optional<SqliteOrderBook> orders_;
    std::optional<SqliteReviewBook> reviews_;
    std::optional<SqliteInvalidationOutbox> outbox_;
    std::optional<SqliteIdSource> shop_ids_;
    std::optional<SqliteIdSource> goods_ids_;
};

using Backends = ::testing::Types<
    SqliteBackend<TestStore::Lanes::kInline>, SqliteBackend<TestStore::Lanes::kThread>>;

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, LedgerContract, Backends);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, DeferredContract, Backends);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, PaymentContract, Backends);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, SaleBookContract, Backends);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, ShopListsContract, Backends);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, ReviewBookContract, Backends);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, ReviewListsContract, Backends);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, IdSourceContract, Backends);

}  // namespace
}  // namespace sluice
