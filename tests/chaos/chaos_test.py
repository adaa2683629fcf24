#!/usr/bin/env python3
"""The short form of tests/chaos/run: at least 30 processes killed, and every law kept.

    SLUICE=build/release/sluice tests/chaos/chaos_test.py

SLUICE_CHAOS_KILLS sets another number. The faults are drawn with a fixed seed, so a failure names the round to repeat:
`tests/chaos/run --kills 1 --seed N`.
"""

import json
import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
KILLS = int(os.environ.get("SLUICE_CHAOS_KILLS", "30"))


class Chaos(unittest.TestCase):
    def test_thirty_kills_lose_nothing_and_sell_nothing_twice(self):
        done = subprocess.run([os.path.join(HERE, "run"), "--kills", str(KILLS), "--seed", "1", "--output", "json"],
                              capture_output=True, text=True)
        sys.stderr.write(done.stderr)
        self.assertEqual(done.returncode, 0, done.stderr[-4000:])
        total = json.loads(done.stdout)
        self.assertGreaterEqual(total["kills"], KILLS)
        self.assertGreater(total["accepted"], 100, "nothing was sold: the run proves nothing")
        wrong = {name: total[name] for name in ("lost", "oversold", "duplicates", "leaked", "broken", "failed_rounds")}
        self.assertEqual(set(wrong.values()), {0}, wrong)


class Faults(unittest.TestCase):
    def test_an_unknown_fault_is_refused_by_name(self):
        done = subprocess.run([os.path.join(HERE, "run"), "--only", "redis.explode"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("redis.explode", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
