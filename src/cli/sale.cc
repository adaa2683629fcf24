#include <poll.h>

#include <boost/json/object.hpp>
#include <boost/json/value_to.hpp>

#include "base/time.h"
#include "cli/admin_client.h"
#include "cli/commands.h"
#include "cli/render.h"
#include "runtime/offline.h"

namespace sluice::cli {
namespace {

namespace json = boost::json;

struct Options {
    Place place;
    std::uint32_t sale = 0;
    std::string reason = "by command";  // the desk wants one; closing asks for a real one
    bool yes = false;
    Output output = Output::kTable;
};

struct CreateOptions : Options {
    std::int64_t goods = 0;
    std::int64_t units = 0;
    std::int64_t limit = 1;
    std::int64_t price = -1;  // < 0: the goods' list price
    std::string currency;
    std::int64_t payment_window = 900;
    std::string mode = "queued";
    std::string late_payment = "refund";
    std::string opens_at;
    std::string closes_at;
    bool open = false;
};

struct StockOptions : Options {
    std::int64_t units = 0;
};

std::string path_of(const Options& options) { return "/v1/sales/" + std::to_string(options.sale); }

// Calls and shows.
Exit answer(
    const AdminClient& client, const Options& options, const std::string& method,
    const std::string& path, const json::value& body = nullptr
) {
    auto reply = client.call(method, path, body);
    if (!reply) return report(reply.error());
    show(*reply, options.output);
    return Exit::kOk;
}

Exit change(const Options& options, const std::string& action) {
    Exit exit = Exit::kOk;
    const auto client = connect(options.place, exit);
    if (!client) return exit;
    return answer(
        *client, options, "POST", path_of(options) + "/" + action,
        json::object{{"reason", options.reason}}
    );
}

bool takes_orders(const json::value& sale) {
    return sale.at("mode") == "direct" || sale.at("gate_state") == "open";
}

// An opened sale takes orders once its gate is loaded, a moment later. Waits for that moment, so that the next command
// is not told to come again; a gate that takes longer is shown as it is.
Exit run_open(const Options& options) {
    constexpr int kLooksMax = 250;
    constexpr int kPauseMs = 20;
    Exit exit = Exit::kOk;
    const auto client = connect(options.place, exit);
    if (!client) return exit;
    const json::object body{{"reason", options.reason}};
    auto sale = client->call("POST", path_of(options) + "/open", body);
    for (int looks = 0; sale && !takes_orders(*sale) && looks < kLooksMax; ++looks) {
        ::poll(nullptr, 0, kPauseMs);
        auto shown = client->call("GET", path_of(options));
        if (!shown) return report(shown.error());
        sale = shown->at("sale");
    }
    if (!sale) return report(sale.error());
    show(*sale, options.output);
    return Exit::kOk;
}
Exit run_pause(const Options& options) { return change(options, "pause"); }
Exit run_resume(const Options& options) { return change(options, "resume"); }

Exit run_close(const Options& options) {
    Exit exit = Exit::kOk;
    const auto client = connect(options.place, exit);
    if (!client) return exit;
    auto sale = client->call("GET", path_of(options));
    if (!sale) return report(sale.error());
    say(render(*sale, Output::kTable) +
        "1 sale would be closed for good; orders under way still settle.");
    if (!confirmed(options.yes, "Close it?")) return Exit::kOk;
    return answer(
        *client, options, "POST", path_of(options) + "/close",
        json::object{{"reason", options.reason}}
    );
}

Exit run_show(const Options& options) {
    Exit exit = Exit::kOk;
    const auto client = connect(options.place, exit);
    return client ? answer(*client, options, "GET", path_of(options)) : exit;
}

Exit run_list(const Options& options) {
    Exit exit = Exit::kOk;
    const auto client = connect(options.place, exit);
    if (!client) return exit;
    auto sales = client->call("GET", "/v1/sales?limit=200");
    if (!sales) return report(sales.error());
    const auto narrow = {"sale_id",    "title",     "mode",  "state",
                         "gate_state", "available", "total", "closes_at"};
    show(options.output == Output::kTable ? with_columns(*sales, narrow) : *sales, options.output);
    return Exit::kOk;
}

Exit run_warm(const Options& options) {
    Exit exit = Exit::kOk;
    const auto client = connect(options.place, exit);
    return client ? answer(*client, options, "POST", path_of(options) + "/warm") : exit;
}

Exit run_add_stock(const StockOptions& options) {
    Exit exit = Exit::kOk;
    const auto client = connect(options.place, exit);
    if (!client) return exit;
    const json::object body{{"units", options.units}, {"reason", options.reason}};
    return answer(*client, options, "POST", path_of(options) + "/stock", body);
}

Exit run_create(const CreateOptions& options) {
    Exit exit = Exit::kOk;
    const auto client = connect(options.place, exit);
    if (!client) return exit;
    const WallTime now = wall_now();
    json::object body{
        {"goods_id", options.goods},
        {"mode", options.mode},
        {"units", options.units},
        {"limit_per_buyer", options.limit},
        {"opens_at", options.opens_at.empty() ? to_rfc3339(now) : options.opens_at},
        {"closes_at",
         options.closes_at.empty() ? to_rfc3339(now + std::chrono::hours{24}) : options.closes_at},
        {"payment_window_seconds", options.payment_window},
        {"late_payment", options.late_payment},
        {"reason", options.reason}};
    if (options.price >= 0) body["price_minor"] = options.price;
    if (!options.currency.empty()) body["currency"] = options.currency;
    auto created = client->call("POST", "/v1/sales", body);
    if (!created) return report(created.error());
    if (options.open) {
        Options opening = options;
        opening.sale = json::value_to<std::uint32_t>(created->at("sale_id"));
        return run_open(opening);
    }
    show(*created, options.output);
    return Exit::kOk;
}

void add_create(Program& program, CLI::App& group) {
    auto options = std::make_shared<CreateOptions>();
    CLI::App* command =
        program.leaf(group, "create", "a new sale, as a draft", options, run_create);
    options->place.add_to(*command);
    command->add_option("--goods", options->goods, "what is sold")->required();
    command->add_option("--units", options->units, "stock")->required();
    command->add_option("--limit", options->limit, "units per buyer")->capture_default_str();
    command->add_option(
        "--price", options->price, "of one unit, in minor units; else the list price"
    );
    command->add_option(
        "--currency", options->currency, "three letters; else that of the list price"
    );
    command->add_option("--payment-window", options->payment_window, "seconds to pay in")
        ->capture_default_str();
    command->add_option("--mode", options->mode, "queued or direct")
        ->check(CLI::IsMember({"queued", "direct"}))
        ->capture_default_str();
    command->add_option("--late-payment", options->late_payment, "refund or reacquire")
        ->check(CLI::IsMember({"refund", "reacquire"}))
        ->capture_default_str();
    command->add_option("--opens-at", options->opens_at, "RFC 3339; else now");
    command->add_option("--closes-at", options->closes_at, "RFC 3339; else in 24 hours");
    command->add_option("--reason", options->reason, "recorded with the action");
    command->add_flag("--open", options->open, "open it at once");
    add_output(*command, options->output);
}

void add_change(
    Program& program, CLI::App& group, const char* name, const char* help,
    Exit (*run)(const Options&)
) {
    auto options = std::make_shared<Options>();
    CLI::App* command = program.leaf(group, name, help, options, run);
    options->place.add_to(*command);
    command->add_option("sale", options->sale, "its number")->required();
    if (run != run_show && run != run_warm) {
        command->add_option("--reason", options->reason, "recorded with the action")
            ->required(run == run_close);
    }
    if (run == run_close) command->add_flag("--yes", options->yes, "do not ask");
    add_output(*command, options->output);
}

}  // namespace

void add_sale(Program& program) {
    CLI::App* group = program.app.add_subcommand("sale", "create, run and look at sales");
    group->require_subcommand(1);
    add_create(program, *group);
    add_change(program, *group, "open", "draft or paused to open", run_open);
    add_change(program, *group, "pause", "stop admitting for now", run_pause);
    add_change(program, *group, "resume", "admit again", run_resume);
    add_change(program, *group, "close", "stop admitting for good", run_close);
    add_change(program, *group, "show", "one sale with its stock", run_show);
    add_change(program, *group, "warm", "read its pages into the cache, before the crowd does", run_warm);

    auto stock = std::make_shared<StockOptions>();
    CLI::App* add_stock =
        program.leaf(*group, "add-stock", "more units for a sale", stock, run_add_stock);
    stock->place.add_to(*add_stock);
    add_stock->add_option("sale", stock->sale, "its number")->required();
    add_stock->add_option("--units", stock->units, "how many more")
        ->required()
        ->check(CLI::PositiveNumber);
    add_stock->add_option("--reason", stock->reason, "recorded with the action");
    add_output(*add_stock, stock->output);

    auto all = std::make_shared<Options>();
    CLI::App* list = program.leaf(*group, "list", "all sales", all, run_list);
    all->place.add_to(*list);
    add_output(*list, all->output);
}

}  // namespace sluice::cli
