#pragma once
// ApiServer: both interfaces over the real use cases, the memory gate and SQLite, as the embedded
// mode wires them, on one thread. Ports are the system's choice; the store lives in a directory of
// its own.

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <thread>

#include "http/http_server.h"

namespace sluice::http {

class ApiServer {
public:
    ApiServer();
    ~ApiServer();
    ApiServer(const ApiServer&) = delete;
    ApiServer& operator=(const ApiServer&) = delete;

    std::string buyer_fields(const std::string& buyer) const;  // Authorization of that buyer
    std::string signature_fields(std::string_view body) const;

    // Each on a connection of its own.
    Answer buyer(
        const std::string& name, std::string_view request_line, std::string_view body = {},
        std::string_view fields = {}
    );
    Answer admin(
        std::string_view request_line, std::string_view body = {},
        std::string_view token = "operator-token"
    );
    Answer raw(std::string_view request);
    // An open connection to the public listener.
    std::unique_ptr<TestClient> connect() const;
    void drain();  // of the public listener; returns at once
    const Router& public_router() const;
    const Router& admin_router() const;
    // A live sale of one goods at 199.00; returns its id when its gate accepts orders.
    std::string open_sale(int units, int limit, std::string_view mode = "queued");

private:
    struct State;
    std::unique_ptr<State> state_;
};

// The value of a JSON field in a flat text: without quotes; "" when absent.
std::string field(const std::string& json, std::string_view name);

}  // namespace sluice::http
