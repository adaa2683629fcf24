#include "cli/command.h"

#include <unistd.h>

#include <iostream>

namespace sluice::cli {

void Place::add_to(CLI::App& command) {
    command.add_option("--config", config_file, "configuration file")
        ->envname("SLUICE_CONFIG")
        ->check(CLI::ExistingFile);
    command.add_option("--data-dir", data_dir, "directory of the embedded server");
    command.add_option("--set", sets, "section.key=value, as in the configuration file")
        ->take_all();
}

Result<LoadedConfig> Place::load(std::vector<std::pair<std::string, std::string>> flags) const {
    ConfigSources sources;
    if (!config_file.empty()) sources.file = config_file;
    sources.environment = process_environment();
    for (const std::string& set : sets) {
        const std::size_t equals = set.find('=');
        if (equals == std::string::npos)
            return fail(Code::kInvalidField, "--set takes section.key=value, not " + set);
        sources.flags.emplace_back(set.substr(0, equals), set.substr(equals + 1));
    }
    if (!data_dir.empty()) sources.flags.emplace_back("data.dir", data_dir);
    for (auto& flag : flags) sources.flags.push_back(std::move(flag));
    return load_config(sources);
}

void add_output(CLI::App& command, Output& output) {
    const std::map<std::string, Output> names = {
        {"table", Output::kTable}, {"json", Output::kJson}, {"jsonl", Output::kJsonLines}};
    command.add_option("--output", output, "table, json or jsonl")
        ->transform(CLI::CheckedTransformer(names))
        ->type_name("FORMAT");
}

void complain(const std::string& text) { std::cerr << "sluice: " << text << std::endl; }
void say(const std::string& text) { std::cerr << text << std::endl; }

bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) != 0; }
bool stdin_is_terminal() { return ::isatty(STDIN_FILENO) != 0; }
bool stdout_is_terminal() { return ::isatty(STDOUT_FILENO) != 0; }

bool confirmed(bool yes, const std::string& question) {
    if (yes) return true;
    if (!stdin_is_terminal() || !stderr_is_terminal()) {
        say("Dry run: nothing was done. Repeat with --yes to do it.");
        return false;
    }
    std::cerr << question << " [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    if (answer == "y" || answer == "yes") return true;
    say("Nothing was done.");
    return false;
}

}  // namespace sluice::cli
