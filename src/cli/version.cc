#include <boost/json/object.hpp>
#include <iostream>

#include "cli/commands.h"
#include "cli/render.h"

namespace sluice::cli {
namespace {

struct Options {
    Output output = Output::kTable;
};

Exit run_version(const Options& options) {
    if (options.output == Output::kTable) {
        std::cout << "sluice " SLUICE_VERSION << std::endl;
    } else {
        show(
            boost::json::object{
                {"name", "sluice"}, {"version", SLUICE_VERSION}, {"compiler", __VERSION__}},
            options.output
        );
    }
    return Exit::kOk;
}

}  // namespace

void add_version(Program& program) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        program.leaf(program.app, "version", "print the version", options, run_version);
    add_output(*command, options->output);
    command->add_flag_callback(
        "--json", [options] { options->output = Output::kJson; }, "the same as --output json"
    );
}

}  // namespace sluice::cli
