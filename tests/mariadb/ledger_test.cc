// The production ledger, on a real server, under the same contract as the embedded one.

#include "contract/deferred_contract.h"
#include "contract/id_source_contract.h"
#include "contract/ledger_contract.h"
#include "contract/payment_contract.h"
#include "contract/review_book_contract.h"
#include "contract/review_lists_contract.h"
#include "contract/sale_book_contract.h"
#include "contract/shop_lists_contract.h"
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

}  // namespace
}  // namespace sluice
