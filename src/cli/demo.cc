#include <fmt/format.h>
#include <array>
#include <csignal>
#include <iostream>

#include "cli/commands.h"
#include "cli/demo_proof.h"
#include "cli/embedded.h"
#include "cli/expiry_drill.h"
#include "cli/render.h"
#include "cli/signals.h"
#include "domain/retry_policy.h"
#include "runtime/offline.h"

namespace sluice::cli {
namespace {

using load::kMillisecond;
using load::kSecond;
using load::Nanos;

constexpr std::size_t kConnections = 128;
constexpr Nanos kFirstWave = 2 * kSecond;
constexpr Nanos kSecondWave = 1 * kSecond;
constexpr Nanos kExpirySlack = 1'500 * kMillisecond;  // the sweeper looks every second
constexpr Nanos kLook = 100 * kMillisecond;
constexpr std::int64_t kPrice = 9'900;
constexpr Nanos kDrillPatience = 60 * kSecond;
constexpr std::array<Millis, 3> kDrillTiers{Millis{300}, Millis{500}, Millis{700}};

struct Options {
    Place place;
    std::string buyers;
    std::string units;
    std::string seed;
    bool exit = false;
    bool expiry_fails = false;
    Output output = Output::kTable;
};

// One line of progress, rewritten in place on a terminal only.
class Progress {
public:
    void draw(const load::CrowdFigures& figures, std::uint64_t buyers) {
        if (!terminal_ || buyers == 0) return;
        constexpr std::uint64_t kWidth = 30;
        const auto filled =
            static_cast<std::size_t>(std::min(kWidth, kWidth * figures.buyers_done / buyers));
        std::cerr << fmt::format(
                         "\r[{}{}] {}/{} buyers, {} accepted, {} settled, {} paid ",
                         std::string(filled, '#'), std::string(kWidth - filled, '.'),
                         figures.buyers_done, buyers, figures.accepted, figures.settled,
                         figures.payments
                     )
                  << std::flush;
    }
    void end() {
        if (terminal_) std::cerr << std::endl;
    }

private:
    const bool terminal_ = stderr_is_terminal();
};

// One demo: the server, the crowd, and whether a person interrupted it.
class Demo {
public:
    Demo(Embedded& embedded, const Config& config, const Signals& signals, bool expiry_fails)
        : embedded_(embedded), config_(config), signals_(signals), expiry_fails_(expiry_fails) {}

    Result<DemoProof> run();
    bool interrupted() const { return interrupted_; }
    const load::CrowdFigures& figures() const { return crowd_->figures(); }

private:
    Result<std::uint32_t> open_sale();
    load::CrowdPlan plan(std::uint32_t sale) const;
    bool wait_until(Nanos limit, const std::function<bool()>& done);
    void look();
    Result<Done> mend(ExpiryDrill& drill, std::uint32_t sale);

