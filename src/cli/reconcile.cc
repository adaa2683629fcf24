#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "cli/admin_client.h"
#include "cli/commands.h"
#include "cli/render.h"

namespace sluice::cli {
namespace {

namespace json = boost::json;

struct Options {
    Place place;
    bool fix = false;
    Output output = Output::kTable;
};

bool has_findings(const json::value& value) {
    const json::object* object = value.if_object();
    const json::value* findings = object == nullptr ? nullptr : object->if_contains("findings");
    return findings != nullptr && findings->is_array() && !findings->get_array().empty();
}

Exit run_reconcile(const Options& options) {
    Exit exit = Exit::kOk;
    const auto client = connect(options.place, exit);
    if (!client) return exit;
    auto answer = client->call("POST", "/v1/reconcile", json::object{{"fix", options.fix}});
    if (!answer) return report(answer.error());
    show(*answer, options.output);
    return has_findings(*answer) ? Exit::kLaw : Exit::kOk;
}

}  // namespace

void add_reconcile(Program& program) {
    auto options = std::make_shared<Options>();
    CLI::App* command = program.leaf(
        program.app, "reconcile", "compare every gate with the ledger", options, run_reconcile
    );
    options->place.add_to(*command);
    command->add_flag("--fix", options->fix, "repair what differs");
    add_output(*command, options->output);
}

}  // namespace sluice::cli
