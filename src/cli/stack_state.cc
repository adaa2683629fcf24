#include "cli/stack_state.h"

#include <sys/stat.h>

#include <filesystem>
#include <sstream>
#include <system_error>

#include "base/hmac.h"
#include "runtime/private_file.h"

namespace sluice::cli {
namespace {

constexpr std::size_t kSecretBytes = 24;

Result<Done> make_private_directory(const std::string& path) {
    std::error_code failed;
    std::filesystem::create_directories(path, failed);
    if (failed) return fail(Code::kUnavailable, path + ": " + failed.message());
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, failed);
    if (failed) return fail(Code::kUnavailable, path + ": " + failed.message());
    return Done{};
}

// "redis 41011 1234/887123 …": name, ports, and pid/start of each process.
bool parse_line(const std::string& line, std::map<std::string, StackServer>& servers) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    StackServer server;
    for (std::string word; words >> word;) {
        std::istringstream parts(word);
        std::uint32_t number = 0;
        if (!(parts >> number)) return false;
        char slash = 0;
        stack::ProcessId process{static_cast<pid_t>(number), 0};
        if (!(parts >> slash)) {
            server.ports.push_back(static_cast<std::uint16_t>(number));
        } else if (slash == '/' && parts >> process.started) {
            server.processes.push_back(process);
        } else {
            return false;
        }
    }
    if (server.ports.empty()) return false;
    servers[name] = std::move(server);
    return true;
}

}  // namespace

Result<StackState> StackState::load(const std::string& directory) {
    StackState state(std::filesystem::absolute(directory).lexically_normal().string());
    auto made = make_private_directory(state.directory_);
    if (!made) return made.error();
    const std::string path = state.directory_ + "/state";
    if (!std::filesystem::exists(path)) return state;
    auto text = read_whole_file(path);
    if (!text) return text.error();
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);) {
        if (!line.empty() && !parse_line(line, state.servers)) {
            return fail(Code::kInvalidField, path + " is malformed: " + line);
        }
    }
    return state;
}

Result<Done> StackState::save() const {
    std::ostringstream text;
    for (const auto& [name, server] : servers) {
        text << name;
        for (const std::uint16_t port : server.ports) text << ' ' << port;
        for (const auto& process : server.processes)
            text << ' ' << process.pid << '/' << process.started;
        text << '\n';
    }
    return write_private_file(directory_ + "/state", text.str());
}

std::string StackState::secret_path(const std::string& name) const {
    return directory_ + "/secrets/" + name;
}

Result<std::string> StackState::secret(const std::string& name, const std::string& prefix) const {
    auto made = make_private_directory(directory_ + "/secrets");
    if (!made) return made.error();
    auto text = read_or_create_private_file(
        secret_path(name), prefix + hex(random_bytes(kSecretBytes)) + "\n"
    );
    if (!text) return text;
    while (!text->empty() && text->back() == '\n') text->pop_back();
    return text;
}

}  // namespace sluice::cli
