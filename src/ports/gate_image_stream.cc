#include "ports/gate_image_stream.h"

#include <iterator>
#include <utility>

#include "ports/gate.h"
#include "ports/gate_arguments.h"
#include "ports/ledger.h"

namespace sluice {
namespace {

class AllAtOnce final : public ImageSource {
public:
    explicit AllAtOnce(ImageRows rows) : rows_(std::move(rows)) {}
    Task<Result<ImageRows>> next(Deadline) override { co_return std::exchange(rows_, {}); }

private:
    ImageRows rows_;
};

template <class Row>
void append_rows(std::vector<Row>& all, std::vector<Row> some) {
    all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
}

}  // namespace

void append(ImageRows& all, ImageRows some) {
    append_rows(all.finished, std::move(some.finished));
    append_rows(all.bought, std::move(some.bought));
}

Task<Result<ImageRows>> EndingSource::next(Deadline deadline) {
    if (over_) co_return ImageRows{};
    co_return co_await inner_->next(deadline);
}

GateImageStream stream_of(GateImage image) {
    ImageRows rows{std::exchange(image.finished, {}), std::exchange(image.bought, {})};
    auto source = std::make_shared<AllAtOnce>(std::move(rows));
    return {std::move(image), std::move(source)};
}

Task<Result<GateImage>> collect(GateImageStream stream, Deadline deadline) {
    for (;;) {
        auto some = co_await stream.rows->next(deadline);
        if (!some.ok()) co_return some.error();
        if (some->empty()) co_return std::move(stream.image);
        append_rows(stream.image.finished, std::move(some->finished));
        append_rows(stream.image.bought, std::move(some->bought));
    }
}

Task<Result<GateImage>> Ledger::gate_image(SaleId sale, Epoch epoch, Deadline deadline) {
    auto stream = co_await stream_image(sale, epoch, deadline);
    if (!stream.ok()) co_return stream.error();
    co_return co_await collect(std::move(*stream), deadline);
}

Task<Result<std::shared_ptr<ImageSource>>> Ledger::stream_rows(SaleId, Deadline) {
    co_return std::make_shared<AllAtOnce>(ImageRows{});
}

Task<Result<ImageRows>> Gate::load_ahead(SaleId, ServerId, Epoch, std::shared_ptr<ImageSource>, Deadline) {
    co_return ImageRows{};
}

Task<Result<LoadVerdict>> Gate::load(SaleId sale, ServerId expected, GateImage image, Deadline deadline) {
    auto checked = check_image(sale, image);
    if (!checked.ok()) co_return checked.error();
    auto stream = stream_of(std::move(image));
    co_return co_await load_stream(sale, std::move(expected), std::move(stream), deadline);
}

}  // namespace sluice
