#include "load/firehose.h"

#include <fmt/format.h>

#include <algorithm>

#include "load/requests.h"

namespace sluice::load {
namespace {

constexpr Nanos kOpenLoopStep = kMillisecond / 2;

}  // namespace

Firehose::Firehose(Loop& loop, Client& client, JournalWriter* journal, FirehosePlan plan)
    : loop_(loop), client_(client), journal_(journal), plan_(std::move(plan)) {}

void Firehose::start() {
    figures_.began = loop_.now();
    if (plan_.rate > 0) {
        shoot_due();
        return;
    }
    for (std::size_t i = 0; i < plan_.connections && !over(); ++i) shoot(loop_.now());
}

bool Firehose::over() const {
    if (plan_.requests_max && sent_ >= *plan_.requests_max) return true;
    return loop_.now() - figures_.began >= plan_.duration;
}

void Firehose::shoot_due() {
    const double seconds =
        static_cast<double>(loop_.now() - figures_.began) / static_cast<double>(kSecond);
    const auto due = static_cast<std::uint64_t>(seconds * plan_.rate);
    while (sent_ < due && !over()) {
        const double at = static_cast<double>(sent_) / plan_.rate * static_cast<double>(kSecond);
        shoot(figures_.began + static_cast<Nanos>(at));
    }
    if (!over()) loop_.at(loop_.now() + kOpenLoopStep, [this] { shoot_due(); });
}

void Firehose::shoot(Nanos intended) {
    if (free_.empty()) {
        free_.push_back(intended_.size());
        intended_.push_back(0);
        number_.push_back(0);
    }
    const std::size_t slot = free_.back();
    free_.pop_back();
    intended_[slot] = intended;
    number_[slot] = sent_++;
    ++outstanding_;
    const auto& [name, token] = plan_.buyers[number_[slot] % plan_.buyers.size()];
    fmt::basic_memory_buffer<char, 64> key;
    fmt::format_to(std::back_inserter(key), "{}{}", plan_.key_prefix, number_[slot]);
    std::string text = client_.spare_text();
    append_purchase(
        text, "localhost", Purchase{plan_.sale, 1, token, std::string_view(key.data(), key.size())}
    );
    Request request{std::move(text), this, slot, false};
    client_.send(std::move(request));
}

void Firehose::write_journal(std::uint64_t number, const Answer& answer) {
    audit::JournalLine line;
    line.key = plan_.key_prefix + std::to_string(number);
    line.buyer = plan_.buyers[number % plan_.buyers.size()].first;
    line.sale = plan_.sale;
    line.quantity = 1;
    line.status = answer.status;
    line.code = std::string(text_member(answer.body, "code"));
    line.order = std::string(text_member(answer.body, "order_id"));
    journal_->append(line);
}

void Firehose::answered(std::uint64_t tag, const Answer& answer) {
    const std::size_t slot = tag;
    const Nanos now = loop_.now();
    const Nanos took = now - intended_[slot];
    free_.push_back(slot);
    --outstanding_;
    ++figures_.requests;
    figures_.ended = now;
    if (journal_ != nullptr) write_journal(number_[slot], answer);
    if (answer.status == 202 || answer.status == 201) {
        ++figures_.accepted;
        figures_.latency.record(took);
        if (figures_.first_accept == 0) figures_.first_accept = now;
        figures_.last_accept = now;
    } else {
        const std::string_view code =
            answer.status == 0 ? "no_answer" : text_member(answer.body, "code");
        if (code == "no_answer" || code == "outcome_unknown") {
            ++figures_.unknown;
        } else {
            ++figures_.refused[std::string(code)];
            figures_.refusals.record(took);
        }
    }
    if (plan_.rate > 0 || over()) return;
    if (answer.status != 0) return shoot(now);
    // A server that went away must not be hammered.
    ++outstanding_;
    loop_.at(now + 10 * kMillisecond, [this] {
        --outstanding_;
        if (!over()) shoot(loop_.now());
    });
}

}  // namespace sluice::load
