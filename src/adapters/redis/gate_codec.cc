#include "adapters/redis/gate_codec.h"

#include <array>
#include <charconv>
#include <unordered_map>

namespace sluice {
namespace {

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// Takes what stands before the next blank; nullopt when there is none.
std::optional<std::string_view> take_word(std::string_view& text) {
    const auto blank = text.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    const auto word = text.substr(0, blank);
    text.remove_prefix(blank + 1);
    return word;
}

template <class Number>
std::optional<Number> take_number(std::string_view& text) {
    const auto word = take_word(text);
    return word ? parse_number<Number>(*word) : std::nullopt;
}

std::optional<Letter> letter_of_code(char code) {
    switch (code) {
        case 'h':
            return Letter::kHeld;
        case 's':
            return Letter::kSettled;
        case 'c':
            return Letter::kCancelled;
        case 'r':
            return Letter::kRejected;
        default:
            return std::nullopt;
    }
}

std::optional<Verdict> verdict_of_code(char code) {
    switch (code) {
        case 'a':
            return Verdict::kAccepted;
        case 'h':
            return Verdict::kHeld;
        case 's':
            return Verdict::kSettled;
        case 'c':
            return Verdict::kCancelled;
        case 'r':
            return Verdict::kRejected;
        case 'm':
            return Verdict::kPayloadMismatch;
        case 'n':
            return Verdict::kNotOpen;
        case 'p':
            return Verdict::kPaused;
        case 'e':
            return Verdict::kEnded;
        case 'l':
            return Verdict::kLimitReached;
        case 'o':
            return Verdict::kSoldOut;
        default:
            return std::nullopt;
    }
}

// Of the first item: what every script says first.
std::optional<GateAnswer> answer_of(const Reply& reply) {
    if (reply.items.empty()) return std::nullopt;
    const Reply& first = reply.items.front();
    if (first.is_text("ok")) return GateAnswer::kOk;
    if (first.is_text("not_loaded")) return GateAnswer::kNotLoaded;
    if (first.is_text("server_changed")) return GateAnswer::kServerChanged;
    return std::nullopt;
}

std::optional<Epoch> epoch_of(const Reply& reply) {
    if (reply.items.size() < 2) return std::nullopt;
    const auto number = parse_number<std::uint64_t>(reply.items[1].text);
    if (!number) return std::nullopt;
    return Epoch{*number};
}

std::optional<Admission> parse_verdict(
    std::string_view text, const ReserveRequest& request, WallTime now
) {
    if (text.empty()) return std::nullopt;
    const auto verdict = verdict_of_code(text.front());
    if (!verdict) return std::nullopt;
    Admission admission;
    admission.verdict = *verdict;
    const auto rest = text.substr(1);
    if (*verdict == Verdict::kAccepted) {
        admission.accepted_at = now;
        admission.terms = request.terms;
    } else if (*verdict == Verdict::kHeld) {
        auto held = parse_row(request.order, rest);
        if (!held) return std::nullopt;
        admission.accepted_at = held->order.accepted_at;
        admission.terms = held->order.terms;
    } else if (*verdict == Verdict::kLimitReached || *verdict == Verdict::kSoldOut) {
        const auto left = parse_number<Units>(rest);
        if (!left) return std::nullopt;
        admission.left = *left;
    }
    return admission;
}

// {order, row, …} and {order, due_at_ms, …}; the second says the order of the result.
std::optional<std::vector<HeldOrder>> parse_held(const Reply& rows, const Reply& due) {
    std::unordered_map<std::string_view, std::string_view> row_of_order;
    for (std::size_t i = 0; i + 1 < rows.items.size(); i += 2) {
        row_of_order[rows.items[i].text] = rows.items[i + 1].text;
    }
    std::vector<HeldOrder> held;
    held.reserve(row_of_order.size());
    for (std::size_t i = 0; i + 1 < due.items.size(); i += 2) {
        const auto order = parse_order(due.items[i].text);
        const auto row = row_of_order.find(due.items[i].text);
        const auto due_ms = parse_number<std::int64_t>(due.items[i + 1].text);
        if (!order || row == row_of_order.end() || !due_ms) return std::nullopt;
        auto one = parse_row(*order, row->second);
        if (!one) return std::nullopt;
        one->due_at = wall_from_ms(*due_ms);
        held.push_back(std::move(*one));
    }
    if (held.size() != row_of_order.size()) return std::nullopt;
    return held;
}

}  // namespace

std::string text_of(const Terms& terms) {
    return std::to_string(terms.price.value()) + " " + std::string(terms.currency.text()) + " " +
           std::to_string(terms.payment_window.count());
}

std::string row_of(const HeldOrder& held) {
    const AcceptedOrder& order = held.order;
    return std::to_string(order.quantity) + " " + std::to_string(to_ms(order.accepted_at)) + " " +
           std::to_string(held.claims) + " " + text_of(order.terms) + " " + order.buyer.value();
}

char letter_code(Letter letter) {
    switch (letter) {
        case Letter::kHeld:
            return 'h';
        case Letter::kSettled:
            return 's';
        case Letter::kCancelled:
            return 'c';
        case Letter::kRejected:
            return 'r';
    }
    return 'h';
}

std::optional<HeldOrder> parse_row(const OrderId& order, std::string_view row) {
    HeldOrder held;
    const auto quantity = take_number<Units>(row);
    const auto accepted_ms = take_number<std::int64_t>(row);
    const auto claims = take_number<int>(row);
    const auto price = take_number<std::int64_t>(row);
    const auto currency = Currency::parse(take_word(row).value_or(""));
    const auto window_ms = take_number<std::int64_t>(row);
    if (!quantity || !accepted_ms || !claims || !price || !currency || !window_ms || row.empty()) {
        return std::nullopt;
    }
    held.order.order = order;
    held.order.buyer = BuyerId{std::string(row)};
    held.order.quantity = *quantity;
    held.order.accepted_at = wall_from_ms(*accepted_ms);
    held.order.terms = {Cents{*price}, *currency, Millis{*window_ms}};
    held.claims = *claims;
    return held;
}

std::optional<OrderId> parse_order(std::string_view bytes) {
    OrderId::Bytes raw{};
    if (bytes.size() != raw.size()) return std::nullopt;
    std::copy(bytes.begin(), bytes.end(), raw.begin());
    return OrderId{raw};
}

std::optional<KnownOrder> parse_entry(const OrderId& order, std::string_view entry) {
    if (entry.empty()) return std::nullopt;
    const auto letter = letter_of_code(entry.front());
    const auto quantity = parse_number<Units>(entry.substr(1));
    if (!letter || !quantity) return std::nullopt;
    return KnownOrder{order, *letter, *quantity};
}

std::optional<ReserveReply> parse_reserve(
    const Reply& reply, const std::vector<ReserveRequest>& requests
) {
    const auto answer = answer_of(reply);
    if (!answer) return std::nullopt;
    ReserveReply result;
    result.answer = *answer;
    if (*answer == GateAnswer::kNotLoaded) return result;
    const auto epoch = epoch_of(reply);
    if (!epoch) return std::nullopt;
    result.epoch = *epoch;
    if (*answer == GateAnswer::kServerChanged) return result;
    if (reply.items.size() != 3 + requests.size()) return std::nullopt;
    const auto now_ms = parse_number<std::int64_t>(reply.items[2].text);
    if (!now_ms) return std::nullopt;
    result.admissions.reserve(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
        auto admission = parse_verdict(reply.items[3 + i].text, requests[i], wall_from_ms(*now_ms));
        if (!admission) return std::nullopt;
        result.admissions.push_back(std::move(*admission));
    }
    return result;
}

std::optional<OrderBatch> parse_claims(SaleId sale, const Reply& reply) {
    const auto answer = answer_of(reply);
    if (!answer) return std::nullopt;
    OrderBatch batch{sale, Epoch{}, {}};
    if (*answer == GateAnswer::kNotLoaded) return batch;
    const auto epoch = epoch_of(reply);
    if (!epoch || reply.items.size() % 2 != 0) return std::nullopt;
    batch.epoch = *epoch;
    for (std::size_t i = 2; i < reply.items.size(); i += 2) {
        const auto order = parse_order(reply.items[i].text);
        if (!order) return std::nullopt;
        auto held = parse_row(*order, reply.items[i + 1].text);
        if (!held) return std::nullopt;
        batch.orders.push_back(std::move(held->order));
    }
    return batch;
}

std::optional<GateFigures> parse_figures(const Reply& reply) {
    const auto answer = answer_of(reply);
    if (!answer) return std::nullopt;
    GateFigures figures;
    figures.answer = *answer;
    if (*answer == GateAnswer::kNotLoaded) return figures;
    if (reply.items.size() < 7) return std::nullopt;
    const auto epoch = epoch_of(reply);
    const auto version = parse_number<std::uint64_t>(reply.items[2].text);
    const auto available = parse_number<Units>(reply.items[3].text);
    const auto held = parse_number<Units>(reply.items[4].text);
    const auto state = parse_sale_state(reply.items[5].text);
    const auto revision = parse_number<std::uint64_t>(reply.items[6].text);
    if (!epoch || !version || !available || !held || !state || !revision) return std::nullopt;
    figures.epoch = *epoch;
    figures.version = Version{*version};
    figures.available = *available;
    figures.held = *held;
    figures.state = *state;
    figures.revision = Revision{*revision};
    return figures;
}

std::optional<GateSnapshot> parse_snapshot(const Reply& reply) {
    const auto figures = parse_figures(reply);
    if (!figures) return std::nullopt;
    if (figures->answer == GateAnswer::kNotLoaded) return GateSnapshot{};
    if (reply.items.size() != 9) return std::nullopt;
    auto orders = parse_held(reply.items[7], reply.items[8]);
    if (!orders) return std::nullopt;
    return GateSnapshot{*figures, *std::move(orders)};
}

std::optional<std::optional<HeldOrder>> parse_found(const OrderId& order, const Reply& reply) {
    if (reply.kind != Reply::Kind::kArray) return std::nullopt;
    if (reply.items.empty()) return std::optional<HeldOrder>();
    if (reply.items.size() != 2) return std::nullopt;
    auto held = parse_row(order, reply.items[0].text);
    const auto due_ms = parse_number<std::int64_t>(reply.items[1].text);
    if (!held || !due_ms) return std::nullopt;
    held->due_at = wall_from_ms(*due_ms);
    return held;
}

}  // namespace sluice
