#include "adapters/mariadb/image_stream.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "adapters/mariadb/ledger_snapshot.h"

namespace sluice::maria {
namespace {

// What the lane and the two coroutines share.
struct Reading {
    ImageLine line;
    GateImage image;  // written before the first piece is put
};

class StreamedRows final : public ImageSource {
public:
    explicit StreamedRows(std::shared_ptr<Reading> reading) : reading_(std::move(reading)) {}
    ~StreamedRows() override { reading_->line.leave(); }
    Task<Result<ImageRows>> next(Deadline) override { return reading_->line.take(); }

private:
    std::shared_ptr<Reading> reading_;
};

// On the lane.
Result<Done> read_rows(Connection& connection, SaleId sale, Reading& reading) {
    read_image_rows(connection, sale, kPieceRows, [&](ImageRows piece) { return reading.line.put(std::move(piece)); });
    return Done{};
}

// The same; the first piece is empty: it says that the image is there.
Result<Done> read_image(Connection& connection, SaleId sale, Epoch epoch, Reading& reading) {
    auto image = read_short_image(connection, sale, epoch);
    if (!image.ok()) return image.error();
    reading.image = std::move(*image);
    if (!reading.line.put({})) return Done{};
    return read_rows(connection, sale, reading);
}

using Work = std::function<Result<Done>(Connection&)>;

Task<void> read_all(MariaPool& pool, Deadline deadline, std::shared_ptr<Reading> reading, Work work) {
    auto done = co_await pool.read<Done>(deadline, std::move(work));
    reading->line.finish(std::move(done));
}

void start(Executor executor, MariaPool& pool, Deadline deadline, std::shared_ptr<Reading> reading, Work work) {
    auto reader = read_all(pool, deadline, std::move(reading), std::move(work));
    boost::asio::co_spawn(executor, std::move(reader), boost::asio::detached);
}

}  // namespace

bool ImageLine::put(Piece piece) {
    std::optional<Resume<Result<Piece>>> taker;
    {
        const std::lock_guard lock(mutex_);
        if (left_) return false;
        taker = std::exchange(taker_, std::nullopt);
        if (!taker) waiting_.push_back(std::move(piece));
    }
    if (taker) (*taker)(std::move(piece));
    return true;
}

void ImageLine::finish(Result<Done> end) {
    std::optional<Resume<Result<Piece>>> taker;
    {
        const std::lock_guard lock(mutex_);
        end_ = std::move(end);
        taker = std::exchange(taker_, std::nullopt);
    }
    if (taker) (*taker)(end_->ok() ? Result<Piece>(Piece{}) : Result<Piece>(end_->error()));
}

void ImageLine::leave() {
    const std::lock_guard lock(mutex_);
    left_ = true;
    waiting_.clear();
}

std::optional<Result<ImageLine::Piece>> ImageLine::next_locked() {
    if (!waiting_.empty()) {
        Piece piece = std::move(waiting_.front());
        waiting_.pop_front();
        return piece;
    }
    if (!end_) return std::nullopt;
    return end_->ok() ? Result<Piece>(Piece{}) : Result<Piece>(end_->error());
}

Task<Result<ImageLine::Piece>> ImageLine::take() {
    auto start = [this](Resume<Result<Piece>> resume) {
        std::unique_lock lock(mutex_);
        auto next = next_locked();
        if (!next) {
            taker_ = std::move(resume);
            return;
        }
        lock.unlock();
        resume(*std::move(next));
    };
    return suspend<Result<Piece>>(std::move(start));
}

Task<Result<GateImageStream>> stream_gate_image(MariaPool& pool, SaleId sale, Epoch epoch, Deadline deadline) {
    auto reading = std::make_shared<Reading>();
    Executor executor = co_await boost::asio::this_coro::executor;
    start(executor, pool, deadline, reading, [sale, epoch, reading](Connection& connection) {
        return read_image(connection, sale, epoch, *reading);
    });
    auto begun = co_await reading->line.take();
    if (!begun.ok()) co_return begun.error();
    GateImageStream stream{std::move(reading->image), std::make_shared<StreamedRows>(reading)};
    co_return stream;
}

Task<Result<std::shared_ptr<ImageSource>>> stream_image_rows(MariaPool& pool, SaleId sale, Deadline deadline) {
    auto reading = std::make_shared<Reading>();
    Executor executor = co_await boost::asio::this_coro::executor;
    start(executor, pool, deadline, reading, [sale, reading](Connection& connection) {
        return read_rows(connection, sale, *reading);
    });
    co_return std::make_shared<StreamedRows>(reading);
}

}  // namespace sluice::maria
