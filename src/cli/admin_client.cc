#include "cli/admin_client.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <charconv>
#include <cstring>

#include "cli/command.h"
#include "load/http_text.h"

namespace sluice::cli {
namespace {

namespace json = boost::json;

constexpr long kAnswerSecondsMax = 120;  // an audit of a large ledger takes its time

struct Socket {
    int descriptor = -1;
    ~Socket() {
        if (descriptor >= 0) ::close(descriptor);
    }
};

// "http://a.b.c.d:port" → address. False for anything else.
bool parse_url(const std::string& url, sockaddr_in& address) {
    constexpr std::string_view kScheme = "http://";
    const std::size_t colon = url.rfind(':');
    if (!url.starts_with(kScheme) || colon <= kScheme.size()) return false;
    const std::string host = url.substr(kScheme.size(), colon - kScheme.size());
    std::uint16_t port = 0;
    const char* last = url.data() + url.size();
    if (std::from_chars(url.data() + colon + 1, last, port).ptr != last) return false;
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    return ::inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1;
}

Error no_answer(const std::string& url, const std::string& why) {
    return fail(Code::kUnavailable, "the server at " + url + " does not answer: " + why);
}

Code code_of(std::string_view wire) {
    for (std::size_t i = 0; i <= static_cast<std::size_t>(Code::kInternal); ++i) {
        if (info(static_cast<Code>(i)).wire == wire) return static_cast<Code>(i);
    }
    return Code::kInternal;
}

Error problem_of(int status, const std::string& body) {
    boost::system::error_code failed;
    const json::value parsed = json::parse(body, failed);
    const auto* object = failed ? nullptr : parsed.if_object();
    if (object == nullptr) return fail(Code::kInternal, fmt::format("HTTP {} {}", status, body));
    const auto text = [&](const char* name) -> std::string {
        const json::value* found = object->if_contains(name);
        return found != nullptr && found->is_string() ? json::value_to<std::string>(*found) : "";
    };
    std::string detail = text("detail").empty() ? text("title") : text("detail");
    if (const json::value* errors = object->if_contains("errors");
        errors != nullptr && errors->is_array()) {
        if (!errors->get_array().empty()) detail += " " + json::serialize(*errors);
    }
    return fail(code_of(text("code")), detail);
}

}  // namespace

Result<AdminClient> AdminClient::find(const std::string& data_dir) {
    auto owner = find_owner(data_dir);
    if (!owner) return owner.error();
    if (!*owner) {
        return fail(
            Code::kUnavailable, "no server runs on " + data_dir +
                                    "; start one with: sluice serve --data-dir " + data_dir
        );
    }
    return AdminClient(**owner);
}

Result<std::string> AdminClient::exchange(const std::string& request) const {
    sockaddr_in address{};
    if (!parse_url(owner_.admin_url, address))
        return fail(Code::kInternal, "bad admin URL " + owner_.admin_url);
    const Socket socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const timeval wait{kAnswerSecondsMax, 0};
    ::setsockopt(socket.descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    const void* raw = &address;
    if (::connect(socket.descriptor, static_cast<const sockaddr*>(raw), sizeof address) != 0) {
        return no_answer(owner_.admin_url, std::strerror(errno));
    }
    std::size_t sent = 0;
    while (sent < request.size()) {
        const ssize_t n =
            ::send(socket.descriptor, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) return no_answer(owner_.admin_url, std::strerror(errno));
        sent += static_cast<std::size_t>(n);
    }
    std::string received;
    std::array<char, 16'384> part;
    while (true) {
        const ssize_t n = ::recv(socket.descriptor, part.data(), part.size(), 0);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return no_answer(owner_.admin_url, std::strerror(errno));
        if (n == 0) return received;
        received.append(part.data(), static_cast<std::size_t>(n));
    }
}

Result<json::value> AdminClient::call(
    const std::string& method, const std::string& path, const json::value& body
) const {
    const std::string host = owner_.admin_url.substr(owner_.admin_url.rfind('/') + 1);
    const std::string headers =
        "Authorization: Bearer " + owner_.token + "\r\nConnection: close\r\n";
    std::string request;
    load::append_request(
        request, method, path, host, headers, body.is_null() ? "" : json::serialize(body)
    );
    auto received = exchange(request);
    if (!received) return received.error();
    load::Answer answer;
    std::size_t length = 0;
    if (load::read_answer(*received, answer, length) != load::Read::kDone) {
        return no_answer(owner_.admin_url, "the answer broke off");
    }
    if (answer.status < 200 || answer.status >= 300)
        return problem_of(answer.status, std::string(answer.body));
    if (answer.body.empty()) return json::value(json::object());
    boost::system::error_code failed;
    json::value parsed =
        json::parse(json::string_view(answer.body.data(), answer.body.size()), failed);
    if (failed) return fail(Code::kInternal, "the answer is not JSON: " + failed.message());
    return parsed;
}

Exit report(const Error& error) {
    complain(to_string(error));
    const int status = info(error.code).http_status;
    return status >= 400 && status < 500 && error.code != Code::kRequestTimeout ? Exit::kUsage
                                                                                : Exit::kDependency;
}

std::optional<AdminClient> connect(const Place& place, Exit& exit) {
    auto loaded = place.load();
    if (!loaded) {
        complain(loaded.error().detail);
        exit = Exit::kStart;
        return std::nullopt;
    }
    auto client = AdminClient::find(loaded->config.data_dir);
    if (!client) {
        exit = report(client.error());
        return std::nullopt;
    }
    return *client;
}

std::string path_segment(const std::string& text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
        out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

}  // namespace sluice::cli
