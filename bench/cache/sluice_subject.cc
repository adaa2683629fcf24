// One process that reads through Sluice's cache. Speaks the commands of subject.mjs (README.md) on
// stdin and stdout.

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "sluice_cache.h"
#include "sluice_command.h"
#include "sluice_readers.h"
#include "sluice_speed.h"
#include "subject_loop.h"

namespace sluice::bench {
namespace {

namespace asio = boost::asio;

class Subject {
public:
    explicit Subject(Executor executor) : executor_(executor), crowd_(executor) {}

    Task<json::object> obey(json::object command) {
        const std::string cmd = text(command, "cmd");
        if (cmd == "open") return open(std::move(command));
        if (cmd == "load") return load(std::move(command));
        if (cmd == "write") return write(std::move(command));
        if (cmd == "run") return run(std::move(command));
        if (cmd == "peek") return peek(std::move(command));
        if (cmd == "speed") return speed_->speed(std::move(command));
        if (cmd == "memory") return speed_->memory(std::move(command));
        if (cmd == "faults") return faults();
        throw std::invalid_argument("no command " + cmd);
    }

private:
    Task<json::object> open(json::object command) {
        Setting setting;
        setting.redis_port = number<std::uint16_t>(command, "redis_port");
        setting.database = text(command, "database");
        setting.ttl = Millis(number<std::int64_t>(command, "ttl_ms"));
        setting.grace = Millis(number<std::int64_t>(command, "grace_ms"));
        setting.capacity = number<std::size_t>(command, "capacity");
        const json::object& ids = command.at("ids").as_object();
        setting.ids = number<std::uint32_t>(ids, "count");
        setting.stride = number<std::uint32_t>(ids, "stride");
        if (const json::value* read_max = command.if_contains("read_max_ms");
            read_max != nullptr && !read_max->is_null()) {
            setting.read_max = Millis(read_max->to_number<std::int64_t>());
        }
        cache_ = std::make_unique<SluiceCache>(executor_, setting);
        speed_ = std::make_unique<Speed>(executor_, *cache_, setting.redis_port);
        if (!co_await cache_->start())
            throw std::runtime_error("the existence filter is not built");
        co_await pause(std::chrono::milliseconds(200));  // connections and subscriptions
        json::object versions;
        versions["sluice"] = SLUICE_VERSION;
        json::object answer;
        answer["versions"] = std::move(versions);
        co_return answer;
    }

    Task<void> read_into(Record& record, bool l2) {
        const std::uint32_t outcome = co_await bench::read(*cache_, record.key, l2);
        Samples::answer(record, outcome);
    }

    // The records outlive the command: an answer may come after the drain.
    Samples& new_samples() {
        samples_ = std::make_shared<Samples>();
        kept_.push_back(samples_);
        return *samples_;
    }

    Task<json::object> collected(Samples& samples, const json::object& command) {
        const std::uint64_t until =
            monotonic_ns() + number<std::uint64_t>(command, "drain_ms") * 1'000'000;
        while (!samples.all_answered() && monotonic_ns() < until)
            co_await pause(std::chrono::milliseconds(5));
        if (!samples.write(text(command, "samples")))
            throw std::runtime_error("samples not written");
        json::object answer;
        answer["samples"] = samples.size();
        co_return answer;
    }

    Task<json::object> load(json::object command) {
        const bool l2 = without_l1(command);
        KeyChooser next(keys_of(command));
        Samples& samples = new_samples();
        auto once = [&](std::uint64_t i, std::uint64_t intended) {
            Record& record = samples.add(intended, next(i));
            if (const auto version = l2 ? std::nullopt : cache_->glance(record.key)) {
                Samples::answer(record, *version);
            } else {
                crowd_.spawn(read_into(record, l2));
            }
        };
        co_await open_loop(pace_of(command), once);
        co_return co_await collected(samples, command);
    }

