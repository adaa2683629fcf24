#include "adapters/redis/redis_evidence.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>

#include "adapters/redis/blocking_client.h"
#include "adapters/redis/info.h"

namespace sluice {
namespace {

// Longer than any request may be between gate and queue; as in the memory gate.
constexpr std::int64_t kFreshForMs = 15'000;

using Fields = std::map<std::string_view, std::string_view>;

template <class Number>
bool read_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

template <class Number>
bool read_field(const Fields& fields, std::string_view name, Number& number) {
    const auto found = fields.find(name);
    return found != fields.end() && read_number(found->second, number);
}

// "sluice:{7}:gate"
std::optional<std::uint32_t> sale_of(std::string_view key) {
    constexpr std::string_view kStart = "sluice:{";
    constexpr std::string_view kEnd = "}:gate";
    if (!key.starts_with(kStart) || !key.ends_with(kEnd) ||
        key.size() <= kStart.size() + kEnd.size()) {
        return std::nullopt;
    }
    std::uint32_t sale = 0;
    key.remove_prefix(kStart.size());
    key.remove_suffix(kEnd.size());
    if (!read_number(key, sale)) return std::nullopt;
    return sale;
}

// The 16 bytes of an order id as UUID text.
std::string uuid_text(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        const auto byte = static_cast<unsigned char>(bytes[i]);
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 15U];
    }
    return text;
}

// '<quantity> <accepted_at_ms> …'
bool read_held(
    std::string_view order, std::string_view row, std::int64_t now_ms, audit::GateFacts::Held& held
) {
    const auto first = row.find(' ');
    const auto second = row.find(' ', first + 1);
    std::int64_t accepted_ms = 0;
    if (order.size() != 16 || first == std::string_view::npos || second == std::string_view::npos ||
        !read_number(row.substr(0, first), held.quantity) ||
        !read_number(row.substr(first + 1, second - first - 1), accepted_ms)) {
        return false;
    }
    held.order = uuid_text(order);
    held.fresh = now_ms - accepted_ms < kFreshForMs;
    return true;
}

// One gate at one moment. Not MULTI: a server that is out of memory would queue nothing.
constexpr std::string_view kReadOne =
    "return {redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2]),"
    " redis.call('INFO', 'replication'), redis.call('TIME')}";

// What kReadOne gives.
bool read_facts(const std::vector<Reply>& replies, audit::GateFacts& facts) {
    const auto& [gate, held, info, time] = std::tie(replies[0], replies[1], replies[2], replies[3]);
    Fields fields;
    for (std::size_t i = 0; i + 1 < gate.items.size(); i += 2) {
        fields[gate.items[i].text] = gate.items[i + 1].text;
    }
    std::int64_t seconds = 0;
    std::int64_t micros = 0;
    if (!read_field(fields, "epoch", facts.epoch) ||
        !read_field(fields, "version", facts.version) ||
        !read_field(fields, "available", facts.available) ||
        !read_field(fields, "held", facts.held) || time.items.size() != 2 ||
        !read_number(time.items[0].text, seconds) || !read_number(time.items[1].text, micros)) {
        return false;
    }
    facts.serving = info_field(info.text, "role") == "master" && fields.contains("server") &&
                    fields["server"] == info_field(info.text, "master_replid");
    for (std::size_t i = 0; i + 1 < held.items.size(); i += 2) {
        audit::GateFacts::Held one;
        const std::int64_t now_ms = seconds * 1'000 + micros / 1'000;
        if (!read_held(held.items[i].text, held.items[i + 1].text, now_ms, one)) return false;
        facts.held_orders.push_back(std::move(one));
    }
    std::sort(
        facts.held_orders.begin(), facts.held_orders.end(),
        [](const auto& left, const auto& right) { return left.order < right.order; }
    );
    return true;
}

Result<std::set<std::uint32_t>> find_sales(BlockingClient& client) {
    std::set<std::uint32_t> sales;
    std::string cursor = "0";
    do {
        auto page = client.ask_well({"SCAN", cursor, "MATCH", "sluice:{*}:gate", "COUNT", "1000"});
        if (!page.ok()) return page.error();
        if (page->items.size() != 2) return fail(Code::kUnavailable, "redis: SCAN gave no page");
        for (const Reply& key : page->items[1].items) {
            if (const auto sale = sale_of(key.text)) sales.insert(*sale);
        }
        cursor = page->items[0].text;
    } while (cursor != "0");
    return sales;
}

// nullopt: the gate has gone since it was found.
Result<std::optional<audit::GateFacts>> read_gate(BlockingClient& client, std::uint32_t sale) {
    const std::string prefix = "sluice:{" + std::to_string(sale) + "}:";
    const std::string gate = prefix + "gate";
    const std::string held = prefix + "held";
    auto read = client.ask_well({"EVAL", kReadOne, "2", gate, held});
    if (!read.ok()) return read.error();
    if (read->items.size() != 4) return fail(Code::kUnavailable, "redis: EVAL gave no facts");
    if (read->items[0].items.empty()) return std::optional<audit::GateFacts>();
    audit::GateFacts facts;
    facts.sale = sale;
    if (!read_facts(read->items, facts)) {
        return fail(
            Code::kUnavailable, "redis: the gate of sale " + std::to_string(sale) + " is damaged"
        );
    }
    return std::optional<audit::GateFacts>(std::move(facts));
}

}  // namespace

bool read_gate_facts(
    const RedisEndpoint& endpoint, std::vector<audit::GateFacts>& facts, std::string& error
) {
    const auto failed = [&error](const Error& why) {
        error = to_string(why);
        return false;
    };
    auto client = BlockingClient::connect(endpoint);
    if (!client.ok()) return failed(client.error());
    auto sales = find_sales(*client);
    if (!sales.ok()) return failed(sales.error());
    std::vector<audit::GateFacts> found;
    for (const std::uint32_t sale : *sales) {
        auto gate = read_gate(*client, sale);
        if (!gate.ok()) return failed(gate.error());
        if (gate->has_value()) found.push_back(std::move(**gate));
    }
    facts = std::move(found);
    return true;
}

}  // namespace sluice
