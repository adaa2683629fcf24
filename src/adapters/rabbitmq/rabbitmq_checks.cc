#include "adapters/rabbitmq/rabbitmq_checks.h"

#include <charconv>
#include <utility>

#include "adapters/rabbitmq/amqp_stream.h"
#include "adapters/rabbitmq/confirm_book.h"
#include "adapters/rabbitmq/topology.h"
#include "ports/message_codec.h"

namespace sluice {
namespace {

constexpr auto kDeclareFix = "start `sluice serve` once: it declares what is missing";
constexpr auto kDifferentFix =
    "give the processes the same configuration, or drain and delete the object and start again";

RabbitCheck good(std::string name, std::string detail) {
    return {std::move(name), true, std::move(detail), ""};
}
RabbitCheck bad(std::string name, std::string detail, std::string fix) {
    return {std::move(name), false, std::move(detail), std::move(fix)};
}

std::string fix_of_connection(const Error& error, const RabbitOptions& options) {
    if (error.code == Code::kForbidden) return "check user, password and the user's permissions";
    if (error.code == Code::kNotFound)
        return "create the vhost: rabbitmqctl add_vhost " + options.endpoint.vhost;
    return "is the broker running, and are host and port right?";
}

// Time to live in quorum queues, which the retry tiers need, came with 3.10.
RabbitCheck check_version(const std::string& version) {
    int major = 0;
    int minor = 0;
    const auto* end = version.data() + version.size();
    const auto* dot = std::from_chars(version.data(), end, major).ptr;
    if (dot != end) std::from_chars(dot + 1, end, minor);
    if (major > 3 || (major == 3 && minor >= 10)) return good("version", version);
    return bad("version", version + " is too old", "RabbitMQ 3.10 or newer");
}

RabbitCheck check_exchanges(AmqpLink& link, const Topology& topology) {
    for (const auto& exchange : topology.exchanges) {
        auto found = link.find_exchange(exchange.name);
        if (!found.ok()) return bad("exchanges", found.error().detail, kDeclareFix);
    }
    for (const auto& exchange : topology.exchanges) {
        auto same = link.declare(exchange);
        if (!same.ok()) return bad("exchanges", same.error().detail, kDifferentFix);
    }
    return good("exchanges", std::to_string(topology.exchanges.size()) + " as they must be");
}

// All found first, so that the declaration, which makes the broker compare, creates none.
RabbitCheck check_queues(AmqpLink& link, const Topology& topology) {
    for (const auto& queue : topology.queues) {
        auto found = link.inspect(queue.name);
        if (!found.ok()) return bad("queues", found.error().detail, kDeclareFix);
    }
    for (const auto& queue : topology.queues) {
        auto same = link.declare(queue);
        if (!same.ok()) return bad("queues", same.error().detail, kDifferentFix);
    }
    return good(
        "queues",
        std::to_string(topology.queues.size()) +
            " of type quorum, refusing when full; partitions with a single active consumer"
    );
}

struct Probe {
    std::string exchange;
    std::string key;
    std::string says;  // "" until its fate is known, "ok", or what became of it
};

std::vector<Probe> probes_of(const RabbitOptions& options) {
    const RabbitNames names(options.prefix);
    std::vector<Probe> probes;
    for (std::uint16_t i = 0; i < options.partitions; ++i) {
        probes.push_back({names.orders(), RabbitNames::key(Partition{i}), ""});
    }
    for (const auto tier : kRetryTiers) {
        probes.push_back({names.retry(options.tiers.delay(tier)), RabbitNames::key(Partition{0}), ""});
    }
    return probes;
}

struct Probing {
    std::vector<Probe> probes;  // of tag 1, 2, 3 …
    ConfirmBook book;
    std::string blocked;  // why the broker takes nothing
};

void note(Probing& probing, const ConfirmBook::Settlements& settlements) {
    for (const auto& settled : settlements) {
        auto& says = probing.probes.at(settled.tag - 1).says;
        switch (settled.fate) {
            case Fate::kConfirmed:
                says = "ok";
                break;
            case Fate::kReturned:
                says = "no queue is bound (" + settled.why + ")";
                break;
            case Fate::kRefused:
                says = "the queue is full or cannot store";
                break;
            case Fate::kNotSent:
            case Fate::kUnknown:
                says = "no answer";
                break;
        }
    }
}

void note(Probing& probing, AmqpEvent& event) {
    if (const auto* confirmed = std::get_if<Confirmed>(&event)) {
        auto& book = probing.book;
        note(
            probing, confirmed->stored ? book.acked(confirmed->tag, confirmed->multiple)
                                       : book.refused(confirmed->tag, confirmed->multiple)
        );
    }
    if (auto* returned = std::get_if<Returned>(&event)) {
        probing.book.returned(returned->tag, std::move(returned->why));
    }
    if (auto* blocked = std::get_if<Blocked>(&event)) probing.blocked = std::move(blocked->why);
}

// Until every probe's fate is known, or the time is up.
void probe(AmqpStream& stream, Clock& clock, Instant until, Probing& probing) {
    WorkHint hint;
    hint.key = "doctor";
    const auto body = encode(Message{hint});
    for (const auto& each : probing.probes) {
        Outgoing message;
        message.exchange = each.exchange;
        message.routing_key = each.key;
        message.type = "hint";
        message.body = body;
        message.tag = probing.book.next_tag();
        message.at = clock.wall();
        const auto ends_at = stream.publish(message);
        probing.book.sent(ends_at, until);
    }
    Waker nobody;
    while (probing.book.outstanding() > 0) {
        if (!stream.pump().ok()) break;
        auto event = stream.next();
        if (!event.ok() || (event->has_value() && std::holds_alternative<Ended>(**event))) break;
        if (event->has_value()) {
            note(probing, **event);
            continue;
        }
        note(probing, probing.book.expire(clock.now()));
        if (probing.book.outstanding() > 0) stream.wait(nobody, until);
    }
    note(probing, probing.book.lost(stream.written()));
}

RabbitCheck judge(const Probing& probing) {
    std::string wrong;
    for (const auto& each : probing.probes) {
        if (each.says == "ok") continue;
        wrong += (wrong.empty() ? "" : "; ") + each.exchange + " " + each.key + ": " + each.says;
    }
    if (wrong.empty()) {
        return good("messages", std::to_string(probing.probes.size()) + " hints confirmed");
    }
    return bad("messages", std::move(wrong), kDeclareFix);
}

}  // namespace

std::vector<RabbitCheck> check_rabbitmq(const RabbitOptions& options, Clock& clock) {
    std::vector<RabbitCheck> checks;
    const auto& endpoint = options.endpoint;
    const auto address = endpoint.host + ":" + std::to_string(endpoint.port);
    auto link = AmqpLink::connect(endpoint, options.prefix + " doctor");
    if (!link.ok()) {
        const auto& error = link.error();
        checks.push_back(bad("connection", error.detail, fix_of_connection(error, options)));
        return checks;
    }
    checks.push_back(good("connection", address + ", user " + endpoint.user));
    checks.push_back(check_version((*link)->server_version()));
    const auto topology = topology_of(options);
    checks.push_back(check_exchanges(**link, topology));
    checks.push_back(check_queues(**link, topology));
    if (!checks[checks.size() - 2].ok || !checks.back().ok) return checks;

    auto confirming = (*link)->select_confirms();
    if (!confirming.ok()) {
        checks.push_back(bad("messages", to_string(confirming.error()), "see the broker's log"));
        return checks;
    }
    AmqpStream stream(std::move(*link), clock);
    Probing probing;
    probing.probes = probes_of(options);
    probe(stream, clock, clock.now() + options.confirm_deadline, probing);
    checks.push_back(judge(probing));
    checks.push_back(
        probing.blocked.empty() ? good("alarms", "none")
                                : bad("alarms", "the broker blocks publishers: " + probing.blocked,
                                      "give it memory or disk: rabbitmq-diagnostics alarms")
    );
    stream.close();
    return checks;
}

}  // namespace sluice