    Task<void> write_one(Record& record) {
        auto version = co_await cache_->database().write(record.key);
        record.issued = monotonic_ns();
        const bool told = version.ok() && co_await cache_->invalidate(record.key);
        Samples::answer(record, told ? *version : kFailed);
    }

    Task<json::object> write(json::object command) {
        KeyChooser next(keys_of(command));
        Samples& samples = new_samples();
        auto once = [&](std::uint64_t i, std::uint64_t intended) {
            crowd_.spawn(write_one(samples.add(intended, next(i))));
        };
        co_await open_loop(pace_of(command), once);
        co_return co_await collected(samples, command);
    }

    Task<json::object> run(json::object command) {
        const std::uint64_t started = monotonic_ns();
        const Tally tally = co_await closed_loop(
            *cache_, executor_, keys_of(command), number<std::uint64_t>(command, "reads"),
            number<std::size_t>(command, "concurrency"), without_l1(command)
        );
        json::object answer;
        answer["reads"] = tally.reads;
        answer["errors"] = tally.errors;
        answer["found"] = tally.found;
        answer["seconds"] = static_cast<double>(monotonic_ns() - started) / 1e9;
        co_return answer;
    }

    Task<json::object> peek(json::object command) {
        const KeyRange keys = range(command.at("keys").as_object());
        json::array found;
        for (std::uint32_t key = keys.first; key < keys.first + keys.count; ++key) {
            const auto held = co_await cache_->held(key);
            if (held) {
                json::array entry;
                entry.push_back(held->version);
                entry.push_back(held->fresh_for.count());
                found.push_back(std::move(entry));
            } else {
                found.push_back(nullptr);
            }
        }
        json::object answer;
        answer["found"] = std::move(found);
        co_return answer;
    }

    Task<json::object> faults() {
        json::array errors;
        for (const std::string& error : cache_->errors()) errors.push_back(json::string(error));
        json::object answer;
        answer["unhandled"] = 0;
        answer["errors"] = std::move(errors);
        const cache::Stats stats = cache_->stats();
        json::object events;
        for (std::size_t i = 0; i < cache::kEvents; ++i) {
            if (stats.events[i] != 0)
                events[name_of(static_cast<cache::Event>(i))] = stats.events[i];
        }
        answer["events"] = std::move(events);
        const cache::ContextStats context = cache_->context_stats();
        answer["breaker_opened"] = context.breaker_opened;
        answer["loads_peak"] = context.loads_peak;
        answer["loads_refused"] = context.loads_refused;
        co_return answer;
    }

    Executor executor_;
    Crowd crowd_;
    std::unique_ptr<SluiceCache> cache_;
    std::unique_ptr<Speed> speed_;
    std::shared_ptr<Samples> samples_;
    std::vector<std::shared_ptr<Samples>> kept_;
};

Task<void> serve() {
    const auto executor = co_await asio::this_coro::executor;
    Subject subject(executor);
    asio::posix::stream_descriptor input(executor, dup(STDIN_FILENO));
    std::string lines;
    auto buffer = asio::dynamic_buffer(lines);
    while (true) {
        const std::size_t length =
            co_await asio::async_read_until(input, buffer, '\n', asio::use_awaitable);
        json::object command = json::parse(lines.substr(0, length)).as_object();
        buffer.consume(length);
        json::object answer = co_await subject.obey(std::move(command));
        answer["ok"] = true;
        std::cout << json::serialize(answer) << std::endl;
    }
}

}  // namespace
}  // namespace sluice::bench

int main() {
    boost::asio::io_context io(1);
    boost::asio::co_spawn(io, sluice::bench::serve(), [](std::exception_ptr failure) {
        // The end of stdin is the end of this process; what is under way is not waited for.
        try {
            std::rethrow_exception(failure);
        } catch (const boost::system::system_error& error) {
            if (error.code() == boost::asio::error::eof) _exit(0);
            std::cerr << error.what() << std::endl;
        } catch (const std::exception& error) {
            std::cerr << error.what() << std::endl;
        }
        _exit(1);
    });
    io.run();
}
