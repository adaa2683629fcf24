// Loading a gate: the rows are staged in pieces beside the gate in use, then one script puts them
// in place.

#include <boost/asio/this_coro.hpp>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "adapters/redis/gate_codec.h"
#include "adapters/redis/gate_keys.h"
#include "adapters/redis/redis_gate.h"
#include "async/task_group.h"
#include "ports/gate_arguments.h"

namespace sluice {
namespace {

constexpr std::size_t kRowsMax = 5'000;  // of one piece: bounds how long the server is busy with it
constexpr int kLanes = 2;                // pieces on their way at once: one is made while the other one is staged

// The rows of a gate, and load_stage's calls for them, one at a time: a million rows are neither formatted in one go nor
// kept twice.
class Staging {
public:
    Staging(std::string server, GateImage image) : server_(std::move(server)), image_(std::move(image)) {
        for (const auto& held : image_.held) held_[held.order.buyer] += held.order.quantity;
        auto rest = held_;
        for (const auto& total : image_.bought) {
            if (rest.empty()) break;
            rest.erase(total.buyer);
        }
        holders_.assign(rest.begin(), rest.end());
    }
    // At least one comes, the first clears what an earlier attempt left; nullopt: all have come.
    std::optional<std::string> next();
    std::string commit_call() const;

private:
    using Holder = std::pair<BuyerId, Units>;

    void add_row(Arguments& arguments, const KnownOrder& known) const;
    void add_row(Arguments& arguments, const HeldOrder& held) const;
    void add_row(Arguments& arguments, const BuyerTotal& total) const;
    void add_row(Arguments& arguments, const Holder& holder) const;
    template <class Row>
    bool take(std::string_view kind, Version version, const std::vector<Row>& rows, std::size_t& at, std::string& piece);

    const std::string server_;
    const GateImage image_;
    std::unordered_map<BuyerId, Units> held_;
    std::vector<Holder> holders_;  // only hold something: of their totals no version has said anything
    bool begun_ = false;
    std::size_t finished_at_ = 0;  // what was taken of each
    std::size_t held_at_ = 0;
    std::size_t bought_at_ = 0;
    std::size_t holders_at_ = 0;
};

// The three words of one row, for each kind of row.
void Staging::add_row(Arguments& arguments, const KnownOrder& known) const {
    arguments.add_order(known.order);
    arguments.add_own(std::string(1, letter_code(known.letter)));
    arguments.add_number(known.quantity);
}
void Staging::add_row(Arguments& arguments, const HeldOrder& held) const {
    arguments.add_order(held.order.order);
    arguments.add_own(row_of(held));
    arguments.add_number(std::int64_t{to_ms(held.due_at)});
}
void Staging::add_row(Arguments& arguments, const BuyerTotal& total) const {
    const auto held = held_.find(total.buyer);
    arguments.add(total.buyer.value());
    arguments.add_number(total.bought);
    arguments.add_number(held == held_.end() ? Units{0} : held->second);
}
void Staging::add_row(Arguments& arguments, const Holder& holder) const {
    arguments.add(holder.first.value());
    arguments.add_number(Units{0});
    arguments.add_number(holder.second);
}

template <class Row>
bool Staging::take(
    std::string_view kind, Version version, const std::vector<Row>& rows, std::size_t& at, std::string& piece
) {
    if (at == rows.size() && begun_) return false;
    Arguments arguments;
    arguments.add(server_);
    arguments.add_number(image_.epoch.value());
    arguments.add_number(version.value());
    arguments.add(begun_ ? "more" : "begin");
    arguments.add(kind);
    for (std::size_t i = 0; i < kRowsMax && at < rows.size(); ++i) add_row(arguments, rows[at++]);
    begun_ = true;
    piece = ScriptRunner::format(load_keys(image_.sale, image_.epoch), arguments.words());
    return true;
}

std::optional<std::string> Staging::next() {
    std::string piece;
    const bool more = take("orders", image_.version, image_.finished, finished_at_, piece) ||
                      take("held", image_.version, image_.held, held_at_, piece) ||
                      take("buyers", image_.version, image_.bought, bought_at_, piece) ||
                      take("buyers", Version{0}, holders_, holders_at_, piece);
    if (!more) return std::nullopt;
    return piece;
}

std::string Staging::commit_call() const {
    Units held = 0;
    for (const auto& order : image_.held) held += order.order.quantity;
    Arguments arguments;
    arguments.add(server_);
    arguments.add(to_string(image_.state));
    arguments.add_number(image_.revision.value());
    arguments.add_number(image_.epoch.value());
    arguments.add_number(image_.version.value());
    arguments.add_number(image_.available);
    arguments.add_number(held);
    arguments.add_number(image_.limit_per_buyer);
    arguments.add_number(std::int64_t{to_ms(image_.opens_at)});
    arguments.add_number(std::int64_t{to_ms(image_.closes_at)});
    arguments.add_number(std::uint64_t{image_.finished.size() + image_.held.size()});
    arguments.add_number(std::uint64_t{image_.held.size()});
    arguments.add_number(std::uint64_t{image_.bought.size() + holders_.size()});
    return ScriptRunner::format(load_keys(image_.sale, image_.epoch), arguments.words());
}

std::optional<LoadVerdict> parse_refusal(const Reply& reply) {
    if (reply.is_text("wrong_server")) return LoadVerdict::kWrongServer;
    if (reply.is_text("epoch_not_newer")) return LoadVerdict::kEpochNotNewer;
    return std::nullopt;
}

struct Lane {
    ScriptRunner& scripts;
    Staging& staging;
    std::optional<Result<LoadVerdict>>& stopped;  // by whichever lane met a refusal or an error first
    Deadline deadline;
};

Task<void> stage_one(Lane lane, std::string piece) {
    auto staged = co_await lane.scripts.run(Script::kLoadStage, std::move(piece), lane.deadline);
    if (lane.stopped) co_return;
    if (!staged.ok()) {
        lane.stopped = staged.error();
    } else if (const auto refusal = parse_refusal(*staged)) {
        lane.stopped = *refusal;
    } else if (!staged->is_text("ok")) {
        lane.stopped = fail(Code::kUnavailable, "redis: not staged");
    }
}

Task<void> stage_all(Lane lane) {
    while (!lane.stopped) {
        auto piece = lane.staging.next();
        if (!piece) co_return;
        co_await stage_one(lane, *std::move(piece));
    }
}

}  // namespace

Task<Result<LoadVerdict>> RedisGate::load(
    SaleId sale, ServerId expected, GateImage image, Deadline deadline
) {
    auto checked = check_image(sale, image);
    if (!checked.ok()) co_return checked.error();
    Staging staging(std::move(expected.bytes), std::move(image));
    std::optional<Result<LoadVerdict>> stopped;
    const Lane lane{scripts_, staging, stopped, deadline};
    co_await stage_one(lane, *staging.next());  // alone: it clears
    TaskGroup lanes(co_await boost::asio::this_coro::executor);
    for (int i = 0; i < kLanes; ++i) lanes.spawn(stage_all(lane));
    co_await lanes.join();
    if (stopped) co_return *std::move(stopped);
    auto loaded = co_await scripts_.run(Script::kLoadCommit, staging.commit_call(), deadline);
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
