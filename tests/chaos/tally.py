"""What all rounds together came to. Kept as one JSON line per round, so that a campaign can be stopped and resumed."""

import collections
import json
import os

from faults import REDIS_LOST

# Rows of the fault table (docs/protocol.md, section 11) and the faults that bring them about. The clients themselves pay
# twice, late and before settlement, cancel and let expire in every round. What is not here has its test elsewhere
# (docs/testing.md, "Faults by name").
ROWS = {
    "API dies, at any moment": ("api.kill", "all_processes.kill"),
    "confirm lost, message returned, broker restarts, memory alarm": (
        "network.rabbitmq.reply_lost", "network.rabbitmq.cut", "network.rabbitmq.refused", "rabbitmq.binding_deleted",
        "rabbitmq.kill", "rabbitmq.stop", "rabbitmq.memory_alarm", "rabbitmq.connections_closed", "rabbitmq.channels_closed"),
    "message delivered again": ("worker.kill", "all_processes.kill", "rabbitmq.connections_closed", "network.rabbitmq.cut"),
    "worker dies, or lives on as a zombie": ("worker.kill", "all_processes.kill", "worker.stop"),
    "COMMIT reply lost": ("network.mariadb.reply_lost", "network.mariadb.cut", "mariadb.sessions_killed", "mariadb.kill"),
    "two workers settle one sale": ("worker.stop", "network.rabbitmq.stalled"),
    "node paused": ("api.stop", "network.redis.stalled"),
    "deposed Redis primary still answering": ("redis.promoted",),
    "demote and re-promote of the same Redis": ("redis.repromoted",),
    "Redis restart, flush, failover, AOF cut": ("redis.kill", "redis.flushall", "redis.aof_cut", "redis.promoted"),
    "script replies lost": ("network.redis.reply_lost", "network.redis.cut"),
    "first replica attached": ("redis.replica",),
    "MariaDB down": ("mariadb.kill", "mariadb.stop", "mariadb.absent", "mariadb.away_for_minutes", "network.mariadb.refused"),
    "lock waits and deadlocks": ("mariadb.lock_wait", "mariadb.deadlock"),
    "clock steps on a node": ("clock.step",),
}
SUMS = ("kills", "accepted", "lost", "oversold", "duplicates", "leaked", "broken")


class Tally:
    def __init__(self, path=None):
        self.path, self.rounds = path, []
        if path and os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                self.rounds = [json.loads(line) for line in file if line.strip()]

    def add(self, figures):
        self.rounds.append(figures)
        if not self.path:
            return
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(figures) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def total(self):
        faults, killed = collections.Counter(), collections.Counter()
        for figures in self.rounds:
            faults.update(figures["faults"])
            killed.update(figures["killed"])
        total = {name: sum(figures[name] for figures in self.rounds) for name in SUMS}
        code = sorted({figures.get("code", "unknown") for figures in self.rounds})
        return {"code": code, "rounds": len(self.rounds), "failed_rounds": sum(1 for figures in self.rounds if figures["wrong"]), **total,
                "faults": dict(sorted(faults.items())), "killed": dict(sorted(killed.items())),
                "reopenings_alone": self.reopenings_alone(),
                "reopen_s_max": max((figures["reopen_s_max"] for figures in self.rounds), default=0.0)}

    def reopenings_alone(self):
        """Seconds until the gates were open again after Redis alone was lost, once."""
        return sorted(seconds for figures in self.rounds for seconds, names in figures.get("reopenings", [])
                      if len(names) == 1 and names[0] in REDIS_LOST)

    def table(self):
        """For docs/testing.md."""
        total = self.total()
        lines = ["| row of the fault table | brought about | by |", "|---|---:|---|"]
        for row, faults in ROWS.items():
            struck = {name: total["faults"][name] for name in faults if name in total["faults"]}
            by = ", ".join(f"`{name}` {count}" for name, count in struck.items())
            lines.append(f"| {row} | {sum(struck.values())} | {by} |")
        lines.append("")
        lines.append(f"On {', '.join(total['code'])}: {total['kills']} processes killed in {total['rounds']} rounds, "
                     f"{total['failed_rounds']} of them with something wrong; {total['accepted']} orders accepted: "
                     f"{total['lost']} lost, {total['oversold']} oversold, {total['duplicates']} duplicates, {total['leaked']} "
                     f"units leaked, {total['broken']} promises broken; slowest reopening {total['reopen_s_max']:.1f} s.")
        alone = total["reopenings_alone"]
        if alone:
            lines.append(f"Redis lost and nothing else, {len(alone)} times: open again after {alone[len(alone) // 2]:.1f} s in the "
                         f"median, {alone[len(alone) * 95 // 100]:.1f} s in 95 of 100, {alone[-1]:.1f} s at most.")
        return "\n".join(lines)
