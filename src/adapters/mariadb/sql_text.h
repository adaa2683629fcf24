#pragma once
// SqlText: one or more statements written out with their values, so that all of them go to the
// server in one round trip. Used where a batch of orders is written or looked up: preparing a
// statement for every size would cost a round trip each, and so would every statement.
//
// Values cannot break out: numbers are written as digits, everything else in hexadecimal, but for
// plain words. Only constants go through sql(). Pure.

#include <string>
#include <string_view>

#include "adapters/mariadb/values.h"

namespace sluice::maria {

class SqlText {
public:
    SqlText& sql(std::string_view constant) {
        text_.append(constant);
        return *this;
    }
    template <class T>
    SqlText& value(const T& value) {
        visit_value(value, *this);
        return *this;
    }
    // put(*this, item) for each, with commas between.
    template <class Items, class Put>
    SqlText& joined(const Items& items, Put put) {
        bool first = true;
        for (const auto& item : items) {
            if (!first) text_.append(",");
            first = false;
            put(*this, item);
        }
        return *this;
    }
    // "(a,b,c)"
    template <class... Values>
    SqlText& row(const Values&... values) {
        const char* separator = "(";
        ((text_.append(separator), separator = ",", value(values)), ...);
        text_.append(")");
        return *this;
    }
    // "(a,b,c)" of a range that is not empty.
    template <class Items>
    SqlText& list(const Items& items) {
        text_.append("(");
        joined(items, [](SqlText& text, const auto& item) { text.value(item); });
        text_.append(")");
        return *this;
    }
    // The statement is complete.
    SqlText& end() {
        text_.append(";");
        ++statements_;
        return *this;
    }

    const std::string& text() const { return text_; }
    std::size_t statements() const { return statements_; }
    bool empty() const { return statements_ == 0; }

    // The sink of visit_value().
    void integer(std::int64_t value);
    void bytes(std::string_view bytes);
    void text(std::string_view text);
    void null() { text_.append("NULL"); }

private:
    void hex(std::string_view bytes);

    std::string text_;
    std::size_t statements_ = 0;
};

}  // namespace sluice::maria
