#include "runtime/wire_crash_point.h"

#include <cstdlib>
#include <deque>
#include <utility>

#include "adapters/intercepted/crash_point.h"
#include "adapters/intercepted/gate.h"
#include "adapters/intercepted/ledger.h"
#include "adapters/intercepted/order_queue.h"

namespace sluice {
namespace {

class CrashStores final : public Stores {
public:
    CrashStores(std::unique_ptr<Stores> inner, std::unique_ptr<CrashPoint> point)
        : point_(std::move(point)), inner_(std::move(inner)) {}

    Ports ports(boost::asio::io_context& context) override {
        const Ports inner = inner_->ports(context);
        Line& line = lines_.emplace_back(inner, *point_);
        return Ports{line.gate,   line.queue,   line.ledger,      inner.orders,
                     inner.sales, inner.events, inner.leases,     inner.leadership,
                     inner.clock, inner.entropy, inner.meter,     inner.log,
                     inner.reviews, inner.outbox, inner.pages,    inner.cache};
    }
    CatalogueLease& lease() override { return inner_->lease(); }
    Clock& clock() override { return inner_->clock(); }
    void start_serving() override { inner_->start_serving(); }
    void start_working() override { inner_->start_working(); }
    Task<void> stop_working() override { return inner_->stop_working(); }
    CacheFigures cache_figures() const override { return inner_->cache_figures(); }
    Task<void> close() override { return inner_->close(); }
    std::vector<DependencyState> dependencies() const override { return inner_->dependencies(); }
    Task<Result<audit::AuditReport>> audit(std::optional<std::string> journal) override {
        return inner_->audit(std::move(journal));
    }

private:
    struct Line {
        Line(const Ports& inner, CrashPoint& point)
            : gate(inner.gate, point), queue(inner.queue, point), ledger(inner.ledger, point) {}
        InterceptedGate<CrashPoint> gate;
        InterceptedQueue<CrashPoint> queue;
        InterceptedLedger<CrashPoint> ledger;
    };

    const std::unique_ptr<CrashPoint> point_;
    const std::unique_ptr<Stores> inner_;
    std::deque<Line> lines_;  // stays where it is
};

}  // namespace

Result<std::unique_ptr<Stores>> with_crash_point(std::unique_ptr<Stores> stores, Log& log) {
    const char* const text = std::getenv("SLUICE_CRASH_AT");
    if (text == nullptr) return stores;
    auto point = CrashPoint::parse(text);
    if (!point.ok()) return point.error();
    log.warn("crash point", "this process will fail on purpose", {{"at", text}});
    (*point)->on_harm([&log, at = std::string(text)] {
        log.warn("crash point", "it fails on purpose now", {{"at", at}});
    });
    std::unique_ptr<Stores> crashing =
        std::make_unique<CrashStores>(std::move(stores), std::move(*point));
    return crashing;
}

}  // namespace sluice
