#include "adapters/mariadb/ledger_snapshot.h"

#include <algorithm>
#include <span>
#include <utility>

#include "adapters/mariadb/rows.h"

namespace sluice::maria {
namespace {

template <class T>
std::vector<T> distinct(std::vector<T> values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
}

// Ids in one IN list: servers turn longer ones into a table of their own.
constexpr std::size_t kListMax = 500;

// The same statement for every kListMax of the values; `head` ends before the list.
template <class T, class Head>
void add_lookups(SqlText& text, const std::vector<T>& values, Head head) {
    for (std::size_t first = 0; first < values.size(); first += kListMax) {
        const auto count = std::min(kListMax, values.size() - first);
        head(text);
        text.list(std::span(values).subspan(first, count)).end();
    }
}

void add_head(SqlText& text, SaleId sale) {
    // Deferred orders and unmatched payments are rare: whether there are any spares looking.
    text.sql("SELECT ")
        .sql(kSaleColumns)
        .sql(
            ", EXISTS (SELECT 1 FROM deferred_orders d WHERE d.sale_id = s.sale_id)"
            ", EXISTS (SELECT 1 FROM payments p WHERE p.state = 'unmatched'), "
        )
        .sql(kNowMs)
        .sql(kFromSales)
        .sql("WHERE s.sale_id = ")
        .value(sale)
        .end();
}

// Here and below the index is named: with statistics from before the sale the server may prefer to
// read all of it.
void add_orders(SqlText& text, SaleId sale, const std::vector<OrderId>& ids) {
    add_lookups(text, ids, [&](SqlText& to) {
        to.sql(kSelectOrder)
            .sql("FORCE INDEX (orders_by_id) WHERE sale_id = ")
            .value(sale)
            .sql(" AND order_id IN ");
    });
}

void add_totals(SqlText& text, SaleId sale, const std::vector<BuyerId>& buyers) {
    add_lookups(text, buyers, [&](SqlText& to) {
        to.sql("SELECT buyer, bought FROM buyer_totals FORCE INDEX (PRIMARY) WHERE sale_id = ")
            .value(sale)
            .sql(" AND buyer IN ");
    });
}

std::size_t lookups(std::size_t values) { return (values + kListMax - 1) / kListMax; }

// read(row) for each row of the next `statements` answers.
template <class Read>
void read_answers(Answers& answers, std::size_t statements, Read read) {
    for (std::size_t i = 0; i < statements; ++i) {
        answers.next_statement();
        while (answers.next()) read(answers);
    }
}

// What a first look showed to be worth a second one.
struct More {
    bool deferred = false;
    bool unmatched = false;
};

void read_totals(Answers& answers, std::size_t statements, SaleSnapshot& out) {
    read_answers(answers, statements, [&](const Row& row) {
        out.bought.push_back({row.get<BuyerId>(0), row.get<Units>(1)});
    });
}

// In one round trip what nearly always is all: the sale, its orders, the asked buyers' totals.
std::optional<More> read_usual(
    Connection& connection, SaleId sale, const std::vector<OrderId>& ids,
    const std::vector<BuyerId>& buyers, SaleSnapshot& out
) {
    SqlText text;
    add_head(text, sale);
    add_orders(text, sale, ids);
    add_totals(text, sale, buyers);
    auto answers = connection.ask(text);
    answers.next_statement();
    if (!answers.next()) return std::nullopt;
    auto row = read_sale(answers);
    out.sale = std::move(row.sale);
    out.version = row.version;
    out.sealed_epoch = row.sealed_epoch;
    const More more{answers.get<bool>(kSaleColumnCount), answers.get<bool>(kSaleColumnCount + 1)};
    out.now = answers.get<WallTime>(kSaleColumnCount + 2);
    read_answers(answers, lookups(ids.size()), [&](const Row& found) {
        out.orders.push_back(read_order(found));
    });
    read_totals(answers, lookups(buyers.size()), out);
    return more;
}

void read_deferred(Connection& connection, const std::vector<OrderId>& ids, SaleSnapshot& out) {
    SqlText text;
    add_lookups(text, ids, [&](SqlText& to) {
        to.sql(kSelectDeferredOrder)
            .sql("WHERE sale_id = ")
            .value(out.sale.id)
            .sql(" AND order_id IN ");
    });
    if (text.empty()) return;
    auto answers = connection.ask(text);
    read_answers(answers, text.statements(), [&](const Row& row) {
        out.deferred.push_back(read_deferred_order(row));
    });
}

void read_unmatched(Connection& connection, const std::vector<OrderId>& ids, SaleSnapshot& out) {
    SqlText text;
    add_lookups(text, ids, [&](SqlText& to) {
        to.sql("SELECT payment_id FROM payments WHERE awaited_order IN ");
    });
    if (text.empty()) return;
    auto answers = connection.ask(text);
    read_answers(answers, text.statements(), [&](const Row& row) {
        out.unmatched.push_back(row.get<PaymentId>(0));
    });
}

// Totals of buyers who were not asked for, but whose orders were.
void read_more_totals(
    Connection& connection, const std::vector<BuyerId>& asked, SaleSnapshot& out
) {
    std::vector<BuyerId> buyers;
    for (const auto& order : out.orders) {
        if (!std::binary_search(asked.begin(), asked.end(), order.buyer)) {
            buyers.push_back(order.buyer);
        }
    }
    SqlText text;
    add_totals(text, out.sale.id, distinct(std::move(buyers)));
    if (text.empty()) return;
    auto answers = connection.ask(text);
    read_totals(answers, text.statements(), out);
}

void read_settings(Answers& answers, Catalogue& catalogue) {
    answers.next_statement();
    while (answers.next()) {
        const auto name = answers.view(0);
        if (name == "lease_ms") catalogue.lease = answers.get<Millis>(1);
        if (name == "lease_margin_ms") catalogue.lease_margin = answers.get<Millis>(1);
    }
}

GateImage image_of(const SaleRow& row) {
    GateImage image;
    image.sale = row.sale.id;
    image.epoch = row.sale.epoch;
    image.version = row.version;
    image.available = row.sale.available;
    image.limit_per_buyer = row.sale.limit_per_buyer;
    image.opens_at = row.sale.opens_at;
    image.closes_at = row.sale.closes_at;
    image.state = row.sale.state;
    image.revision = row.sale.revision;
    return image;
}

void read_held(Connection& connection, GateImage& image) {
    static const std::string sql = std::string(kSelectDeferredOrder) + "WHERE sale_id = ?";
    auto row = connection.prepare(sql);
    row.query(image.sale);
    while (row.next()) {
        auto deferred = read_deferred_order(row);
        image.held.push_back({std::move(deferred.order), deferred.due_at, 0});
    }
}

// There may be a million: rows come one by one from the wire.
bool read_finished(
    Connection& connection, SaleId sale, std::size_t rows_max, const std::function<bool(ImageRows)>& take
) {
    auto row = connection.prepare(
        "SELECT order_id, state, quantity FROM orders FORCE INDEX (PRIMARY)"
        " WHERE sale_id = ? ORDER BY place"
    );
    row.query(sale);
    ImageRows rows;
    while (row.next()) {
        const auto letter = letter_of(row.get_parsed(1, parse_order_state));
        rows.finished.push_back({row.get<OrderId>(0), letter, row.get<Units>(2)});
        if (rows.finished.size() == rows_max && !take(std::exchange(rows, {}))) return false;
    }
    return rows.empty() || take(std::move(rows));
}

bool read_bought(
    Connection& connection, SaleId sale, std::size_t rows_max, const std::function<bool(ImageRows)>& take
) {
    auto row = connection.prepare("SELECT buyer, bought FROM buyer_totals WHERE sale_id = ?");
    row.query(sale);
    ImageRows rows;
    while (row.next()) {
        rows.bought.push_back({row.get<BuyerId>(0), row.get<Units>(1)});
        if (rows.bought.size() == rows_max && !take(std::exchange(rows, {}))) return false;
    }
    return rows.empty() || take(std::move(rows));
}

}  // namespace

Result<Catalogue> read_sale_catalogue(Connection& connection) {
    SqlText text;
    text.sql("SELECT @@GLOBAL.read_only, ").sql(kNowMs).end();
    text.sql("SELECT name, value FROM settings").end();
    text.sql("SELECT ").sql(kSaleColumns).sql(kFromSales);
    text.sql("WHERE s.state <> 'draft' AND s.retired = 0 ORDER BY s.sale_id").end();
    auto answers = connection.ask(text);
    Catalogue catalogue;
    answers.next_statement();
    if (!answers.next() || answers.get<bool>(0)) {
        return fail(Code::kUnavailable, "the server is read-only: it is not the primary");
    }
    catalogue.now = answers.get<WallTime>(1);
    read_settings(answers, catalogue);
    answers.next_statement();
    while (answers.next()) catalogue.sales.push_back(read_sale(answers).sale);
    return catalogue;
}

Result<SaleSnapshot> read_snapshot(Connection& connection, const SnapshotQuery& query) {
    const auto asked = distinct(query.orders);
    const auto buyers = distinct(query.buyers);
    auto own = asked;  // one of another sale cannot have a row here
    std::erase_if(own, [&](const OrderId& id) { return id.sale() != query.sale; });
    SaleSnapshot snapshot;
    const auto more = read_usual(connection, query.sale, own, buyers, snapshot);
    if (!more) return no_such_sale(query.sale);
    if (more->deferred) read_deferred(connection, own, snapshot);
    if (more->unmatched) read_unmatched(connection, asked, snapshot);
    read_more_totals(connection, buyers, snapshot);
    return snapshot;
}

Result<GateImage> read_short_image(Connection& connection, SaleId sale, Epoch epoch) {
    const auto row = find_sale_row(connection, sale);
    if (!row) return no_such_sale(sale);
    if (row->sale.epoch != epoch) {
        return fail(Code::kConflict, "epoch " + std::to_string(row->sale.epoch.value()));
    }
    if (next(row->sealed_epoch) < epoch) {
        return fail(Code::kConflict, "not sealed up to the epoch before");
    }
    auto image = image_of(*row);
    read_held(connection, image);
    return image;
}

void read_image_rows(
    Connection& connection, SaleId sale, std::size_t rows_max, const std::function<bool(ImageRows)>& take
) {
    if (read_finished(connection, sale, rows_max, take)) read_bought(connection, sale, rows_max, take);
}

}  // namespace sluice::maria
