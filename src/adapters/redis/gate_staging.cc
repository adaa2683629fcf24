#include "adapters/redis/gate_staging.h"

#include "adapters/redis/gate_codec.h"
#include "adapters/redis/gate_keys.h"
#include "adapters/redis/script_arguments.h"
#include "adapters/redis/script_runner.h"

namespace sluice {
namespace {

constexpr std::size_t kRowsMax = 5'000;  // of one piece: bounds how long the server is busy with it

// Both lists come in the ledger's order. A row that is met out of it is told again, which is never wrong.
template <class Row, class Name>
bool told(const std::vector<Row>& ahead, std::size_t& at, const Row& row, Name name) {
    if (at == ahead.size() || ahead[at].*name != row.*name) return false;
    return ahead[at++] == row;
}

}  // namespace

GateStaging::GateStaging(std::string server, GateImage image, ImageRows ahead)
    : server_(std::move(server)),
      image_(std::move(image)),
      ahead_(std::move(ahead)),
      orders_(image_.held.size()),
      begun_(!ahead_.empty()) {
    for (const auto& held : image_.held) held_[held.order.buyer] += held.order.quantity;
    unnamed_ = held_;
}

void GateStaging::add(ImageRows rows) {
    orders_ += rows.finished.size();
    buyers_ += rows.bought.size();
    if (!unnamed_.empty()) {
        for (const auto& total : rows.bought) unnamed_.erase(total.buyer);
    }
    leave_out_told(rows);
    rows_ = std::move(rows);
    finished_at_ = bought_at_ = 0;
}

void GateStaging::leave_out_told(ImageRows& rows) {
    std::erase_if(rows.finished, [this](const KnownOrder& known) {
        return told(ahead_.finished, finished_told_, known, &KnownOrder::order);
    });
    std::erase_if(rows.bought, [this](const BuyerTotal& total) {
        return told(ahead_.bought, bought_told_, total, &BuyerTotal::buyer) && !held_.contains(total.buyer);
    });
}

void GateStaging::finish() {
    holders_.assign(unnamed_.begin(), unnamed_.end());
    buyers_ += holders_.size();
}

// The three words of one row, for each kind of row.
void GateStaging::add_row(Arguments& arguments, const KnownOrder& known) const {
    arguments.add_order(known.order);
    arguments.add_own(std::string(1, letter_code(known.letter)));
    arguments.add_number(known.quantity);
}
void GateStaging::add_row(Arguments& arguments, const HeldOrder& held) const {
    arguments.add_order(held.order.order);
    arguments.add_own(row_of(held));
    arguments.add_number(std::int64_t{to_ms(held.due_at)});
}
void GateStaging::add_row(Arguments& arguments, const BuyerTotal& total) const {
    const auto held = held_.find(total.buyer);
    arguments.add(total.buyer.value());
    arguments.add_number(total.bought);
    arguments.add_number(held == held_.end() ? Units{0} : held->second);
}
void GateStaging::add_row(Arguments& arguments, const Holder& holder) const {
    arguments.add(holder.first.value());
    arguments.add_number(Units{0});
    arguments.add_number(holder.second);
}

template <class Row>
std::string GateStaging::piece(std::string_view kind, Version version, const std::vector<Row>& rows, std::size_t& at) {
    Arguments arguments;
    arguments.add(server_);
    arguments.add_number(image_.epoch.value());
    arguments.add_number(version.value());
    arguments.add(std::exchange(begun_, true) ? "more" : "begin");
    arguments.add(kind);
    for (std::size_t i = 0; i < kRowsMax && at < rows.size(); ++i) add_row(arguments, rows[at++]);
    return ScriptRunner::format(load_keys(image_.sale, image_.epoch), arguments.words());
}

// The first one comes whatever there is: it clears what an earlier attempt left.
std::optional<std::string> GateStaging::next() {
    if (held_at_ < image_.held.size() || !begun_) return piece("held", image_.version, image_.held, held_at_);
    if (finished_at_ < rows_.finished.size()) return piece("orders", image_.version, rows_.finished, finished_at_);
    if (bought_at_ < rows_.bought.size()) return piece("buyers", image_.version, rows_.bought, bought_at_);
    if (holders_at_ < holders_.size()) return piece("buyers", Version{0}, holders_, holders_at_);
    return std::nullopt;
}

std::string GateStaging::commit_call() const {
    Units held = 0;
    for (const auto& order : image_.held) held += order.order.quantity;
    Arguments arguments;
    arguments.add(server_);
    arguments.add(to_string(image_.state));
    arguments.add_number(image_.revision.value());
    arguments.add_number(image_.epoch.value());
    arguments.add_number(image_.version.value());
    arguments.add_number(image_.available);
    arguments.add_number(held);
    arguments.add_number(image_.limit_per_buyer);
    arguments.add_number(std::int64_t{to_ms(image_.opens_at)});
    arguments.add_number(std::int64_t{to_ms(image_.closes_at)});
    arguments.add_number(std::uint64_t{orders_});
    arguments.add_number(std::uint64_t{image_.held.size()});
    arguments.add_number(std::uint64_t{buyers_});
    return ScriptRunner::format(load_keys(image_.sale, image_.epoch), arguments.words());
}

}  // namespace sluice
