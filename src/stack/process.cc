#include "stack/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace sluice::stack {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr Millis kLook{20};
constexpr std::size_t kLogTail = 2'000;  // characters of a log shown in an error

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (std::string& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

std::vector<std::string> environment_with(const std::vector<std::string>& added) {
    std::vector<std::string> all;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view name(*entry, std::strcspn(*entry, "=") + 1);  // with its '='
        bool replaced = false;
        for (const std::string& each : added) replaced = replaced || each.starts_with(name);
        if (!replaced) all.emplace_back(*entry);
    }
    all.insert(all.end(), added.begin(), added.end());
    return all;
}

// The third field (state) and the 22nd of /proc/<pid>/stat; the second, in parentheses, may contain
// anything.
struct Stat {
    char state = 0;
    std::uint64_t started = 0;
};
std::optional<Stat> stat_in(const std::string& directory) {
    std::ifstream file(directory + "/stat");
    std::string text;
    if (!std::getline(file, text)) return std::nullopt;
    const std::size_t behind = text.rfind(')');
    if (behind == std::string::npos) return std::nullopt;
    std::istringstream fields(text.substr(behind + 1));
    Stat stat;
    std::string skipped;
    fields >> stat.state;
    for (int field = 4; field < 22; ++field) fields >> skipped;
    if (!(fields >> stat.started)) return std::nullopt;
    return stat;
}
std::optional<Stat> stat_of(pid_t pid) { return stat_in("/proc/" + std::to_string(pid)); }

// A thread that ended while we looked has stopped for good.
bool has_stopped(pid_t pid) {
    std::error_code gone;
    std::filesystem::directory_iterator thread("/proc/" + std::to_string(pid) + "/task", gone);
    for (; thread != std::filesystem::directory_iterator(); thread.increment(gone)) {
        const auto stat = stat_in(thread->path().string());
        if (stat && stat->state != 'T' && stat->state != 't' && stat->state != 'Z' && stat->state != 'X') return false;
    }
    return true;
}

// True once every thread is gone: only then is the handle of a process readable (pidfd_open(2)).
bool has_exited(pid_t pid) {
    const int handle = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    if (handle < 0) return true;  // reaped meanwhile
    pollfd exited{handle, POLLIN, 0};
    const bool ended = ::poll(&exited, 1, 0) == 1;
    ::close(handle);
    return ended;
}

std::string log_tail(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream all;
    all << file.rdbuf();
    const std::string text = all.str();
    return text.size() <= kLogTail ? text : text.substr(text.size() - kLogTail);
}

// In the child: only async-signal-safe calls (fork(2) of a program with threads).
[[noreturn]] void become(
    const Command& command, const char* program, char* const* argv, char* const* envp, int log,
    int failed
) {
    ::setpgid(0, 0);
    if (command.dies_with_us) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    const bool ready = null >= 0 && ::dup2(null, STDIN_FILENO) >= 0 &&
                       ::dup2(log, STDOUT_FILENO) >= 0 && ::dup2(log, STDERR_FILENO) >= 0 &&
                       (command.directory.empty() || ::chdir(command.directory.c_str()) == 0);
    if (ready) ::execve(program, argv, envp);
    const int reason = errno;
    (void)!::write(failed, &reason, sizeof reason);
    ::_exit(127);
}

}  // namespace

