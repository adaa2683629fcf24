#include <filesystem>
#include <iostream>

#include "cli/commands.h"
#include "runtime/offline.h"

namespace sluice::cli {
namespace {

struct Options {
    Place place;
    std::string buyer;
    std::int64_t hours = 24;
};

Exit run_token(const Options& options) {
    auto loaded = options.place.load();
    if (!loaded) {
        complain(loaded.error().detail);
        return Exit::kStart;
    }
    if (options.buyer.empty() || options.buyer.size() > kBuyerIdBytesMax) {
        complain("--buyer takes 1 to 64 bytes");
        return Exit::kUsage;
    }
    const std::string& data_dir = loaded->config.data_dir;
    if (loaded->config.secrets.token.empty() && !std::filesystem::is_directory(data_dir)) {
        complain(
            "there is no " + data_dir +
            " to find the secret in; name it with --data-dir, or start a server first"
        );
        return Exit::kDependency;
    }
    auto secrets = load_secrets(data_dir, loaded->config.secrets);
    if (!secrets) {
        complain(secrets.error().detail);
        return Exit::kStart;
    }
    const auto issue = token_issuer(*secrets, wall_now() + std::chrono::hours{options.hours});
    std::cout << issue(options.buyer) << std::endl;
    return Exit::kOk;
}

}  // namespace

void add_token(Program& program) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        program.leaf(program.app, "token", "print a buyer's bearer token", options, run_token);
    options->place.add_to(*command);
    command->add_option("--buyer", options->buyer, "who the buyer is")->required();
    command->add_option("--hours", options->hours, "how long it is valid")
        ->check(CLI::Range(1, 24 * 365))
        ->capture_default_str();
}

}  // namespace sluice::cli
