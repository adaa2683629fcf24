#pragma once
// A crowd of simulated buyers at one sale, each with a habit: most buy and pay; some click twice,
// lose their connection and repeat, try to get more than the limit, never pay, pay late, pay twice
// or cancel. A first wave comes at the opening, a second one after the unpaid orders of the first
// have expired. Every answer to a purchase goes into the journal. One seed makes one crowd. Not
// thread-safe; driven by its Loop.

#include <functional>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/hmac.h"
#include "base/prng.h"
#include "load/client.h"
#include "load/journal_writer.h"
#include "load/latency.h"

namespace sluice::load {

struct CrowdPlan {
    std::uint32_t sale = 0;
    std::uint32_t buyers = 0;
    std::uint64_t seed = 1;
    std::int64_t price = 0;  // minor units, of one unit
    std::string currency;
    std::string payment_secret;
    Nanos payment_window = 0;
    Nanos first_wave = 0;                                     // its length
    Nanos second_wave = 0;                                    // its length
    Nanos second_wave_after = 0;                              // from the start
    std::function<std::string(const std::string&)> token_of;  // buyer → bearer token
};

struct CrowdFigures {
    std::uint64_t requests = 0;  // answers to purchases, no answer included
    std::uint64_t accepted = 0;  // distinct order ids answered 202 or 201
    std::uint64_t unknown = 0;   // purchases whose last answer left the outcome open
    std::uint64_t two_ids = 0;   // keys that were answered with two different orders
    std::uint64_t settled = 0;   // as seen by the buyers
    std::uint64_t payments = 0;  // notifications answered
    std::uint64_t buyers_done = 0;
    std::map<std::string, std::uint64_t> refused;  // by code, the last answer of each purchase
    LatencyHistogram accept;                       // from the intended click to the 202
    LatencyHistogram settle;                       // from the 202 to the order seen settled
    Nanos first_accept = 0;
    Nanos last_settle = 0;
};

class Crowd final : public Receiver {
public:
    Crowd(Loop& loop, Client& client, JournalWriter& journal, CrowdPlan plan);

    void start();
    bool finished() const { return started_ && outstanding_ == 0; }
    const CrowdFigures& figures() const { return figures_; }
    void answered(std::uint64_t tag, const Answer& answer) override;

private:
    enum class Habit : std::uint8_t {
        kPays,
        kClicksTwice,
        kLosesConnection,
        kWantsMore,
        kNeverPays,
        kPaysLate,
        kPaysTwice,
        kCancels
    };
    enum class Step : std::uint8_t { kBuy, kBuyMore, kWatch, kPay, kCancel };
    struct Buyer {
        Habit habit = Habit::kPays;
        std::uint8_t attempts = 0;  // of the step under way
        bool seen_settled = false;
        bool decided = false;  // the purchase has a definite answer
        Nanos intended = 0;
        Nanos accepted = 0;  // 0 iff not accepted
        std::string token;
        std::string order;  // "" iff none is known
    };

    static std::uint64_t tag_of(std::uint32_t buyer, Step step) {
        return (std::uint64_t{buyer} << 8U) | static_cast<std::uint64_t>(step);
    }
    Habit draw_habit();
    std::string name_of(std::uint32_t buyer) const;
    std::string key_of(std::uint32_t buyer, Step step) const;
    void after(Nanos delay, std::uint32_t buyer, Step step);
    void arrive(std::uint32_t buyer);
    void act(std::uint32_t buyer, Step step);
    void send(std::uint32_t buyer, Step step, std::string text, bool abandon);
    void again(std::uint32_t buyer, Step step);
    void bought(std::uint32_t buyer, Step step, const Answer& answer);
    void placed(std::uint32_t buyer, const Answer& answer, std::string_view order);
    void watched(std::uint32_t buyer, const Answer& answer);
    void settled(std::uint32_t buyer);
    void write_journal(std::uint32_t buyer, Step step, const Answer& answer);

    Loop& loop_;
    Client& client_;
    JournalWriter& journal_;
    const CrowdPlan plan_;
    const std::string host_;
    const HmacKey payment_key_;
    Prng random_;
    std::vector<Buyer> buyers_;
    std::uint64_t outstanding_ = 0;  // requests under way and steps still to come
    bool started_ = false;
    CrowdFigures figures_;
};

}  // namespace sluice::load
