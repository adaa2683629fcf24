#include "adapters/http/request_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>

namespace sluice::http {
namespace {

namespace beast = boost::beast;
using beast::http::field;
using beast::http::verb;
using Text = beast::string_view;
using ErrorCode = beast::error_code;

Method method_of(verb method) {
    // Beast knows more than thirty verbs; all that this server has no route for are one to it.
    if (method == verb::get) return Method::kGet;
    if (method == verb::head) return Method::kHead;
    if (method == verb::post) return Method::kPost;
    if (method == verb::put) return Method::kPut;
    if (method == verb::patch) return Method::kPatch;
    if (method == verb::delete_) return Method::kDelete;
    if (method == verb::options) return Method::kOptions;
    return Method::kOther;
}

std::string_view view(Text text) { return {text.data(), text.size()}; }

bool only_digits(std::string_view text) {
    return !text.empty() && text.size() <= 18 &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Origin form as it is, absolute form without scheme and authority; empty for anything else.
std::string_view origin_form(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!target.starts_with(scheme)) continue;
        const std::size_t slash = target.find('/', scheme.size());
        return slash == std::string_view::npos ? std::string_view{} : target.substr(slash);
    }
    return target.starts_with('/') ? target : std::string_view{};
}

bool is_folded(std::string_view head) {
    return head.find("\n ") != std::string_view::npos ||
           head.find("\n\t") != std::string_view::npos;
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

class RequestParser::Grammar final : public beast::http::basic_parser<true> {
public:
    Grammar(const Limits& limits, Request& request) : limits_(limits), request_(request) {
        header_limit(static_cast<std::uint32_t>(limits.header_bytes_max));
        body_limit(limits.body_bytes_max);
        eager(true);
    }

    bool expects_continue() const { return expects_continue_; }
    bool is_http_1_0() const { return version_ == 10; }
    const char* complaint() const { return complaint_; }

private:
    void on_request_impl(verb method, Text, Text target, int version, ErrorCode& ec) override {
        request_.method = method_of(method);
        version_ = version;
        const std::string_view path = origin_form(view(target));
        if (path.empty() || !is_ascii(path)) return refuse(ec, "the request target is not valid");
        const std::size_t mark = path.find('?');
        request_.path = path.substr(0, mark);
        request_.query =
            mark == std::string_view::npos ? std::string_view{} : path.substr(mark + 1);
    }

    void on_response_impl(int, Text, int, ErrorCode&) override {}  // never for requests

    void on_field_impl(field name, Text name_text, Text value, ErrorCode& ec) override {
        if (header_done_) return;  // a trailer must never count as a header
        HeaderField header;
        header.name = view(name_text);
        header.value = view(value);
        request_.headers.push_back(header);
        if (name == field::content_length) {
            if (++lengths_ > 1) return refuse(ec, "Content-Length is repeated");
            if (!only_digits(header.value)) return refuse(ec, "Content-Length is not a number");
        } else if (name == field::transfer_encoding) {
            if (++encodings_ > 1) return refuse(ec, "Transfer-Encoding is repeated");
            if (!equal_ignoring_case(header.value, "chunked"))
                return refuse(ec, "only chunked encoding is accepted");
        } else if (name == field::host) {
            ++hosts_;
        } else if (name == field::expect) {
            expects_continue_ = equal_ignoring_case(header.value, "100-continue");
        }
        if (lengths_ > 0 && encodings_ > 0) refuse(ec, "both Content-Length and Transfer-Encoding");
    }

    void on_header_impl(ErrorCode& ec) override {
        header_done_ = true;
        if (hosts_ > 1 || (hosts_ == 0 && version_ >= 11))
            return refuse(ec, "exactly one Host header is needed");
        if (encodings_ > 0 && version_ < 11) refuse(ec, "Transfer-Encoding needs HTTP/1.1");
    }

    void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
    std::size_t on_body_impl(Text part, ErrorCode& ec) override { return take(part, ec); }
    void on_chunk_header_impl(std::uint64_t, Text, ErrorCode&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text part, ErrorCode& ec) override {
        return take(part, ec);
    }
    void on_finish_impl(ErrorCode&) override {}

    std::size_t take(Text part, ErrorCode& ec) {
        if (request_.body.size() + part.size() > limits_.body_bytes_max) {
            ec = beast::http::error::body_limit;
            return 0;
        }
        request_.body.append(part.data(), part.size());
        return part.size();
    }

    void refuse(ErrorCode& ec, const char* complaint) {
        complaint_ = complaint;
        ec = beast::http::error::bad_field;
    }

    const Limits& limits_;
    Request& request_;
    const char* complaint_ = nullptr;
    int version_ = 11;
    int lengths_ = 0;
    int encodings_ = 0;
    int hosts_ = 0;
    bool header_done_ = false;
    bool expects_continue_ = false;
};

RequestParser::RequestParser(const Limits& limits, Request& request)
    : limits_(limits), request_(request), grammar_(std::make_unique<Grammar>(limits, request)) {}
RequestParser::~RequestParser() = default;

std::size_t RequestParser::head_length(std::string_view input, std::size_t from) {
    const std::size_t at = input.find("\r\n\r\n", from > 3 ? from - 3 : 0);
    return at == std::string_view::npos ? 0 : at + 4;
}

namespace {

Error error_of(const ErrorCode& ec, const char* complaint) {
    if (ec == beast::http::error::body_limit) return fail(Code::kBodyTooLarge);
    if (ec == beast::http::error::header_limit) return fail(Code::kHeaderTooLarge);
    return fail(Code::kBadRequest, complaint != nullptr ? std::string{complaint} : ec.message());
}

}  // namespace

RequestParser::Status RequestParser::parse_head(std::string_view head) {
    request_.headers.clear();
    request_.body.clear();
    request_.path = {};
    request_.query = {};
    // Beast's parsers are used once; placing the new one where the old one was saves the
    // allocation.
    Grammar* place = grammar_.get();
    std::destroy_at(place);
    std::construct_at(place, limits_, request_);
    if (is_folded(head)) {  // Beast would join the lines
        error_ = fail(Code::kBadRequest, "folded header lines are not accepted");
        return Status::kFailed;
    }
    ErrorCode ec;
    grammar_->put(boost::asio::const_buffer{head.data(), head.size()}, ec);
    if (ec && ec != beast::http::error::need_more) {
        error_ = error_of(ec, grammar_->complaint());
        return Status::kFailed;
    }
    return grammar_->is_done() ? Status::kDone : Status::kNeedMore;
}

RequestParser::Status RequestParser::parse_body(std::string_view input, std::size_t& used) {
    used = 0;
    ErrorCode ec;
    if (!input.empty())
        used = grammar_->put(boost::asio::const_buffer{input.data(), input.size()}, ec);
    if (ec && ec != beast::http::error::need_more) {
        error_ = error_of(ec, grammar_->complaint());
        return Status::kFailed;
    }
    return grammar_->is_done() ? Status::kDone : Status::kNeedMore;
}

bool RequestParser::keep_alive() const { return grammar_->keep_alive(); }
bool RequestParser::expects_continue() const { return grammar_->expects_continue(); }
bool RequestParser::is_http_1_0() const { return grammar_->is_http_1_0(); }

}  // namespace sluice::http
