#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <iostream>

#include "cli/commands.h"
#include "cli/render.h"
#include "runtime/wire_stack.h"

namespace sluice::cli {
namespace {

namespace json = boost::json;

struct Options {
    Place place;
    Output output = Output::kTable;
};

json::value to_json(const std::vector<Check>& checks) {
    json::array rows;
    for (const Check& check : checks) {
        rows.push_back(json::object{
            {"number", rows.size() + 1},
            {"check", check.name},
            {"ok", check.ok},
            {"detail", check.detail},
            {"fix", check.ok ? "" : check.fix}});
    }
    return json::object{{"checks", std::move(rows)}};
}

std::string to_text(const std::vector<Check>& checks) {
    std::size_t width = 0;
    for (const Check& check : checks) width = std::max(width, check.name.size());
    std::string out;
    int number = 0;
    for (const Check& check : checks) {
        out += fmt::format(
            "{:>3}  {:<4}  {:<{}}  {}\n", ++number, check.ok ? "ok" : "FAIL", check.name, width,
            check.detail
        );
        if (!check.ok) out += fmt::format("{:>11}fix: {}\n", "", check.fix);
    }
    return out;
}

Exit run_doctor(const Options& options) {
    auto loaded = options.place.load();
    if (!loaded) {
        complain(loaded.error().detail);
        return Exit::kStart;
    }
    if (!loaded->config.is_stack()) {
        say("embedded mode: one process with its own files; there is no server to look at");
        return Exit::kOk;
    }
    const std::vector<Check> checks = check_stack(loaded->config);
    if (options.output == Output::kTable) {
        std::cout << to_text(checks) << std::flush;
    } else {
        show(to_json(checks), options.output);
    }
    const bool healthy =
        std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.ok; });
    return healthy ? Exit::kOk : Exit::kDependency;
}

}  // namespace

void add_doctor(Program& program) {
    auto options = std::make_shared<Options>();
    CLI::App* command = program.leaf(
        program.app, "doctor",
        "look at the settings of Redis, RabbitMQ and MariaDB, and say how to mend them", options,
        run_doctor
    );
    options->place.add_to(*command);
    add_output(*command, options->output);
}

}  // namespace sluice::cli
