#pragma once
// The laws of docs/protocol.md §10, judged from evidence that shares no code with app/. Pure: no I/O here.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::audit {

enum class Verdict : std::uint8_t { kOk, kViolated, kUnjudged, kNotApplicable };
std::string_view to_string(Verdict verdict);

inline constexpr std::size_t kLawCount = 12;

struct LawReport {
    std::string law;        // "L1" … "L12"
    std::string statement;  // one line
    Verdict verdict = Verdict::kUnjudged;
    std::uint64_t examined = 0;         // rows, orders or sales that were looked at
    std::string detail;                 // why it is violated, unjudged or not applicable; empty when ok
    std::vector<std::string> orders;    // ids behind a violation, at most kOrdersNamedMax
};
inline constexpr std::size_t kOrdersNamedMax = 100;

struct AuditReport {
    std::array<LawReport, kLawCount> laws;
    // 4 if any law is violated, else 3 if any is unjudged, else 0.
    int exit_code() const;
};

}  // namespace sluice::audit
