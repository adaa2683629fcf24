#include "audit/audit.h"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <filesystem>
#include <iostream>

#include "cli/admin_client.h"
#include "cli/commands.h"
#include "cli/render.h"
#include "cli/verdicts.h"
#include "runtime/offline.h"

namespace sluice::cli {
namespace {

namespace json = boost::json;

struct Options {
    Place place;
    std::string journal;
    Output output = Output::kTable;
};

// The same shape as the admin listener's answer.
json::value to_json(const audit::AuditReport& report) {
    json::array laws;
    for (const audit::LawReport& law : report.laws) {
        json::array orders(law.orders.begin(), law.orders.end());
        laws.push_back(json::object{
            {"law", law.law},
            {"verdict", audit::to_string(law.verdict)},
            {"examined", law.examined},
            {"statement", law.statement},
            {"detail", law.detail},
            {"orders", std::move(orders)}});
    }
    return json::object{{"exit_code", report.exit_code()}, {"laws", std::move(laws)}};
}

Result<json::value> ask_owner(const std::string& data_dir, const std::string& journal) {
    auto client = AdminClient::find(data_dir);
    if (!client) return client.error();
    json::object body;
    if (!journal.empty()) body["journal"] = std::filesystem::absolute(journal).string();
    return client->call("POST", "/v1/audit", body);
}

Result<json::value> look_ourselves(const Config& config, const std::string& journal) {
    auto report = audit_stores(config, journal.empty() ? std::nullopt : std::optional(journal));
    if (!report) return report.error();
    return to_json(*report);
}

Exit run_audit_command(const Options& options) {
    auto loaded = options.place.load();
    if (!loaded) {
        complain(loaded.error().detail);
        return Exit::kStart;
    }
    const Config& config = loaded->config;
    auto report_value = owned_directory(config.data_dir)
                            ? ask_owner(config.data_dir, options.journal)
                            : look_ourselves(config, options.journal);
    if (!report_value) return report(report_value.error());
    const auto laws = laws_of(*report_value);
    if (!laws) {
        complain("the server's answer has no verdicts");
        return Exit::kDependency;
    }
    if (options.output == Output::kTable) {
        std::cout << verdict_table(*laws) << std::flush;
    } else {
        show(*report_value, options.output);
    }
    return exit_of(*laws);
}

}  // namespace

void add_audit(Program& program) {
    auto options = std::make_shared<Options>();
    CLI::App* command = program.leaf(
        program.app, "audit", "judge the twelve laws from the stores", options, run_audit_command
    );
    options->place.add_to(*command);
    command
        ->add_option(
            "--journal", options->journal, "a client's journal: judges L6, L10 and L12 too"
        )
        ->check(CLI::ExistingFile);
    add_output(*command, options->output);
}

}  // namespace sluice::cli