Result<ProcessId> start(const Command& command) {
    const std::string program = find_program(command.argv.front());
    if (program.empty()) return fail(Code::kNotFound, command.argv.front() + " is not installed");
    const int log =
        ::open(command.log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0) return fail(Code::kUnavailable, command.log_path + ": " + std::strerror(errno));
    int failed[2];  // closes on exec; carries errno when that fails
    if (::pipe2(failed, O_CLOEXEC) != 0) {
        const std::string why = std::strerror(errno);
        ::close(log);
        return fail(Code::kUnavailable, "pipe: " + why);
    }
    auto arguments = command.argv;
    auto environment = environment_with(command.environment);
    const auto argv = pointers(arguments);
    const auto envp = pointers(environment);
    const pid_t pid = ::fork();
    if (pid == 0) become(command, program.c_str(), argv.data(), envp.data(), log, failed[1]);
    const int fork_error = errno;
    ::close(log);
    ::close(failed[1]);
    int reason = 0;
    const bool broken = pid < 0 || ::read(failed[0], &reason, sizeof reason) > 0;
    ::close(failed[0]);
    if (broken) {
        if (pid > 0) ::waitpid(pid, nullptr, 0);
        return fail(
            Code::kUnavailable, program + ": " + std::strerror(pid < 0 ? fork_error : reason)
        );
    }
    const auto stat = stat_of(pid);
    return ProcessId{pid, stat ? stat->started : 0};
}

bool is_running(const ProcessId& process) {
    if (process.pid <= 0) return false;
    const auto stat = stat_of(process.pid);
    if (!stat || stat->started != process.started) return false;
    if (stat->state != 'Z' && stat->state != 'X') return true;
    // Its first thread has ended. Another one may still be on its way out, and holds ports and
    // files until then.
    if (!has_exited(process.pid)) return true;
    ::waitpid(process.pid, nullptr, WNOHANG);  // ours or not: a zombie has ended
    return false;
}

bool send_signal(const ProcessId& process, int signal) {
    if (process.pid <= 0) return false;
    const int handle = static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0));
    if (handle < 0) return false;
    // The handle names one process for good; what it names is checked before it is used.
    const bool sent =
        is_running(process) && ::syscall(SYS_pidfd_send_signal, handle, signal, nullptr, 0) == 0;
    ::close(handle);
    return sent;
}

bool suspend(const ProcessId& process) {
    if (!send_signal(process, SIGSTOP)) return false;
    while (is_running(process)) {
        if (has_stopped(process.pid)) return true;
        ::poll(nullptr, 0, 1);
    }
    return false;
}

bool wait_ended(const ProcessId& process, Millis timeout) {
    const auto until = SteadyClock::now() + timeout;
    while (is_running(process)) {
        const auto left = std::chrono::duration_cast<Millis>(until - SteadyClock::now());
        if (left <= Millis{0}) return false;
        const int handle = static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0));
        pollfd ended{handle, POLLIN, 0};
        ::poll(&ended, handle < 0 ? 0 : 1, static_cast<int>(std::min(left, Millis{200}).count()));
        if (handle >= 0) ::close(handle);
    }
    return true;
}

bool terminate(const ProcessId& process, Millis grace) {
    send_signal(process, SIGCONT);  // a stopped one could not end
    send_signal(process, SIGTERM);
    if (wait_ended(process, grace)) return true;
    send_signal(process, SIGKILL);
    wait_ended(process, Millis{10'000});
    return false;
}

Result<Done> wait_ready(
    const ProcessId& process, const std::function<bool()>& ready, Millis timeout,
    const std::string& log_path
) {
    const auto until = SteadyClock::now() + timeout;
    while (!ready()) {
        if (wait_ended(process, kLook)) {
            return fail(
                Code::kUnavailable, "the server ended at once; its log says:\n" + log_tail(log_path)
            );
        }
        if (SteadyClock::now() >= until) {
            return fail(
                Code::kTimeout,
                "the server did not answer in time; its log says:\n" + log_tail(log_path)
            );
        }
    }
    return Done{};
}

std::string find_program(const std::string& name) {
    if (name.find('/') != std::string::npos) return ::access(name.c_str(), X_OK) == 0 ? name : "";
    const char* path = ::getenv("PATH");
    std::istringstream folders(
        std::string(path == nullptr ? "" : path) + ":/usr/sbin:/usr/lib/rabbitmq/bin"
    );
    for (std::string folder; std::getline(folders, folder, ':');) {
        const std::string program = folder + "/" + name;
        if (!folder.empty() && ::access(program.c_str(), X_OK) == 0) return program;
    }
    return "";
}

}  // namespace sluice::stack
