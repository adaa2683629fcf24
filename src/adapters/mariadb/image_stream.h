#pragma once
// A gate image on its way from a session's lane, which reads its rows, to the coroutine that loads them. The lane never
// waits: the session is needed for the catalogue, too. What waits is at most the image.

#include <deque>
#include <mutex>
#include <optional>

#include "adapters/mariadb/pool.h"
#include "async/suspend.h"
#include "ports/gate_image_stream.h"

namespace sluice::maria {

inline constexpr std::size_t kPieceRows = 5'000;

// Thread-safe: one that puts, one that takes.
class ImageLine {
public:
    using Piece = ImageRows;

    // The lane's side. False: whoever took has gone.
    bool put(Piece piece);
    void finish(Result<Done> end);

    // The coroutine's side: the next piece, then how it ended: an empty one, or an error for ever.
    Task<Result<Piece>> take();
    void leave();  // nothing is taken any more

private:
    std::optional<Result<Piece>> next_locked();

    std::mutex mutex_;
    std::deque<Piece> waiting_;                   // guarded by mutex_
    std::optional<Result<Done>> end_;             // guarded by mutex_
    bool left_ = false;                           // guarded by mutex_
    std::optional<Resume<Result<Piece>>> taker_;  // guarded by mutex_
};

// Starts reading; returns when everything but the long lists has been read.
Task<Result<GateImageStream>> stream_gate_image(MariaPool& pool, SaleId sale, Epoch epoch, Deadline deadline);

// Starts reading the long lists and returns at once.
Task<Result<std::shared_ptr<ImageSource>>> stream_image_rows(MariaPool& pool, SaleId sale, Deadline deadline);

}  // namespace sluice::maria
