#include <exception>
#include <iostream>

#include "cli/commands.h"
#include "runtime/config_suggest.h"

namespace sluice::cli {
namespace {

void add_all(Program& program) {
    program.app.require_subcommand(0, 1);
    program.app.set_help_all_flag("--help-all", "help of every command");
    add_demo(program);
    add_serve(program);
    add_sale(program);
    add_order(program);
    add_dlq(program);
    add_reconcile(program);
    add_audit(program);
    add_config(program);
    add_token(program);
    add_migrate(program);
    add_seed(program);
    add_bench(program);
    add_doctor(program);
    add_stack(program);
    add_version(program);
}

// Words that should be subcommands, followed from the root; "" when all are known.
std::string unknown_command(const CLI::App& root, int argc, const char* const* argv) {
    const CLI::App* at = &root;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const auto commands = at->get_subcommands([](const CLI::App*) { return true; });
        if (word.starts_with("-") || commands.empty()) return "";
        const CLI::App* next = nullptr;
        std::vector<std::string> known;
        for (const CLI::App* command : commands) {
            known.push_back(command->get_name());
            if (command->get_name() == word) next = command;
        }
        if (next == nullptr) return "unknown command " + word + did_you_mean(word, known);
        at = next;
    }
    return "";
}

}  // namespace

int run(int argc, const char* const* argv) {
    Program program;
    add_all(program);
    const std::string unknown = unknown_command(program.app, argc, argv);
    if (!unknown.empty()) {
        complain(unknown);
        return static_cast<int>(Exit::kUsage);
    }
    try {
        program.app.parse(argc, argv);
        if (program.action) return static_cast<int>(program.action());
        std::cout << program.app.help() << std::flush;
        return static_cast<int>(Exit::kOk);
    } catch (const CLI::ParseError& wrong) {
        const bool asked_for_help =
            wrong.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
        program.app.exit(wrong, std::cout, std::cerr);
        return static_cast<int>(asked_for_help ? Exit::kOk : Exit::kUsage);
    } catch (const std::exception& failure) {
        complain(failure.what());
        return static_cast<int>(Exit::kStart);
    }
}

}  // namespace sluice::cli
