#pragma once
// TestStore: a Store (not synced, unless asked, for speed) in a directory of its own that is
// removed at the end, an io_context to run Tasks to their end, and reopen() for what a restart
// keeps.

#include <stdlib.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "adapters/sqlite/store.h"
#include "support/start_task.h"
#include "support/test_log.h"

namespace sluice {

class TestDirectory {
public:
    TestDirectory() {
        auto pattern = (std::filesystem::temp_directory_path() / "sluice-test-XXXXXX").string();
        SLUICE_CHECK(mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~TestDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TestDirectory(const TestDirectory&) = delete;
    TestDirectory& operator=(const TestDirectory&) = delete;

    std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

// Runs the context until the task is done; the task may hop over other threads meanwhile.
template <class T>
T run_to_end(boost::asio::io_context& context, Task<T> task) {
    const auto value = start_task(context, std::move(task));
    context.restart();
    context.run();
    SLUICE_CHECK(value->has_value());
    return std::move(**value);
}

class TestStore {
public:
    enum class Lanes : std::uint8_t { kInline, kThread };

    explicit TestStore(Lanes lanes = Lanes::kInline) : TestStore(lanes, unsynced()) {}
    TestStore(Lanes lanes, StoreOptions options) : options_(std::move(options)) {
        if (options_.path.empty()) options_.path = directory_.file("store.db");
        if (lanes == Lanes::kThread) {
            writer_ = std::make_unique<ThreadLane>("store-write");
            reader_ = std::make_unique<ThreadLane>("store-read");
        } else {
            writer_ = std::make_unique<InlineLane>(context_.get_executor());
            reader_ = std::make_unique<InlineLane>(context_.get_executor());
        }
        reopen();
    }
    ~TestStore() { store_.reset(); }
    TestStore(const TestStore&) = delete;
    TestStore& operator=(const TestStore&) = delete;

    Store& store() { return *store_; }
    boost::asio::io_context& context() { return context_; }
    const std::string& path() const { return options_.path; }
    const TestLog& log() const { return log_; }

    template <class T>
    T run(Task<T> task) {
        return run_to_end(context_, std::move(task));
    }
    void close() { store_.reset(); }
    // As a restart of the process: whatever refers to store() is invalid afterwards.
    void reopen() {
        close();
        auto opened = Store::open(options_, *writer_, *reader_, log_);
        SLUICE_CHECK(opened.ok());
        store_ = std::move(*opened);
    }

private:
    static StoreOptions unsynced() {
        StoreOptions options;
        options.synchronous = "OFF";
        return options;
    }

    TestDirectory directory_;
    boost::asio::io_context context_;
    TestLog log_;
    StoreOptions options_;
    std::unique_ptr<Lane> writer_;
    std::unique_ptr<Lane> reader_;
    std::unique_ptr<Store> store_;
};

}  // namespace sluice
