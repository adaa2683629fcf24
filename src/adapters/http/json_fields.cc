#include "adapters/http/json_fields.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>  // header-only use: its code lives here alone

namespace sluice::http {
namespace {

using Text = boost::json::string_view;
using ErrorCode = boost::json::error_code;

// Called by basic_parser. Texts may come in parts; `pending_` gathers them.
class FlatHandler {
public:
    static constexpr std::size_t max_object_size = JsonReader::kFieldsMax;
    static constexpr std::size_t max_array_size = 1;
    static constexpr std::size_t max_key_size = 256;
    static constexpr std::size_t max_string_size = 64 * 1024;  // bodies are smaller

    bool on_document_begin(ErrorCode&) { return true; }
    bool on_document_end(ErrorCode&) { return true; }
    bool on_object_begin(ErrorCode& ec) {
        if (inside_) return refuse_nesting(ec);
        inside_ = true;
        return true;
    }
    bool on_object_end(std::size_t, ErrorCode&) { return true; }
    bool on_array_begin(ErrorCode& ec) { return inside_ ? refuse_nesting(ec) : refuse_root(ec); }
    bool on_array_end(std::size_t, ErrorCode&) { return true; }
    bool on_key_part(Text s, std::size_t, ErrorCode&) { return gather(s); }
    bool on_key(Text s, std::size_t, ErrorCode& ec) {
        gather(s);
        JsonField field;
        field.name = std::exchange(pending_, {});
        const bool repeated = std::any_of(fields.begin(), fields.end(), [&](const JsonField& f) {
            return f.name == field.name;
        });
        if (repeated)
            return refuse(ec, Code::kBadRequest, "field \"" + field.name + "\" appears twice");
        fields.push_back(std::move(field));
        return true;
    }
    bool on_string_part(Text s, std::size_t, ErrorCode&) { return gather(s); }
    bool on_string(Text s, std::size_t, ErrorCode& ec) {
        return gather(s) && put(JsonKind::kText, ec);
    }
    bool on_number_part(Text s, ErrorCode&) { return gather(s); }
    bool on_int64(std::int64_t, Text s, ErrorCode& ec) {
        return gather(s) && put(JsonKind::kNumber, ec);
    }
    bool on_uint64(std::uint64_t, Text s, ErrorCode& ec) {
        return gather(s) && put(JsonKind::kNumber, ec);
    }
    bool on_double(double, Text s, ErrorCode& ec) {
        return gather(s) && put(JsonKind::kNumber, ec);
    }
    bool on_bool(bool value, ErrorCode& ec) {
        pending_ = value ? "true" : "false";
        return put(JsonKind::kBoolean, ec);
    }
    bool on_null(ErrorCode& ec) { return put(JsonKind::kNull, ec); }
    bool on_comment_part(Text, ErrorCode&) { return true; }
    bool on_comment(Text, ErrorCode&) { return true; }

    std::vector<JsonField> fields;
    std::optional<Error> failure;

private:
    bool gather(Text part) {
        pending_.append(part.data(), part.size());
        return true;
    }
    bool put(JsonKind kind, ErrorCode& ec) {
        if (!inside_) return refuse_root(ec);
        fields.back().kind = kind;
        fields.back().value = std::exchange(pending_, {});
        return true;
    }
    bool refuse(ErrorCode& ec, Code code, std::string detail) {
        failure = fail(code, std::move(detail));
        ec = boost::json::error::syntax;
        return false;
    }
    bool refuse_root(ErrorCode& ec) {
        return refuse(ec, Code::kBadRequest, "the body must be one JSON object");
    }
    bool refuse_nesting(ErrorCode& ec) {
        return refuse(
            ec, Code::kInvalidField, fields.back().name + ": must not be an object or an array"
        );
    }

    bool inside_ = false;
    std::string pending_;
};

bool only_space(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

Result<std::vector<JsonField>> parse_json_fields(std::string_view body) {
    boost::json::basic_parser<FlatHandler> parser{boost::json::parse_options{}};
    ErrorCode ec;
    const std::size_t used = parser.write_some(false, body.data(), body.size(), ec);
    if (parser.handler().failure) return *parser.handler().failure;
    if (ec == boost::json::error::incomplete)
        return fail(Code::kBadRequest, "the JSON text ends too early");
    if (ec == boost::json::error::object_too_large)
        return fail(Code::kBadRequest, "too many fields");
    if (ec && ec != boost::json::error::extra_data) {
        return fail(Code::kBadRequest, "not valid JSON near byte " + std::to_string(used + 1));
    }
    if (ec || !only_space(body.substr(used))) {
        return fail(Code::kBadRequest, "unexpected characters after the JSON object");
    }
    return std::move(parser.handler().fields);
}

}  // namespace sluice::http
