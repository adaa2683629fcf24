#pragma once
// The loader that the C++ subject gives to its cache: a client of database.mjs on its Unix socket.
// Belongs to one executor. Failure: `!` of the database and a lost connection are kUnavailable.

#include <boost/asio/local/stream_protocol.hpp>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "async/suspend.h"
#include "async/task.h"
#include "base/result.h"

namespace sluice::bench {

class DatabaseClient {
public:
    DatabaseClient(Executor executor, const std::string& path);

    // The version of a key; 0: there is no such key.
    Task<Result<std::uint32_t>> load(std::uint32_t key) { return call('G', key); }
    // The new version.
    Task<Result<std::uint32_t>> write(std::uint32_t key) { return call('W', key); }

private:
    Task<Result<std::uint32_t>> call(char verb, std::uint32_t key);
    Task<void> send_all();
    Task<void> listen();
    void take(std::string_view line);

    boost::asio::local::stream_protocol::socket socket_;
    std::unordered_map<std::uint64_t, Resume<Result<std::uint32_t>>> waiting_;  // by request
    std::uint64_t requests_ = 0;
    std::string outgoing_;
    bool sending_ = false;
};

}  // namespace sluice::bench
