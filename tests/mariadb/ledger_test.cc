// The production ledger, on a real server, under the same contract as the embedded one.

#include "contract/deferred_contract.h"
#include "contract/id_source_contract.h"
#include "contract/ledger_contract.h"
#include "contract/payment_contract.h"
#include "contract/review_book_contract.h"
#include "contract/review_lists_contract.h"
#include "contract/sale_book_contract.h"
#include "contract/shop_lists_contract.h"
#include "mariadb/shop.h"
#include "mariadb/test_server.h"

namespace sluice {
namespace {

using Backends = ::testing::Types<MariaBackend>;

INSTANTIATE_TYPED_TEST_SUITE_P(Mariadb, LedgerContract, Backends);
INSTANTIATE_TYPED_TEST_SUITE_P(Mariadb, DeferredContract, Backends);
INSTANTIATE_TYPED_TEST_SUITE_P(Mariadb, PaymentContract, Backends);
INSTANTIATE_TYPED_TEST_SUITE_P(Mariadb, SaleBookContract, Backends);
INSTANTIATE_TYPED_TEST_SUITE_P(Mariadb, ShopListsContract, Backends);
INSTANTIATE_TYPED_TEST_SUITE_P(Mariadb, IdSourceContract, Backends);
INSTANTIATE_TYPED_TEST_SUITE_P(Mariadb, ReviewBookContract, Backends);
INSTANTIATE_TYPED_TEST_SUITE_P(Mariadb, ReviewListsContract, Backends);

class MariaNotes : public MariaFaultTest {};

TEST_F(MariaNotes, AreRecordedWithTheWorkThatTheyAreAbout) {
    DeferredWork work;
    work.kind = WorkKind::kPayment;
    work.key = "p1";
    work.state = DeferredState::kBuried;
    work.first_failed_at = work.due_at = kNow;
    get(ledger().defer_work(work, std::nullopt, kNever));
    const auto connection = server().connect();
    const auto notes = [&] {
        auto row = connection->prepare("SELECT COUNT(*) FROM audit_log WHERE actor = 'tester'");
        row.execute();
        return row.next() ? row.get<std::int64_t>(0) : -1;
    };
    EXPECT_EQ(notes(), 0);
    work.state = DeferredState::kParked;
    get(ledger().defer_work(work, note(), kNever));
    EXPECT_EQ(notes(), 1);
    EXPECT_EQ(get(ledger().find_work(WorkKind::kPayment, "p1", kNever))->state, DeferredState::kParked);
    get(ledger().finish_work(WorkKind::kPayment, "p1", note(), kNever));
    EXPECT_EQ(notes(), 2);
}

}  // namespace
}  // namespace sluice
