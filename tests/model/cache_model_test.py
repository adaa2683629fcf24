#!/usr/bin/env python3
"""The model of the cache's races (model/cache.pml): every configuration holds, every mutant is caught by its law.

    tests/model/cache_model_test.py [test…]

One test for each line that `model/check_cache.sh fast` would run. Needs spin and gcc.
"""

import os
import subprocess
import unittest
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPT = os.path.join(ROOT, "model", "check_cache.sh")
LINES = [line for line in subprocess.run([SCRIPT, "--list"], capture_output=True, text=True, check=True).stdout.split("\n")
         if line and "|slow|" not in line]
POOL = ThreadPoolExecutor(os.cpu_count())


def check(line):
    return subprocess.run([SCRIPT, "--one", line], capture_output=True, text=True, env={**os.environ, "LIMIT_S": "600"})


class CacheModelTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.runs = {line: POOL.submit(check, line) for line in LINES}

    def test_there_are_configurations_and_mutants(self):
        self.assertGreaterEqual(sum("|fast|" in line for line in LINES), 6)
        self.assertGreaterEqual(sum("|mutant:" in line for line in LINES), 20)


def test_of(line):
    def test(self):
        run = self.runs[line].result()
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertTrue(run.stdout.startswith("ok "), run.stdout)
    return test


for each in LINES:
    name, kind = each.split("|")[:2]
    setattr(CacheModelTest, f"test_{name}_{'is_caught' if kind.startswith('mutant') else 'holds'}", test_of(each))

if __name__ == "__main__":
    unittest.main()
