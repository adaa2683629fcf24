#include <boost/json/object.hpp>

#include "cli/admin_client.h"
#include "cli/commands.h"
#include "cli/render.h"

namespace sluice::cli {
namespace {

namespace json = boost::json;

struct Options {
    Place place;
    std::string order;
    std::string sale;
    std::string buyer;
    std::string state;
    int limit = 50;
    std::string reason;
    bool yes = false;
    Output output = Output::kTable;
};

Exit run_show(const Options& options) {
    Exit exit = Exit::kOk;
    const auto client = connect(options.place, exit);
    if (!client) return exit;
    auto order = client->call("GET", "/v1/orders/" + path_segment(options.order));
    if (!order) return report(order.error());
    show(*order, options.output);
    return Exit::kOk;
}

Exit run_list(const Options& options) {
    Exit exit = Exit::kOk;
    const auto client = connect(options.place, exit);
    if (!client) return exit;
    std::string path = "/v1/orders?limit=" + std::to_string(options.limit);
    if (!options.sale.empty()) path += "&sale_id=" + path_segment(options.sale);
    if (!options.buyer.empty()) path += "&buyer_id=" + path_segment(options.buyer);
    if (!options.state.empty()) path += "&state=" + path_segment(options.state);
    auto orders = client->call("GET", path);
    if (!orders) return report(orders.error());
    const auto narrow = {"order_id", "sale_id",  "buyer_id",   "state",
                         "reason",   "quantity", "accepted_at"};
    show(
        options.output == Output::kTable ? with_columns(*orders, narrow) : *orders, options.output
    );
    return Exit::kOk;
}

Exit run_cancel(const Options& options) {
    Exit exit = Exit::kOk;
    const auto client = connect(options.place, exit);
    if (!client) return exit;
    const std::string path = "/v1/orders/" + path_segment(options.order);
    auto order = client->call("GET", path);
    if (!order) return report(order.error());
    say(render(*order, Output::kTable) + "1 order would be cancelled.");
    if (!confirmed(options.yes, "Cancel it?")) return Exit::kOk;
    auto cancelled =
        client->call("POST", path + "/cancel", json::object{{"reason", options.reason}});
    if (!cancelled) return report(cancelled.error());
    show(*cancelled, options.output);
    return Exit::kOk;
}

}  // namespace

void add_order(Program& program) {
    CLI::App* group = program.app.add_subcommand("order", "look at orders, cancel one");
    group->require_subcommand(1);

    auto one = std::make_shared<Options>();
    CLI::App* show_command = program.leaf(*group, "show", "one order", one, run_show);
    one->place.add_to(*show_command);
    show_command->add_option("order", one->order, "its id")->required();
    add_output(*show_command, one->output);

    auto many = std::make_shared<Options>();
    CLI::App* list_command =
        program.leaf(*group, "list", "orders by sale, buyer or state", many, run_list);
    many->place.add_to(*list_command);
    list_command->add_option("--sale", many->sale, "of this sale");
    list_command->add_option("--buyer", many->buyer, "of this buyer");
    list_command->add_option(
        "--state", many->state, "awaiting_payment, paid, cancelled or rejected"
    );
    list_command->add_option("--limit", many->limit, "rows")
        ->check(CLI::Range(1, 200))
        ->capture_default_str();
    add_output(*list_command, many->output);

    auto cancel = std::make_shared<Options>();
    CLI::App* cancel_command =
        program.leaf(*group, "cancel", "give an unpaid order's units back", cancel, run_cancel);
    cancel->place.add_to(*cancel_command);
    cancel_command->add_option("order", cancel->order, "its id")->required();
    cancel_command->add_option("--reason", cancel->reason, "recorded with the action")->required();
    cancel_command->add_flag("--yes", cancel->yes, "do not ask");
    add_output(*cancel_command, cancel->output);
}

}  // namespace sluice::cli
