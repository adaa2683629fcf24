#include "cli/signals.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <ctime>
#include <thread>

namespace sluice::cli {

struct Signals::State {
    sigset_t wanted{};
    sigset_t before{};
};

Signals::Signals(std::initializer_list<int> wanted) : state_(new State) {
    ::sigemptyset(&state_->wanted);
    for (const int number : wanted) ::sigaddset(&state_->wanted, number);
    ::pthread_sigmask(SIG_BLOCK, &state_->wanted, &state_->before);
}

Signals::~Signals() { ::pthread_sigmask(SIG_SETMASK, &state_->before, nullptr); }

int Signals::wait() const {
    int number = 0;
    while (::sigwait(&state_->wanted, &number) != 0) {
    }
    return number;
}

std::optional<int> Signals::poll() const {
    const timespec none{};
    const int number = ::sigtimedwait(&state_->wanted, nullptr, &none);
    return number > 0 ? std::optional<int>(number) : std::nullopt;
}

void Signals::next_one_ends(int status) const {
    std::thread([state = state_, status] {
        int number = 0;
        while (::sigwait(&state->wanted, &number) != 0 || (number != SIGINT && number != SIGTERM)) {
        }
        ::_exit(status);
    }).detach();
}

}  // namespace sluice::cli
