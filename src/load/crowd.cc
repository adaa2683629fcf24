#include "load/crowd.h"

#include <fmt/format.h>

#include <algorithm>

#include "load/requests.h"

namespace sluice::load {
namespace {

constexpr int kAttemptsMax = 40;
constexpr Nanos kRetryDelay = 40 * kMillisecond;
constexpr Nanos kRetryDelayMax = 500 * kMillisecond;
constexpr Nanos kThinkTimeMax = 400 * kMillisecond;
constexpr Nanos kLateBy = 1'500 * kMillisecond;  // more than the sweeper's second
constexpr int kWatchSeconds = 5;
constexpr std::uint32_t kSecondWaveShare = 6;  // one in six comes with the second wave

// The server could not say: the same request may be made again.
bool undecided(const Answer& answer) {
    return answer.status == 0 || answer.status >= 500 || answer.status == 429 ||
           answer.status == 408;
}

bool left_open(const Answer& answer) {
    return answer.status == 0 || text_member(answer.body, "code") == "outcome_unknown";
}

}  // namespace

Crowd::Crowd(Loop& loop, Client& client, JournalWriter& journal, CrowdPlan plan)
    : loop_(loop),
      client_(client),
      journal_(journal),
      plan_(std::move(plan)),
      host_("localhost"),
      payment_key_(plan_.payment_secret),
      random_(plan_.seed),
      buyers_(plan_.buyers) {}

Crowd::Habit Crowd::draw_habit() {
    const std::uint64_t dice = random_.below(100);
    if (dice < 6) return Habit::kClicksTwice;
    if (dice < 12) return Habit::kLosesConnection;
    if (dice < 18) return Habit::kWantsMore;
    if (dice < 26) return Habit::kNeverPays;
    if (dice < 29) return Habit::kPaysLate;
    if (dice < 33) return Habit::kPaysTwice;
    if (dice < 36) return Habit::kCancels;
    return Habit::kPays;
}

std::string Crowd::name_of(std::uint32_t buyer) const { return "buyer-" + std::to_string(buyer); }

std::string Crowd::key_of(std::uint32_t buyer, Step step) const {
    return std::to_string(plan_.seed) + "-" + std::to_string(buyer) +
           (step == Step::kBuyMore ? "-more" : "");
}

void Crowd::start() {
    const Nanos begin = loop_.now();
    for (std::uint32_t i = 0; i < plan_.buyers; ++i) {
        Buyer& buyer = buyers_[i];
        buyer.habit = draw_habit();
        buyer.token = plan_.token_of(name_of(i));
        const bool second = random_.one_in(kSecondWaveShare);
        const Nanos length = std::max<Nanos>(second ? plan_.second_wave : plan_.first_wave, 1);
        const Nanos offset = static_cast<Nanos>(random_.below(static_cast<std::uint64_t>(length)));
        buyer.intended = begin + (second ? plan_.second_wave_after : 0) + offset;
        ++outstanding_;
        loop_.at(buyer.intended, [this, i] { arrive(i); });
    }
    started_ = true;
}

void Crowd::arrive(std::uint32_t buyer) {
    --outstanding_;
    act(buyer, Step::kBuy);
    if (buyers_[buyer].habit == Habit::kClicksTwice) act(buyer, Step::kBuy);
}

void Crowd::after(Nanos delay, std::uint32_t buyer, Step step) {
    ++outstanding_;
    loop_.at(loop_.now() + delay, [this, buyer, step] {
        --outstanding_;
        act(buyer, step);
    });
}

void Crowd::again(std::uint32_t buyer, Step step) {
    Buyer& one = buyers_[buyer];
    if (one.attempts >= kAttemptsMax) return;
    ++one.attempts;
    after(std::min(kRetryDelay * one.attempts, kRetryDelayMax), buyer, step);
}

void Crowd::send(std::uint32_t buyer, Step step, std::string text, bool abandon) {
    ++outstanding_;
    Request request{std::move(text), this, tag_of(buyer, step), abandon};
    client_.send(std::move(request));
}

void Crowd::act(std::uint32_t buyer, Step step) {
    const Buyer& one = buyers_[buyer];
    std::string text = client_.spare_text();
    bool abandon = false;
    switch (step) {
        case Step::kBuy:
        case Step::kBuyMore: {
            const std::string key = key_of(buyer, step);
            append_purchase(text, host_, Purchase{plan_.sale, 1, one.token, key});
            abandon =
                one.habit == Habit::kLosesConnection && one.attempts == 0 && step == Step::kBuy;
            break;
        }
        case Step::kWatch:
            append_watch(text, host_, one.token, one.order, kWatchSeconds);
            break;
        case Step::kCancel:
            append_cancel(text, host_, one.token, one.order);
            break;
        case Step::kPay: {
            // Payment ids are unique for ever, and a ledger may have seen this crowd before.
            const std::string payment = fmt::format("pay-{}-{}", plan_.sale, key_of(buyer, step));
            const PaymentNotice notice{payment, one.order, plan_.price, plan_.currency};
            append_payment(text, host_, payment_key_, unix_seconds(), notice);
            break;
        }
    }
    send(buyer, step, std::move(text), abandon);
}

void Crowd::answered(std::uint64_t tag, const Answer& answer) {
    --outstanding_;
    const auto buyer = static_cast<std::uint32_t>(tag >> 8U);
    const auto step = static_cast<Step>(tag & 0xffU);
    switch (step) {
        case Step::kBuy:
        case Step::kBuyMore:
            return bought(buyer, step, answer);
        case Step::kWatch:
            return watched(buyer, answer);
        case Step::kPay:
            if (undecided(answer)) return again(buyer, step);
            ++figures_.payments;
            return;
        case Step::kCancel:
            if (undecided(answer)) again(buyer, step);
            return;
    }
}

void Crowd::write_journal(std::uint32_t buyer, Step step, const Answer& answer) {
    audit::JournalLine line;
    line.key = key_of(buyer, step);
    line.buyer = name_of(buyer);
    line.sale = plan_.sale;
    line.quantity = 1;
    line.status = answer.status;
    line.code = std::string(text_member(answer.body, "code"));
    line.order = std::string(text_member(answer.body, "order_id"));
    journal_.append(line);
}

void Crowd::bought(std::uint32_t buyer, Step step, const Answer& answer) {
    ++figures_.requests;
    write_journal(buyer, step, answer);
    Buyer& one = buyers_[buyer];
    if (undecided(answer)) {
        if (one.attempts >= kAttemptsMax && left_open(answer) && !one.decided) ++figures_.unknown;
        return again(buyer, step);
    }
    const std::string_view order = text_member(answer.body, "order_id");
    if (answer.status >= 200 && answer.status < 300) {
        if (step == Step::kBuy) placed(buyer, answer, order);
        if (step == Step::kBuyMore)
            ++figures_.accepted;  // above the limit: the auditor will say so
        return;
    }
    if (one.decided && step == Step::kBuy) return;  // the second click of the same purchase
    if (step == Step::kBuy) {
        one.decided = true;
        ++figures_.buyers_done;
    }
    ++figures_.refused[std::string(text_member(answer.body, "code"))];
}

void Crowd::placed(std::uint32_t buyer, const Answer& answer, std::string_view order) {
    Buyer& one = buyers_[buyer];
    if (!one.order.empty() && one.order != order) ++figures_.two_ids;
    if (!one.order.empty()) return;
    one.order = std::string(order);
    if (!one.decided) ++figures_.buyers_done;
    one.decided = true;
    if (answer.status != 200) ++figures_.accepted;
    one.accepted = loop_.now();
    figures_.accept.record(loop_.now() - one.intended);
    if (figures_.first_accept == 0) figures_.first_accept = loop_.now();
    one.attempts = 0;
    const std::string_view state = text_member(answer.body, "state");
    if (state == "awaiting_payment" || state == "paid") {
        settled(buyer);
    } else {
        act(buyer, Step::kWatch);
    }
    if (one.habit == Habit::kWantsMore) after(kRetryDelay, buyer, Step::kBuyMore);
}

void Crowd::watched(std::uint32_t buyer, const Answer& answer) {
    Buyer& one = buyers_[buyer];
    const std::string_view state = text_member(answer.body, "state");
    if (answer.status != 200 || state.empty() || state == "held") return again(buyer, Step::kWatch);
    if (state == "awaiting_payment" || state == "paid") return settled(buyer);
    if (!one.seen_settled && state == "cancelled") {  // settled and over between two looks
        one.seen_settled = true;
        ++figures_.settled;
    }
}

void Crowd::settled(std::uint32_t buyer) {
    Buyer& one = buyers_[buyer];
    if (one.seen_settled) return;
    one.seen_settled = true;
    one.attempts = 0;
    ++figures_.settled;
    figures_.settle.record(loop_.now() - one.accepted);
    figures_.last_settle = loop_.now();
    const Nanos think =
        static_cast<Nanos>(random_.below(static_cast<std::uint64_t>(kThinkTimeMax)));
    switch (one.habit) {
        case Habit::kPays:
        case Habit::kClicksTwice:
        case Habit::kLosesConnection:
        case Habit::kWantsMore:
            return after(think, buyer, Step::kPay);
        case Habit::kPaysTwice:
            after(think, buyer, Step::kPay);
            return after(think + kRetryDelay, buyer, Step::kPay);
        case Habit::kPaysLate:
            return after(plan_.payment_window + kLateBy, buyer, Step::kPay);
        case Habit::kCancels:
            return after(think, buyer, Step::kCancel);
        case Habit::kNeverPays:
            return;
    }
}

}  // namespace sluice::load