    Embedded& embedded_;
    const Config& config_;
    const Signals& signals_;
    const bool expiry_fails_;
    load::Loop loop_;
    std::unique_ptr<load::Client> client_;
    std::unique_ptr<load::JournalWriter> journal_;
    std::unique_ptr<load::Crowd> crowd_;
    Progress progress_;
    bool interrupted_ = false;
};

void Demo::look() {
    if (const auto signal = signals_.poll(); signal == SIGINT || signal == SIGTERM)
        interrupted_ = true;
    if (crowd_) progress_.draw(crowd_->figures(), config_.demo.buyers);
    loop_.at(loop_.now() + kLook, [this] { look(); });
}

// Asks `done` every 100 ms, for at most `limit`.
bool Demo::wait_until(Nanos limit, const std::function<bool()>& done) {
    const Nanos until = load::monotonic_now() + limit;
    Nanos next = 0;
    bool reached = false;
    loop_.run([&] {
        if (loop_.now() >= next) {
            reached = done();
            next = loop_.now() + kLook;
        }
        return reached || interrupted_ || loop_.now() >= until;
    });
    return reached;
}

Result<std::uint32_t> Demo::open_sale() {
    SeedPlan seed;
    seed.title = "Nine-speed Lantern";
    seed.units = config_.demo.units;
    seed.price = kPrice;
    seed.payment_window_seconds =
        std::max<std::int64_t>(1, config_.demo.payment_window.count() / 1'000);
    auto sale = seed_sale(embedded_.admin(), seed);
    if (!sale) return sale;
    const bool ready =
        wait_until(10 * kSecond, [&] { return embedded_.server().sale_ready(SaleId{*sale}); });
    if (!ready) return fail(Code::kRecovering, "the sale did not open within 10 s");
    return sale;
}

load::CrowdPlan Demo::plan(std::uint32_t sale) const {
    load::CrowdPlan plan;
    plan.sale = sale;
    plan.buyers = config_.demo.buyers;
    plan.seed = config_.demo.seed;
    plan.price = kPrice;
    plan.currency = kSeedCurrency;
    plan.payment_secret = embedded_.secrets().payment.front();
    plan.payment_window = config_.demo.payment_window.count() / 1'000 * kSecond;
    plan.first_wave = kFirstWave;
    plan.second_wave = kSecondWave;
    plan.second_wave_after = plan.payment_window + kExpirySlack;
    plan.token_of = token_issuer(embedded_.secrets(), wall_now() + std::chrono::hours{1});
    return plan;
}

// Waits until every expiry has failed for the last time, then redrives them all.
Result<Done> Demo::mend(ExpiryDrill& drill, std::uint32_t sale) {
    progress_.end();
    std::size_t waiting = 0;
    const bool all_buried = wait_until(kDrillPatience, [&] {
        const auto buried = drill.buried();
        waiting = buried.ok() ? *buried : 0;
        return waiting > 0 && waiting == awaiting_payment(embedded_.config(), sale);
    });
    if (interrupted_) return Done{};
    if (!all_buried) return fail(Code::kTimeout, "the expiries that fail did not reach the dead-letter desk");
    say(fmt::format(
        "the ledger refused to cancel: {} orders failed {} times each and wait at the dead-letter desk; "
        "it is mended, they are redriven", waiting, kAttemptsMax
    ));
    auto redriven = drill.mend();
    if (!redriven) return redriven.error();
    return Done{};
}

Result<DemoProof> Demo::run() {
    look();
    auto sale = open_sale();
    if (!sale) return sale.error();
    const std::string journal_path =
        embedded_.data_dir() + "/journal-" + std::to_string(*sale) + ".jsonl";
    auto journal = load::JournalWriter::open(journal_path, 0);
    if (!journal) return journal.error();
    journal_ = std::make_unique<load::JournalWriter>(*std::move(journal));
    client_ = std::make_unique<load::Client>(loop_, embedded_.target(), kConnections, 10 * kSecond);
    crowd_ = std::make_unique<load::Crowd>(loop_, *client_, *journal_, plan(*sale));
    ExpiryDrill drill(embedded_.admin(), embedded_.config(), *sale);
    if (expiry_fails_) {
        auto begun = drill.begin();
        if (!begun) return begun.error();
    }
    crowd_->start();
    loop_.run([this] { return crowd_->finished() || interrupted_; });
    if (expiry_fails_ && !interrupted_) {
        auto mended = mend(drill, *sale);
        if (!mended) return mended.error();
    }
    const Nanos patience = plan(*sale).payment_window + 10 * kSecond;
    wait_until(patience, [&] { return is_drained(embedded_.config(), *sale); });
    progress_.end();
    if (interrupted_) return fail(Code::kStopped, "interrupted");
    if (!journal_->sync()) return fail(Code::kUnavailable, "the journal could not be written");
    auto proof =
        make_proof({embedded_.admin(), embedded_.config(), journal_path, *sale, crowd_->figures()}
        );
    if (proof) proof->buyers = config_.demo.buyers;
    return proof;
}

void show_proof(const Demo& demo, const DemoProof& proof, Output output) {
    if (output == Output::kTable) {
        std::cout << proof_text(proof, demo.figures()) << std::flush;
    } else {
        show(proof_json(proof, demo.figures()), output);
    }
}

void stay_up(const Embedded& embedded, const Signals& signals) {
    const AdminFile& owner = embedded.admin().owner();
    say("\nThe server stays up; Ctrl-C ends it.");
    say("  buyers     " + owner.public_url + "/v1/sales?state=live");
    say("  operators  " + owner.admin_url + "/metrics   (token in " + embedded.data_dir() +
        "/admin.json)");
    while (true) {
        const int signal = signals.wait();
        if (signal == SIGINT || signal == SIGTERM) return;
    }
}

Result<LoadedConfig> load_demo_config(const Options& options) {
    // Any free port, so that a demo runs beside anything; explicit settings still win.
    std::vector<std::pair<std::string, std::string>> flags;
    if (!options.buyers.empty()) flags.emplace_back("demo.buyers", options.buyers);
    if (!options.units.empty()) flags.emplace_back("demo.units", options.units);
    if (!options.seed.empty()) flags.emplace_back("demo.seed", options.seed);
    auto loaded = options.place.load(std::move(flags));
    if (!loaded) return loaded;
    if (loaded->origins.at("http.public_port") == "default") loaded->config.http.public_port = 0;
    if (loaded->origins.at("http.admin_port") == "default") loaded->config.http.admin_port = 0;
    const bool own_tiers = loaded->origins.at("worker.retry_tiers_ms") != "default";
    if (options.expiry_fails && !own_tiers) loaded->config.worker.retry_tiers = kDrillTiers;
    // Every attempt fails on purpose: the story is told by the demo, not by its warnings.
    if (options.expiry_fails) loaded->config.log.level = LogLevel::kError;
    return loaded;
}

Exit run_demo(const Options& options) {
    auto loaded = load_demo_config(options);
    if (!loaded) {
        complain(loaded.error().detail);
        return Exit::kStart;
    }
    const Signals signals{SIGTERM, SIGINT, SIGHUP, SIGUSR2};
    auto embedded = Embedded::start(loaded->config, options.place.data_dir);
    if (!embedded) {
        complain(to_string(embedded.error()));
        return Exit::kStart;
    }
    const DemoConfig& figures = loaded->config.demo;
    say(fmt::format(
        "{} buyers want {} units (seed {})", figures.buyers, figures.units, figures.seed
    ));
    Demo demo(**embedded, loaded->config, signals, options.expiry_fails);
    auto proof = demo.run();
    if (demo.interrupted()) return Exit::kInterrupted;
    if (!proof) return report(proof.error());
    show_proof(demo, *proof, options.output);
    const bool holds = proof->holds();
    if (!holds) {
        (*embedded)->keep_data();
        complain("not every law is ok; the evidence is in " + (*embedded)->data_dir());
    }
    if (!options.exit && stdout_is_terminal()) stay_up(**embedded, signals);
    if (holds) return Exit::kOk;
    return exit_of(proof->laws) == Exit::kDependency ? Exit::kDependency : Exit::kLaw;
}

}  // namespace

void add_demo(Program& program) {
    auto options = std::make_shared<Options>();
    CLI::App* command = program.leaf(
        program.app, "demo",
        "a complete drop: thousands of buyers over HTTP, then the proof from the ledger", options,
        run_demo
    );
    options->place.add_to(*command);
    command->add_option("--buyers", options->buyers, "simulated buyers (20000)");
    command->add_option("--units", options->units, "units for sale (500)");
    command->add_option("--seed", options->seed, "one seed, one crowd (1)");
    command->add_flag(
        "--expiry-fails", options->expiry_fails,
        "the ledger refuses cancels: retries, short tiers, dead-letter desk, redrive"
    );
    command->add_flag("--exit", options->exit, "end after the proof, also on a terminal");
    add_output(*command, options->output);
}

}  // namespace sluice::cli
