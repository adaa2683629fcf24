#pragma once
// The rows of a gate that is to be loaded, as calls of load_stage.lua and load_commit.lua. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "domain/admission.h"
#include "ports/gate_image_stream.h"

namespace sluice {

class Arguments;

// One call at a time.
class GateStaging {
public:
    // The image's `finished` and `bought` are left out; add() brings them, finish() what is known when all have come.
    // `ahead`: what was staged before.
    GateStaging(std::string server, GateImage image, ImageRows ahead);
    void add(ImageRows rows);
    void finish();
    const ImageRows& added() const { return rows_; }  // last, and not told ahead
    // nullopt: everything that was added has come.
    std::optional<std::string> next();
    std::string commit_call() const;

private:
    using Holder = std::pair<BuyerId, Units>;

    void add_row(Arguments& arguments, const KnownOrder& known) const;
    void add_row(Arguments& arguments, const HeldOrder& held) const;
    void add_row(Arguments& arguments, const BuyerTotal& total) const;
    void add_row(Arguments& arguments, const Holder& holder) const;
    void leave_out_told(ImageRows& rows);
    template <class Row>
    std::string piece(std::string_view kind, Version version, const std::vector<Row>& rows, std::size_t& at);

    const std::string server_;
    const GateImage image_;
    const ImageRows ahead_;
    std::size_t finished_told_ = 0;  // of ahead_: met again
    std::size_t bought_told_ = 0;
    std::unordered_map<BuyerId, Units> held_;
    std::unordered_map<BuyerId, Units> unnamed_;  // of them no total has come
    ImageRows rows_;                              // what was added last
    std::vector<Holder> holders_;                 // unnamed_, once that is final
    std::size_t orders_ = 0;
    std::size_t buyers_ = 0;
    bool begun_;
    std::size_t held_at_ = 0;  // what has come of each
    std::size_t finished_at_ = 0;
    std::size_t bought_at_ = 0;
    std::size_t holders_at_ = 0;
};

}  // namespace sluice
