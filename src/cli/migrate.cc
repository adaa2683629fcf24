#include "cli/commands.h"
#include "runtime/logging.h"
#include "runtime/offline.h"

namespace sluice::cli {
namespace {

struct Options {
    Place place;
};

Exit run_migrate(const Options& options) {
    auto loaded = options.place.load();
    if (!loaded) {
        complain(loaded.error().detail);
        return Exit::kStart;
    }
    StderrLog log(loaded->config.log);
    auto migrated = migrate_store(loaded->config, log);
    if (!migrated) {
        complain(to_string(migrated.error()));
        return Exit::kStart;
    }
    const Config& config = loaded->config;
    const std::string place = config.is_stack() ? "at " + config.mariadb.address->text() : "in " + config.data_dir;
    say("the database " + place + " is up to date");
    return Exit::kOk;
}

}  // namespace

void add_migrate(Program& program) {
    auto options = std::make_shared<Options>();
    options->place.add_to(*program.leaf(
        program.app, "migrate", "bring the database to this version", options, run_migrate
    ));
}

}  // namespace sluice::cli
