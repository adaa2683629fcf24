#include <fmt/format.h>
#include <charconv>
#include <iostream>

#include <boost/json/object.hpp>
#include <boost/json/value_to.hpp>

#include "base/hmac.h"
#include "cli/bench_report.h"
#include "cli/commands.h"
#include "cli/embedded.h"
#include "cli/render.h"
#include "load/firehose.h"
#include "runtime/offline.h"

namespace sluice::cli {
namespace {

using load::kMillisecond;
using load::kSecond;
using load::Nanos;

constexpr std::int64_t kLimitPerBuyer = 1'000'000;
constexpr std::int64_t kPrice = 100;
constexpr Nanos kSettlePatience = 60 * kSecond;
constexpr Nanos kLook = 25 * kMillisecond;

struct Options {
    Place place;
    std::string url;
    double rate = 0;
    std::size_t connections = 64;
    double duration = 10;
    std::uint64_t requests = 0;
    std::uint32_t buyers = 4'096;
    std::int64_t units = 1'000'000'000;
    std::string journal;
    std::uint64_t journal_sync = 0;
    double settled_min = 0;
    double accept_p99_max = 0;
    Output output = Output::kTable;
};

// The server under load: one of this process, or the owner of --data-dir.
struct Subject {
    std::unique_ptr<Embedded> embedded;
    std::optional<AdminClient> admin;
    Secrets secrets;
    load::Target target;
};

// "http://a.b.c.d:port"; nullopt for anything else.
std::optional<load::Target> target_of(const std::string& url) {
    constexpr std::string_view kScheme = "http://";
    const std::size_t colon = url.rfind(':');
    if (!url.starts_with(kScheme) || colon <= kScheme.size()) return std::nullopt;
    int port = 0;
    const char* last = url.data() + url.size();
    if (std::from_chars(url.data() + colon + 1, last, port).ptr != last || port < 1 ||
        port > 65'535)
        return std::nullopt;
    return load::Target{
        url.substr(kScheme.size(), colon - kScheme.size()), static_cast<std::uint16_t>(port)};
}

Result<Subject> find_subject(const Options& options) {
    Subject subject;
    auto loaded = options.place.load();
    if (!loaded) return loaded.error();
    Config& config = loaded->config;
    const bool own = options.url.empty() && !has_owner(config.data_dir);
    if (own) {
        if (loaded->origins.at("http.public_port") == "default") config.http.public_port = 0;
        if (loaded->origins.at("http.admin_port") == "default") config.http.admin_port = 0;
        auto embedded = Embedded::start(config, options.place.data_dir);
        if (!embedded) return embedded.error();
        subject.embedded = *std::move(embedded);
        subject.admin = subject.embedded->admin();
        subject.secrets = subject.embedded->secrets();
        subject.target = subject.embedded->target();
        return subject;
    }
    auto admin = AdminClient::find(config.data_dir);
    if (!admin) return admin.error();
    subject.admin = *std::move(admin);
    auto secrets = load_secrets(config.data_dir, config.secrets);
    if (!secrets) return secrets.error();
    subject.secrets = *std::move(secrets);
    const auto target =
        target_of(options.url.empty() ? subject.admin->owner().public_url : options.url);
    if (!target) return fail(Code::kInvalidField, "--url takes http://<IPv4 address>:<port>");
    subject.target = *target;
    return subject;
}

Result<BenchLedger> read_ledger(const AdminClient& admin, std::uint32_t sale) {
    auto answer = admin.call("GET", "/v1/sales/" + std::to_string(sale));
    if (!answer) return answer.error();
    const boost::json::object& stock = answer->at("stock").as_object();
    BenchLedger ledger;
    const auto orders = boost::json::value_to<std::uint64_t>(stock.at("orders"));
    ledger.rejected = boost::json::value_to<std::uint64_t>(stock.at("rejected_orders"));
    ledger.settled = orders - ledger.rejected;
    return ledger;
}

// Until every accepted order has its row, or patience ends; with the time of the look that saw the
// last one.
Result<BenchLedger> await_settled(
    load::Loop& loop, const AdminClient& admin, std::uint32_t sale,
    const load::FirehoseFigures& figures
) {
    const Nanos until = load::monotonic_now() + kSettlePatience;
    Result<BenchLedger> last = BenchLedger{};
    Nanos next = 0;
    loop.run([&] {
        if (loop.now() < next) return false;
        last = read_ledger(admin, sale);
        const Nanos seen = load::monotonic_now();
        next = seen + kLook;
        if (!last) return true;
        last->seen_at = seen;
        return last->settled + last->rejected >= figures.accepted || seen >= until;
    });
    return last;
}

bool await_open(load::Loop& loop, const AdminClient& admin, std::uint32_t sale) {
    const Nanos until = load::monotonic_now() + 10 * kSecond;
    Nanos next = 0;
    bool open = false;
    loop.run([&] {
        if (loop.now() >= next) {
            next = loop.now() + kLook;
            auto answer = admin.call("GET", "/v1/sales/" + std::to_string(sale));
            open = answer.ok() && answer->at("sale").at("gate_state") == "open";
        }
        return open || loop.now() >= until;
    });
    return open;
}

load::FirehosePlan plan_of(const Options& options, const Secrets& secrets, std::uint32_t sale) {
    load::FirehosePlan plan;
    plan.sale = sale;
    plan.rate = options.rate;
    plan.connections = options.connections;
    plan.duration = static_cast<Nanos>(options.duration * static_cast<double>(kSecond));
    plan.key_prefix = hex(random_bytes(4)) + "-";
    if (options.requests > 0) {
        plan.requests_max = options.requests;
        plan.duration = 3'600 * kSecond;  // the count ends the run
    }
    const auto issue = token_issuer(secrets, wall_now() + std::chrono::hours{24});
    for (std::uint32_t i = 0; i < options.buyers; ++i) {
        std::string name = "bench-" + std::to_string(i);
        std::string token = issue(name);
        plan.buyers.emplace_back(std::move(name), std::move(token));
    }
    return plan;
}

Result<BenchReport> measure(const Options& options, Subject& subject) {
    auto sale = seed_sale(
        *subject.admin, SeedPlan{"Bench", options.units, kLimitPerBuyer, kPrice, 24 * 3'600}
    );
    if (!sale) return sale.error();
    load::Loop loop;
    if (!await_open(loop, *subject.admin, *sale))
        return fail(Code::kRecovering, "the sale did not open within 10 s");
    std::optional<load::JournalWriter> journal;
    if (!options.journal.empty()) {
        auto opened = load::JournalWriter::open(options.journal, options.journal_sync);
        if (!opened) return opened.error();
        journal.emplace(*std::move(opened));
    }
    load::Client client(loop, subject.target, options.connections, 30 * kSecond);
    load::Firehose firehose(
        loop, client, journal ? &*journal : nullptr, plan_of(options, subject.secrets, *sale)
    );
    firehose.start();
    loop.run([&] { return firehose.finished(); });
    if (journal && !journal->sync())
        return fail(Code::kUnavailable, options.journal + " could not be written");
    auto ledger = await_settled(loop, *subject.admin, *sale, firehose.figures());
    if (!ledger) return ledger.error();
    BenchReport measured;
    measured.figures = firehose.figures();
    measured.ledger = *ledger;
    measured.connections = options.connections;
    measured.rate = options.rate;
    return measured;
}

Exit run_bench(const Options& options) {
    auto subject = find_subject(options);
    if (!subject) {
        complain(to_string(subject.error()));
        return subject.error().code == Code::kUnavailable ? Exit::kDependency : Exit::kStart;
    }
    auto measured = measure(options, *subject);
    if (!measured) return report(measured.error());
    if (options.output == Output::kTable) {
        std::cout << bench_text(*measured) << std::flush;
    } else {
        show(bench_json(*measured), options.output);
    }
    if (measured->settled_per_s() < options.settled_min) {
        complain(fmt::format(
            "settled {:.0f} orders/s, wanted {:.0f}", measured->settled_per_s(), options.settled_min
        ));
        return Exit::kThreshold;
    }
    const double p99 = measured->figures.latency.percentile_ms(0.99);
    if (options.accept_p99_max > 0 && p99 > options.accept_p99_max) {
        complain(
            fmt::format("accept p99 {:.2f} ms, wanted at most {:.2f}", p99, options.accept_p99_max)
        );
        return Exit::kThreshold;
    }
    return Exit::kOk;
}

}  // namespace

void add_bench(Program& program) {
    auto options = std::make_shared<Options>();
    CLI::App* command = program.leaf(
        program.app, "bench", "durable orders per second over HTTP", options, run_bench
    );
    options->place.add_to(*command);
    command->add_option(
        "--url", options->url, "a server elsewhere; its --data-dir must be readable here"
    );
    command
        ->add_option(
            "--rate", options->rate, "requests per second, open loop; else as fast as answers come"
        )
        ->check(CLI::NonNegativeNumber);
    command->add_option("--connections", options->connections, "kept open")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    command->add_option("--duration", options->duration, "seconds")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command->add_option("--requests", options->requests, "instead of a duration");
    command->add_option("--buyers", options->buyers, "who buy in turn")->check(CLI::PositiveNumber)->capture_default_str();
    command->add_option("--units", options->units, "stock of the sale")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}));
    command->add_option(
        "--journal", options->journal, "append every answer to this file, for sluice audit"
    );
    command->add_option("--journal-sync", options->journal_sync, "fsync it every so many lines");
    command->add_option(
        "--settled-min", options->settled_min, "exit 5 below this many settled orders per second"
    );
    command->add_option("--accept-p99-max", options->accept_p99_max, "exit 5 above this many ms");
    add_output(*command, options->output);
}

}  // namespace sluice::cli
