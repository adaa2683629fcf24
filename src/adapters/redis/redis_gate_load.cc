// Loading a gate: the rows are staged in pieces beside the gate in use, then one script puts them
// in place.

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "adapters/redis/gate_codec.h"
#include "adapters/redis/gate_keys.h"
#include "adapters/redis/redis_gate.h"
#include "ports/gate_arguments.h"

namespace sluice {
namespace {

constexpr std::size_t kRowsMax = 5'000;  // of one piece: bounds how long the server is busy with it

struct BuyerUnits {
    Units bought = 0;
    Units held = 0;
};
using Buyers = std::map<BuyerId, BuyerUnits>;

// Buyers whose total the image names, and those that only hold something: of them no version has
// said anything.
struct AllBuyers {
    Buyers named;
    Buyers holders;
};

AllBuyers buyers_of(const GateImage& image) {
    AllBuyers buyers;
    for (const auto& total : image.bought) buyers.named[total.buyer].bought = total.bought;
    for (const auto& held : image.held) {
        const auto named = buyers.named.find(held.order.buyer);
        auto& units =
            named == buyers.named.end() ? buyers.holders[held.order.buyer] : named->second;
        units.held += held.order.quantity;
    }
    return buyers;
}

// The three words of one row, for each kind of row.
void add_row(Arguments& arguments, const KnownOrder& known) {
    arguments.add_order(known.order);
    arguments.add_own(std::string(1, letter_code(known.letter)));
    arguments.add_number(known.quantity);
}
void add_row(Arguments& arguments, const HeldOrder& held) {
    arguments.add_order(held.order.order);
    arguments.add_own(row_of(held));
    arguments.add_number(std::int64_t{to_ms(held.due_at)});
}
void add_row(Arguments& arguments, const std::pair<const BuyerId, BuyerUnits>& buyer) {
    arguments.add(buyer.first.value());
    arguments.add_number(buyer.second.bought);
    arguments.add_number(buyer.second.held);
}

// load_stage's calls, formatted; at least one, which clears what an earlier attempt left.
template <class Rows>
void add_pieces(
    std::vector<std::string>& pieces, const std::string& server, const GateImage& image,
    std::string_view kind, Version version, const Rows& rows
) {
    auto row = rows.begin();
    while (row != rows.end() || pieces.empty()) {
        Arguments arguments;
        arguments.add(server);
        arguments.add_number(image.epoch.value());
        arguments.add_number(version.value());
        arguments.add(pieces.empty() ? "begin" : "more");
        arguments.add(kind);
        for (std::size_t i = 0; i < kRowsMax && row != rows.end(); ++i) add_row(arguments, *row++);
        pieces.push_back(ScriptRunner::format(load_keys(image.sale, image.epoch), arguments.words())
        );
    }
}

std::string commit_call(const std::string& server, const GateImage& image, std::size_t buyers) {
    Units held = 0;
    for (const auto& order : image.held) held += order.order.quantity;
    Arguments arguments;
    arguments.add(server);
    arguments.add(to_string(image.state));
    arguments.add_number(image.revision.value());
    arguments.add_number(image.epoch.value());
    arguments.add_number(image.version.value());
    arguments.add_number(image.available);
    arguments.add_number(held);
    arguments.add_number(image.limit_per_buyer);
    arguments.add_number(std::int64_t{to_ms(image.opens_at)});
    arguments.add_number(std::int64_t{to_ms(image.closes_at)});
    arguments.add_number(std::uint64_t{image.finished.size() + image.held.size()});
    arguments.add_number(std::uint64_t{image.held.size()});
    arguments.add_number(std::uint64_t{buyers});
    return ScriptRunner::format(load_keys(image.sale, image.epoch), arguments.words());
}

std::optional<LoadVerdict> parse_refusal(const Reply& reply) {
    if (reply.is_text("wrong_server")) return LoadVerdict::kWrongServer;
    if (reply.is_text("epoch_not_newer")) return LoadVerdict::kEpochNotNewer;
    return std::nullopt;
}

}  // namespace

Task<Result<LoadVerdict>> RedisGate::load(
    SaleId sale, ServerId expected, GateImage image, Deadline deadline
) {
    auto checked = check_image(sale, image);
    if (!checked.ok()) co_return checked.error();
    const AllBuyers buyers = buyers_of(image);
    std::vector<std::string> pieces;
    const std::string& server = expected.bytes;
    add_pieces(pieces, server, image, "orders", image.version, image.finished);
    add_pieces(pieces, server, image, "held", image.version, image.held);
    add_pieces(pieces, server, image, "buyers", image.version, buyers.named);
    add_pieces(pieces, server, image, "buyers", Version{0}, buyers.holders);
    std::string commit = commit_call(server, image, buyers.named.size() + buyers.holders.size());
    image = {};
    for (std::string& piece : pieces) {
        auto staged = co_await scripts_.run(Script::kLoadStage, std::exchange(piece, {}), deadline);
        if (!staged.ok()) co_return staged.error();
        if (const auto refusal = parse_refusal(*staged)) co_return *refusal;
        if (!staged->is_text("ok")) co_return fail(Code::kUnavailable, "redis: not staged");
    }
    auto loaded = co_await scripts_.run(Script::kLoadCommit, std::move(commit), deadline);
    if (!loaded.ok()) co_return loaded.error();
    if (const auto refusal = parse_refusal(*loaded)) co_return *refusal;
    if (loaded->is_text("loaded")) co_return LoadVerdict::kLoaded;
    if (loaded->is_text("incomplete")) {
        co_return fail(
            Code::kUnavailable, "redis: staged rows were lost; load again with the next epoch"
        );
    }
    co_return fail(Code::kOutcomeUnknown, "redis: load_commit gave an answer that is not its own");
}

}  // namespace sluice
