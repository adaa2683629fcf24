#include "cli/render.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <vector>

namespace sluice::cli {
namespace {

namespace json = boost::json;

std::string cell(const json::value& value) {
    if (value.is_null()) return "-";
    if (const auto* text = value.if_string()) return std::string(text->begin(), text->end());
    return json::serialize(value);
}

std::string padded(const std::string& text, std::size_t width) {
    return text.size() >= width ? text : text + std::string(width - text.size(), ' ');
}

std::string trimmed(std::string line) {
    while (!line.empty() && line.back() == ' ') line.pop_back();
    return line + "\n";
}

using Lines = std::vector<std::pair<std::string, std::string>>;

// Objects within are shown as members of their own, "sale.title".
void add_members(const json::object& object, const std::string& prefix, Lines& lines) {
    for (const auto& member : object) {
        const std::string name = prefix + std::string(member.key());
        if (member.value().is_object()) {
            add_members(member.value().get_object(), name + ".", lines);
        } else {
            lines.emplace_back(name, cell(member.value()));
        }
    }
}

std::string members_table(const json::object& object) {
    Lines lines;
    add_members(object, "", lines);
    std::size_t width = 0;
    for (const auto& [name, text] : lines) width = std::max(width, name.size());
    std::string out;
    for (const auto& [name, text] : lines) out += trimmed(padded(name, width) + "  " + text);
    return out;
}

std::vector<std::string> columns_of(const json::array& rows) {
    std::vector<std::string> columns;
    for (const json::value& row : rows) {
        if (!row.is_object()) continue;
        for (const auto& member : row.get_object()) {
            const std::string name(member.key());
            if (std::find(columns.begin(), columns.end(), name) == columns.end())
                columns.push_back(name);
        }
    }
    return columns;
}

std::string rows_table(const json::array& rows) {
    const std::vector<std::string> columns = columns_of(rows);
    if (columns.empty()) return rows.empty() ? "(none)\n" : json::serialize(rows) + "\n";
    std::vector<std::vector<std::string>> lines = {columns};
    for (const json::value& row : rows) {
        std::vector<std::string> line;
        for (const std::string& column : columns) {
            const json::value* found =
                row.is_object() ? row.get_object().if_contains(column) : nullptr;
            line.push_back(found == nullptr ? "" : cell(*found));
        }
        lines.push_back(std::move(line));
    }
    std::vector<std::size_t> widths(columns.size(), 0);
    for (const auto& line : lines) {
        for (std::size_t i = 0; i < line.size(); ++i)
            widths[i] = std::max(widths[i], line[i].size());
    }
    std::string out;
    for (const auto& line : lines) {
        std::string text;
        for (std::size_t i = 0; i < line.size(); ++i) text += padded(line[i], widths[i] + 2);
        out += trimmed(std::move(text));
    }
    return out;
}

// The list of a page, or null.
const json::array* list_of(const json::value& value) {
    if (const auto* rows = value.if_array()) return rows;
    const auto* object = value.if_object();
    if (object == nullptr) return nullptr;
    const json::array* found = nullptr;
    for (const auto& member : *object) {
        const auto* rows = member.value().if_array();
        if (rows == nullptr) continue;
        if (found != nullptr) return nullptr;
        if (!rows->empty() && !rows->front().is_object()) continue;
        found = rows;
    }
    return found;
}

void indent_into(std::string& out, const json::value& value, std::size_t depth) {
    const std::string margin(2 * (depth + 1), ' ');
    const std::string closing(2 * depth, ' ');
    if (value.is_object() && !value.get_object().empty()) {
        const char* separator = "{\n";
        for (const auto& member : value.get_object()) {
            out += separator + margin + json::serialize(json::string(member.key())) + ": ";
            indent_into(out, member.value(), depth + 1);
            separator = ",\n";
        }
        out += "\n" + closing + "}";
    } else if (value.is_array() && !value.get_array().empty() && value.get_array().front().is_structured()) {
        const char* separator = "[\n";
        for (const json::value& element : value.get_array()) {
            out += separator + margin;
            indent_into(out, element, depth + 1);
            separator = ",\n";
        }
        out += "\n" + closing + "]";
    } else {
        out += json::serialize(value);
    }
}

}  // namespace

std::string render(const json::value& value, Output output) {
    const json::array* rows = list_of(value);
    switch (output) {
        case Output::kJson: {
            std::string out;
            indent_into(out, value, 0);
            return out + "\n";
        }
        case Output::kJsonLines: {
            if (rows == nullptr) return json::serialize(value) + "\n";
            std::string out;
            for (const json::value& row : *rows) out += json::serialize(row) + "\n";
            return out;
        }
        case Output::kTable:
            if (rows != nullptr) return rows_table(*rows);
            if (value.is_object()) return members_table(value.get_object());
            return cell(value) + "\n";
    }
    return {};
}

json::value with_columns(const json::value& page, std::initializer_list<const char*> columns) {
    const json::array* rows = list_of(page);
    if (rows == nullptr) return page;
    json::array out;
    for (const json::value& row : *rows) {
        json::object narrow;
        for (const char* column : columns) {
            const json::value* found =
                row.is_object() ? row.get_object().if_contains(column) : nullptr;
            if (found != nullptr) narrow[column] = *found;
        }
        out.push_back(std::move(narrow));
    }
    return out;
}

void show(const json::value& value, Output output) {
    std::cout << render(value, output) << std::flush;
}

}  // namespace sluice::cli
