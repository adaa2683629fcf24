#pragma once
// A gate image whose long lists, which may have a million rows each, come piece by piece while the ledger still reads them;
// all of one snapshot. So the gate is loaded while the ledger is read.

#include <memory>
#include <utility>
#include <vector>

#include "async/task.h"
#include "base/time.h"
#include "domain/admission.h"

namespace sluice {

struct ImageRows {
    std::vector<KnownOrder> finished;
    std::vector<BuyerTotal> bought;
    bool empty() const { return finished.empty() && bought.empty(); }
};

// Used by one coroutine at a time.
class ImageSource {
public:
    virtual ~ImageSource() = default;
    // The next rows; empty when all have come. Errors: as the ledger's, and then no more come.
    virtual Task<Result<ImageRows>> next(Deadline) = 0;
};

struct GateImageStream {
    GateImage image;  // without `finished` and `bought`
    std::shared_ptr<ImageSource> rows;
    ImageRows ahead = {};  // what Gate::load_ahead() gave for this epoch and server
};

// A source that ends once `over` is true, even if there is more.
class EndingSource final : public ImageSource {
public:
    // `over` outlives the calls of next().
    EndingSource(std::shared_ptr<ImageSource> inner, const bool& over) : inner_(std::move(inner)), over_(over) {}
    Task<Result<ImageRows>> next(Deadline deadline) override;

private:
    std::shared_ptr<ImageSource> inner_;
    const bool& over_;
};

void append(ImageRows& all, ImageRows some);
// An image that is there already, as a stream.
GateImageStream stream_of(GateImage image);
// Everything that comes, as one image.
Task<Result<GateImage>> collect(GateImageStream stream, Deadline deadline);

}  // namespace sluice
