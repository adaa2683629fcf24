#pragma once
// One connection of load::Client. Internal to load/client.cc.

#include <string>

#include "load/client.h"

namespace sluice::load {

class Client::Connection final : public Source {
public:
    explicit Connection(Client& owner) : owner_(owner) {}
    ~Connection() override { drop(); }

    void start(Request request, Nanos deadline);
    void ready(std::uint32_t events) override;
    bool overdue(Nanos now) const { return busy_ && now >= deadline_; }
    // Ends the request without an answer.
    void give_up();

private:
    bool open();
    void drop();
    void write();
    void read();
    void finish(const Answer& answer);

    Client& owner_;
    int socket_ = -1;  // -1 iff not connected
    bool busy_ = false;
    Nanos deadline_ = 0;
    Request request_;
    std::size_t written_ = 0;
    std::string received_;
};

}  // namespace sluice::load
