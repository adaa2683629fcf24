#pragma once
// What all commands share: where the server's directory is, how output looks, and how a command
// joins the program. A command's options live as long as its CLI::App; its action runs after the
// whole line was understood.

#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/exit_code.h"
#include "runtime/config.h"

namespace sluice::cli {

using Action = std::function<Exit()>;

// The program under construction: commands add themselves to `app` and leave their action in
// `action` when chosen.
struct Program {
    CLI::App app{"Sluice: a flash-sale engine that never oversells", "sluice"};
    Action action;

    // A leaf command whose options are a T; `run` is called with them.
    template <class T>
    CLI::App* leaf(
        CLI::App& parent, const std::string& name, const std::string& help,
        std::shared_ptr<T> options, Exit (*run)(const T&)
    ) {
        CLI::App* command = parent.add_subcommand(name, help);
        command->callback([this, options, run] {
            action = [options, run] { return run(*options); };
        });
        return command;
    }
};

struct Place {  // --config, --data-dir, --set
    std::string config_file;
    std::string data_dir;
    std::vector<std::string> sets;  // "section.key=value"

    void add_to(CLI::App& command);
    // Errors: kInvalidField. `flags` win over everything else.
    Result<LoadedConfig> load(std::vector<std::pair<std::string, std::string>> flags = {}) const;
};

enum class Output : std::uint8_t { kTable, kJson, kJsonLines };
void add_output(CLI::App& command, Output& output);

// One line to stderr, "sluice: <text>".
void complain(const std::string& text);
// Plain talk to stderr.
void say(const std::string& text);
bool stderr_is_terminal();
bool stdin_is_terminal();
bool stdout_is_terminal();

// True when --yes was given or a person on a terminal answers yes; otherwise says that nothing was
// done.
bool confirmed(bool yes, const std::string& question);

}  // namespace sluice::cli
