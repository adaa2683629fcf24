#include "ports/gate_image_stream.h"

#include <iterator>
#include <utility>

#include "ports/gate.h"
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
void append(std::vector<Row>& all, std::vector<Row> some) {
    all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
}

}  // namespace

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
        append(stream.image.finished, std::move(some->finished));
        append(stream.image.bought, std::move(some->bought));
    }
}

Task<Result<GateImageStream>> Ledger::stream_image(SaleId sale, Epoch epoch, Deadline deadline) {
    auto image = co_await gate_image(sale, epoch, deadline);
    if (!image.ok()) co_return image.error();
    co_return stream_of(std::move(*image));
}

Task<Result<LoadVerdict>> Gate::load_stream(SaleId sale, ServerId expected, GateImageStream stream, Deadline deadline) {
    auto image = co_await collect(std::move(stream), deadline);
    if (!image.ok()) co_return image.error();
    GateImage whole = std::move(*image);
    co_return co_await load(sale, std::move(expected), std::move(whole), deadline);
}

}  // namespace sluice
