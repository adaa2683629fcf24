// Loading a gate: the rows are staged in pieces beside the gate in use, then one script puts them
// in place.

#include <boost/asio/this_coro.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "adapters/redis/gate_staging.h"
#include "adapters/redis/redis_gate.h"
#include "async/task_group.h"
#include "ports/gate_arguments.h"

namespace sluice {
namespace {

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
Task<bool> send_ready(Flight& flight, GateStaging& staging) {
    while (auto piece = staging.next()) {
        if (!co_await flight.send(*std::move(piece))) co_return false;
    }
    co_return true;
}

// Sends what was added, and adds the source's next rows. False: there are no more, or the flight has stopped. Error: of the
// source.
Task<Result<bool>> send_next(Flight& flight, GateStaging& staging, SaleId sale, ImageSource& source, Deadline deadline) {
    if (!co_await send_ready(flight, staging)) co_return false;
    auto rows = co_await source.next(deadline);
    if (!rows.ok()) co_return rows.error();
    if (rows->empty()) co_return false;
    auto checked = check_rows(sale, *rows);
    if (!checked.ok()) co_return checked.error();
    staging.add(std::move(*rows));
    co_return true;
}

}  // namespace

// Of no version: what a load brings is as of the load, and sync() knows that.
Task<Result<ImageRows>> RedisGate::load_ahead(
    SaleId sale, ServerId expected, Epoch epoch, std::shared_ptr<ImageSource> rows, Deadline deadline
) {
    GateImage image;
    image.sale = sale;
    image.epoch = epoch;
    GateStaging staging(std::move(expected.bytes), std::move(image), {});
    Executor executor = co_await boost::asio::this_coro::executor;
    Flight flight(std::move(executor), scripts_, deadline);
    ImageRows taken;
    Result<bool> more = true;
    for (;;) {
        more = co_await send_next(flight, staging, sale, *rows, deadline);
        if (!more.ok() || !*more) break;
        append(taken, staging.added());
    }
    auto stopped = co_await flight.land();
    if (stopped && !stopped->ok()) co_return stopped->error();
    if (!more.ok()) co_return more.error();
    if (!stopped) co_return taken;
    co_return fail(Code::kUnavailable, "redis: the gate is not to be loaded");
}

Task<Result<LoadVerdict>> RedisGate::load_stream(
    SaleId sale, ServerId expected, GateImageStream stream, Deadline deadline
) {
    auto checked = check_image(sale, stream.image);
    if (!checked.ok()) co_return checked.error();
    GateStaging staging(std::move(expected.bytes), std::move(stream.image), std::move(stream.ahead));
    Executor executor = co_await boost::asio::this_coro::executor;
    Flight flight(std::move(executor), scripts_, deadline);
    Result<bool> more = true;
    while (more.ok() && *more) more = co_await send_next(flight, staging, sale, *stream.rows, deadline);
    if (more.ok()) {
        staging.finish();
        co_await send_ready(flight, staging);
    }
    auto stopped = co_await flight.land();
    if (stopped) co_return *std::move(stopped);
    if (!more.ok()) co_return more.error();
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
