"""What all rounds together came to. Kept as one JSON line per round, so that a campaign can be stopped and resumed."""

import collections
import json
import os

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
        return {"rounds": len(self.rounds), "failed_rounds": sum(1 for figures in self.rounds if figures["wrong"]), **total,
                "faults": dict(sorted(faults.items())), "killed": dict(sorted(killed.items())),
                "reopen_s_max": max((figures["reopen_s_max"] for figures in self.rounds), default=0.0)}

    def table(self):
        """For docs/testing.md."""
        total = self.total()
        lines = ["| fault | times |", "|---|---:|"]
        lines += [f"| `{name}` | {count} |" for name, count in total["faults"].items()]
        lines.append("")
        lines.append(f"{total['kills']} processes killed in {total['rounds']} rounds, {total['accepted']} orders accepted: "
                     f"{total['lost']} lost, {total['oversold']} oversold, {total['duplicates']} duplicates, {total['leaked']} "
                     f"units leaked, {total['broken']} promises broken; slowest reopening {total['reopen_s_max']:.1f} s.")
        return "\n".join(lines)
