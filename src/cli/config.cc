#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/commands.h"
#include "runtime/config.h"

namespace sluice::cli {
namespace {

struct Options {
    Place place;
    std::string path;
    bool origin = false;
};

Exit run_init(const Options& options) {
    if (options.path.empty() || options.path == "-") {
        std::cout << default_config_text() << std::flush;
        return Exit::kOk;
    }
    if (std::filesystem::exists(options.path)) {
        complain(options.path + " exists already; it is left as it is");
        return Exit::kStart;
    }
    std::ofstream file(options.path);
    file << default_config_text() << std::flush;
    if (!file) {
        complain("cannot write " + options.path);
        return Exit::kStart;
    }
    say("wrote " + options.path);
    return Exit::kOk;
}

Exit run_check(const Options& options) {
    auto loaded = options.place.load();
    if (!loaded) {
        complain(loaded.error().detail);
        return Exit::kStart;
    }
    say("the configuration is valid");
    return Exit::kOk;
}

Exit run_print(const Options& options) {
    auto loaded = options.place.load();
    if (!loaded) {
        complain(loaded.error().detail);
        return Exit::kStart;
    }
    std::cout << render_config(*loaded, options.origin) << std::flush;
    return Exit::kOk;
}

}  // namespace

void add_config(Program& program) {
    CLI::App* group =
        program.app.add_subcommand("config", "write, check or print the configuration");
    group->require_subcommand(1);
    auto init = std::make_shared<Options>();
    program.leaf(*group, "init", "write a commented file of all defaults", init, run_init)
        ->add_option("path", init->path, "file to write; - or nothing: stdout");
    auto check = std::make_shared<Options>();
    check->place.add_to(
        *program.leaf(*group, "check", "say what is wrong with it", check, run_check)
    );
    auto print = std::make_shared<Options>();
    CLI::App* command = program.leaf(
        *group, "print", "print what is in force; secrets are masked", print, run_print
    );
    print->place.add_to(*command);
    command->add_flag("--origin", print->origin, "with where each value comes from");
}

}  // namespace sluice::cli
