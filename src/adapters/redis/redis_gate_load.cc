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

// The rows of a gate, and load_stage's calls for them, one at a time.
class Staging {
public:
    // The image's `finished` and `bought` are left out; add() brings them, finish() what is known when all have come.
    Staging(std::string server, GateImage image);
    void add(ImageRows rows);
    void finish();
    // nullopt: everything that was added has come.
    std::optional<std::string> next();
    std::string commit_call() const;

private:
    using Holder = std::pair<BuyerId, Units>;

    void add_row(Arguments& arguments, const KnownOrder& known) const;
    void add_row(Arguments& arguments, const HeldOrder& held) const;
    void add_row(Arguments& arguments, const BuyerTotal& total) const;
    void add_row(Arguments& arguments, const Holder& holder) const;
    template <class Row>
    std::string piece(std::string_view kind, Version version, const std::vector<Row>& rows, std::size_t& at);

    const std::string server_;
    const GateImage image_;
    std::unordered_map<BuyerId, Units> held_;
    std::unordered_map<BuyerId, Units> unnamed_;  // of them no total has come
    ImageRows rows_;                              // what was added last
    std::vector<Holder> holders_;                 // unnamed_, once that is final
    std::size_t orders_ = 0;
    std::size_t buyers_ = 0;
    bool begun_ = false;
    std::size_t held_at_ = 0;  // what has come of each
    std::size_t finished_at_ = 0;
    std::size_t bought_at_ = 0;
    std::size_t holders_at_ = 0;
};

Staging::Staging(std::string server, GateImage image)
    : server_(std::move(server)), image_(std::move(image)), orders_(image_.held.size()) {
    for (const auto& held : image_.held) held_[held.order.buyer] += held.order.quantity;
    unnamed_ = held_;
}

void Staging::add(ImageRows rows) {
    rows_ = std::move(rows);
    finished_at_ = bought_at_ = 0;
    orders_ += rows_.finished.size();
    buyers_ += rows_.bought.size();
    if (unnamed_.empty()) return;
    for (const auto& total : rows_.bought) unnamed_.erase(total.buyer);
}

void Staging::finish() {
    holders_.assign(unnamed_.begin(), unnamed_.end());
    buyers_ += holders_.size();
}

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
std::string Staging::piece(std::string_view kind, Version version, const std::vector<Row>& rows, std::size_t& at) {
    Arguments arguments;
    arguments.add(server_);
    arguments.add_number(image_.epoch.value());
    arguments.add_number(version.value());
    arguments.add(std::exchange(begun_, true) ? "more" : "begin");
    arguments.add(kind);
    for (std::size_t i = 0; i < kRowsMax && at < rows.size(); ++i) add_row(arguments, rows[at++]);
    return ScriptRunner::format(load_keys(image_.sale, image_.epoch), arguments.words());
}

// The first one comes whatever there is: it clears what an earlier attempt left.
std::optional<std::string> Staging::next() {
    if (held_at_ < image_.held.size() || !begun_) return piece("held", image_.version, image_.held, held_at_);
    if (finished_at_ < rows_.finished.size()) return piece("orders", image_.version, rows_.finished, finished_at_);
    if (bought_at_ < rows_.bought.size()) return piece("buyers", image_.version, rows_.bought, bought_at_);
    if (holders_at_ < holders_.size()) return piece("buyers", Version{0}, holders_, holders_at_);
    return std::nullopt;
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
    arguments.add_number(std::uint64_t{orders_});
    arguments.add_number(std::uint64_t{image_.held.size()});
    arguments.add_number(std::uint64_t{buyers_});
    return ScriptRunner::format(load_keys(image_.sale, image_.epoch), arguments.words());
}

std::optional<LoadVerdict> parse_refusal(const Reply& reply) {
    if (reply.is_text("wrong_server")) return LoadVerdict::kWrongServer;
    if (reply.is_text("epoch_not_newer")) return LoadVerdict::kEpochNotNewer;
    return std::nullopt;
}

// One piece on its way, while the next one is read and made.
class Flight {
public:
    Flight(Executor executor, ScriptRunner& scripts, Deadline deadline)
        : scripts_(scripts), deadline_(deadline), tasks_(std::move(executor)) {}

    // Returns once the piece before it has arrived; false: that was refused, or failed.
    Task<bool> send(std::string piece) {
        co_await tasks_.join();
        if (!stopped_) tasks_.spawn(stage(std::move(piece)));
        co_return !stopped_;
    }
    // What a refused or failed piece has to say. Await it before the flight goes away.
    Task<std::optional<Result<LoadVerdict>>> land() {
        co_await tasks_.join();
        co_return std::move(stopped_);
    }

private:
    Task<void> stage(std::string piece) {
        auto staged = co_await scripts_.run(Script::kLoadStage, std::move(piece), deadline_);
        if (!staged.ok()) {
            stopped_ = staged.error();
        } else if (const auto refusal = parse_refusal(*staged)) {
            stopped_ = *refusal;
        } else if (!staged->is_text("ok")) {
            stopped_ = fail(Code::kUnavailable, "redis: not staged");
        }
    }

    ScriptRunner& scripts_;
    const Deadline deadline_;
    std::optional<Result<LoadVerdict>> stopped_;
    TaskGroup tasks_;
};

// False when the flight has stopped.
Task<bool> send_ready(Flight& flight, Staging& staging) {
    while (auto piece = staging.next()) {
        if (!co_await flight.send(*std::move(piece))) co_return false;
    }
    co_return true;
}

// Error: of the source. Done also when the flight has stopped.
Task<Result<Done>> send_all(Flight& flight, Staging& staging, SaleId sale, ImageSource& source, Deadline deadline) {
    while (co_await send_ready(flight, staging)) {
        auto rows = co_await source.next(deadline);
        if (!rows.ok()) co_return rows.error();
        if (rows->empty()) {
            staging.finish();
            co_await send_ready(flight, staging);
            break;
        }
        auto checked = check_rows(sale, *rows);
        if (!checked.ok()) co_return checked.error();
        staging.add(std::move(*rows));
    }
    co_return Done{};
}

}  // namespace

Task<Result<LoadVerdict>> RedisGate::load_stream(
    SaleId sale, ServerId expected, GateImageStream stream, Deadline deadline
) {
    auto checked = check_image(sale, stream.image);
    if (!checked.ok()) co_return checked.error();
    Staging staging(std::move(expected.bytes), std::move(stream.image));
    Executor executor = co_await boost::asio::this_coro::executor;
    Flight flight(std::move(executor), scripts_, deadline);
    auto sent = co_await send_all(flight, staging, sale, *stream.rows, deadline);
    auto stopped = co_await flight.land();
    if (stopped) co_return *std::move(stopped);
    if (!sent.ok()) co_return sent.error();
    auto commit = staging.commit_call();
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
