#include "stack/mariadb_server.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace sluice::stack {
namespace {

namespace fs = std::filesystem;

constexpr Millis kInstallWithin{300'000};  // the system tables on a slow disk
constexpr int kPortsTried = 5;  // a free port may be taken by somebody else before we listen on it
constexpr char kProtocolVersion =
    10;  // fifth byte of every greeting of a server that takes clients

std::string data_of(const std::string& directory) { return directory + "/data"; }

bool is_word(const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    });
}

// A text as a literal of SQL, whatever it contains.
std::string quoted(const std::string& text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

Result<Done> check(const MariadbOptions& options) {
    if (options.directory.empty()) return fail(Code::kInvalidField, "the server needs a directory");
    if (!is_word(options.user))
        return fail(Code::kInvalidField, "user: letters, digits and _ only");
    if (!is_word(options.database))
        return fail(Code::kInvalidField, "database: letters, digits and _ only");
    const auto& password = options.password;
    const bool printable =
        std::all_of(password.begin(), password.end(), [](unsigned char c) { return c >= ' '; });
    if (password.empty() || !printable)
        return fail(Code::kInvalidField, "password: must be set, without line breaks");
    return Done{};
}

Result<Done> check_port(std::uint16_t port) {
    const auto why = why_not_free(port);
    if (!why) return Done{};
    return fail(Code::kConflict, fmt::format("port {}: {}", port, *why));
}

Result<Done> make_folder(const std::string& path) {
    std::error_code error;
    fs::create_directories(path, error);
    if (error) return fail(Code::kUnavailable, path + ": " + error.message());
    ::chmod(path.c_str(), 0700);
    return Done{};
}

std::vector<std::string> as_root() {
    if (::geteuid() != 0) return {};
    return {"--user=root"};
}

// mariadb-install-db says by its exit status whether it is done, and a process of ours only that it
// has ended; so a shell leaves a mark. The finished directory gets its name last: whatever has the
// name is whole.
Result<Done> install(const MariadbOptions& options) {
    const std::string& directory = options.directory;
    if (fs::exists(data_of(directory))) return Done{};
    const std::string half = directory + "/data.new";
    const std::string mark = directory + "/installed";
    std::error_code error;
    fs::remove_all(half, error);
    fs::remove(mark, error);
    const std::string program = find_program("mariadb-install-db");
    if (program.empty()) return fail(Code::kNotFound, "mariadb-install-db is not installed");
    Command command;
    command.argv = {
        "/bin/sh",
        "-c",
        "\"$@\" && : > \"$0\"",
        mark,
        program,
        "--no-defaults",
        "--skip-test-db",
        "--skip-name-resolve",
        "--auth-root-authentication-method=socket",
        "--datadir=" + half};
    for (auto& argument : as_root()) command.argv.push_back(std::move(argument));
    command.log_path = directory + "/install.log";
    command.dies_with_us = options.dies_with_us;
    auto process = stack::start(command);
    if (!process.ok()) return process.error();
    if (!wait_ended(*process, kInstallWithin)) {
        terminate(*process, Millis{1'000});
        return fail(Code::kTimeout, "mariadb-install-db did not end; see " + command.log_path);
    }
    if (!fs::exists(mark))
        return fail(Code::kUnavailable, "mariadb-install-db failed; see " + command.log_path);
    fs::rename(half, data_of(directory), error);
    if (error) return fail(Code::kUnavailable, half + ": " + error.message());
    fs::remove(mark, error);
    return Done{};
}

// Runs at every start, before anybody is let in; one statement a line.
Result<Done> write_init_file(const MariadbOptions& options) {
    const std::string path = options.directory + "/init.sql";
    const std::string who = fmt::format("'{}'@'127.0.0.1'", options.user);
    const std::string password = quoted(options.password);
    {
        std::ofstream file(path, std::ios::trunc);
        ::chmod(path.c_str(), 0600);
        file << fmt::format("CREATE DATABASE IF NOT EXISTS `{}`;\n", options.database)
             << fmt::format("CREATE USER IF NOT EXISTS {} IDENTIFIED BY {};\n", who, password)
             << fmt::format("ALTER USER {} IDENTIFIED BY {};\n", who, password)
             << fmt::format("GRANT ALL ON `{}`.* TO {};\n", options.database, who);
        file.flush();
        if (!file) return fail(Code::kUnavailable, "cannot write " + path);
    }
    return Done{};
}

std::vector<std::string> arguments(const MariadbOptions& options) {
    const std::string& directory = options.directory;
    std::vector<std::string> all{
        "mariadbd",
        "--no-defaults",  // has to come first
        "--datadir=" + data_of(directory),
        "--tmpdir=" + directory + "/tmp",
        "--socket=mariadbd.sock",  // inside the data directory; a full path may be too long for a
                                   // socket
        "--pid-file=" + directory + "/mariadbd.pid",
        "--init-file=" + directory + "/init.sql",
        "--bind-address=127.0.0.1",
        "--port=" + std::to_string(options.port),
        "--skip-name-resolve",
        "--innodb-flush-log-at-trx-commit=1",
        "--innodb-doublewrite=ON",
        "--sync-binlog=1",
        "--innodb-lock-wait-timeout=5",
        "--transaction-isolation=READ-COMMITTED",
        "--sql-mode=STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION",
        "--character-set-server=utf8mb4",
        "--default-storage-engine=InnoDB",
        "--local-infile=OFF",
        "--performance-schema=OFF",
        fmt::format("--innodb-buffer-pool-size={}M", options.buffer_pool_mb),
        fmt::format("--max-connections={}", options.connections_max)};
    if (options.binlog) {
        all.push_back("--log-bin=" + data_of(directory) + "/binlog");
        all.push_back("--server-id=1");
        all.push_back("--binlog-format=ROW");
    }
    for (auto& argument : as_root()) all.push_back(std::move(argument));
    return all;
}

bool greets(std::uint16_t port) {
    const std::string greeting = ask(port, "");
    return greeting.size() > 4 && greeting[4] == kProtocolVersion;
}

}  // namespace

MariadbServer::MariadbServer(MariadbOptions options, ProcessId process)
    : options_(std::move(options)), process_(process) {}

Result<MariadbServer> MariadbServer::start(MariadbOptions options) {
    if (auto checked = check(options); !checked.ok()) return checked.error();
    const bool any_port = options.port == 0;
    if (!any_port) {  // before anything is made
        if (auto free = check_port(options.port); !free.ok()) return free.error();
    }
    if (auto made = make_folder(options.directory); !made.ok()) return made.error();
    options.directory = fs::canonical(options.directory).string();
    if (auto made = make_folder(options.directory + "/tmp"); !made.ok()) return made.error();
    if (auto installed = install(options); !installed.ok()) return installed.error();
    for (int tried = 1;; ++tried) {
        if (any_port) {
            const auto port = free_port();
            if (!port.ok()) return port.error();
            options.port = *port;
        }
        MariadbServer server(options, ProcessId{});
        auto launched = server.launch();
        if (launched.ok()) return server;
        const bool taken = why_not_free(options.port).has_value();
        if (!any_port || !taken || tried == kPortsTried) return launched.error();
    }
}

Result<Done> MariadbServer::launch() {
    if (auto free = check_port(options_.port); !free.ok()) return free;
    if (auto written = write_init_file(options_); !written.ok()) return written.error();
    Command command;
    command.argv = arguments(options_);
    command.directory = options_.directory;
    command.log_path = log_path();
    command.dies_with_us = options_.dies_with_us;
    auto process = stack::start(command);
    if (!process.ok()) return process.error();
    process_ = *process;
    auto ready = wait_ready(
        process_, [this] { return greets(port()); }, options_.ready_within, log_path()
    );
    if (!ready.ok()) terminate(process_, Millis{5'000});
    return ready;
}

std::string MariadbServer::log_path() const { return options_.directory + "/mariadbd.log"; }

bool MariadbServer::kill() {
    const bool sent = send_signal(process_, SIGKILL);
    wait_ended(process_, Millis{30'000});
    return sent;
}

Result<Done> MariadbServer::restart() {
    if (running()) stop();
    return launch();
}

bool MariadbServer::pause() { return suspend(process_); }
bool MariadbServer::resume() { return send_signal(process_, SIGCONT); }
bool MariadbServer::stop(Millis grace) { return terminate(process_, grace); }

}  // namespace sluice::stack
