#!/usr/bin/env python3
"""The arithmetic of the benchmark on records made by hand. python3 bench/cache/samples_test.py"""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import report  # noqa: E402
import samples  # noqa: E402
from samples import FAILED, MS, UNANSWERED, Load, Read  # noqa: E402


def read(intended_ms, done_ms, key=1, outcome=1, issued_ms=None):
    return Read(intended_ms * MS, (intended_ms if issued_ms is None else issued_ms) * MS, done_ms * MS, key, outcome)


def load(start_ms, end_ms, key=1, version=1):
    return Load(start_ms * MS, end_ms * MS, key, version)


class Samples(unittest.TestCase):
    def test_records_come_back_as_they_were_written(self):
        self.assertEqual(samples.reads(samples.READ.pack(1, 2, 3, 4, FAILED)), [Read(1, 2, 3, 4, FAILED)])
        self.assertEqual(samples.loads(samples.LOAD.pack(1, 2, 3, 4)), [Load(1, 2, 3, 4)])

    def test_a_rank_is_a_value_that_was_measured(self):
        self.assertEqual([samples.rank([1, 2, 3, 4], part) for part in (0.5, 0.99, 1.0)], [2, 4, 4])
        self.assertIsNone(samples.rank([], 0.5))

    def test_latency_counts_from_the_intended_start(self):
        found = samples.latencies([read(10, 14, issued_ms=13), read(10, 11, outcome=FAILED), read(10, 12, outcome=UNANSWERED)])
        self.assertEqual((found["max_ms"], found["errors"], found["unanswered"]), (4, 1, 1))
        self.assertEqual(found["service_p50_ms"], 1)

    def test_loads_within_the_life_of_a_value_belong_to_one_expiry(self):
        self.assertEqual(samples.expiries([load(0, 9), load(5, 9), load(700, 9), load(900, 9), load(0, 9, key=2)], 1000), (3, 5))

    def test_four_processes_that_each_load_every_ttl_are_four_loads_an_expiry(self):
        drifting = [load(1000 * turn + 250 * process, 9) for turn in range(10) for process in range(4)]
        expiries, loads = samples.expiries(drifting, 1000)
        self.assertEqual((expiries, loads), (10, 40))

    def test_reads_lie_around_the_loads_of_their_own_key(self):
        near, far = samples.around_loads([read(96, 97), read(125, 126), read(131, 132), read(100, 101, key=2)], [load(100, 110)], 5, 20)
        self.assertEqual([entry.intended // MS for entry in near], [96, 125])
        self.assertEqual(len(far), 2)

    def test_a_read_waited_when_it_returns_the_value_of_a_load_under_way(self):
        loads = [load(100, 150, version=2)]
        self.assertEqual(samples.waited_for_loads([read(110, 151, outcome=2)], loads), 1)
        self.assertEqual(samples.waited_for_loads([read(110, 111, outcome=1), read(160, 161, outcome=2), read(148, 151, outcome=2)], loads), 0)

    def test_stale_is_older_than_an_invalidation_that_had_returned(self):
        writes = [read(0, 10, outcome=2), read(0, 50, outcome=3)]
        reads = [read(5, 6), read(11, 12), read(20, 21, outcome=2), read(60, 61, outcome=2), read(200, 201), read(60, 61, outcome=3)]
        found = samples.stale_after(reads, writes, lasting_ms=100)
        self.assertEqual(found, {"reads_after": 5, "stale": 3, "stale_lasting": 1, "longest_ms": 190.0})

    def test_an_invalidation_that_failed_promises_nothing(self):
        self.assertEqual(samples.stale_after([read(20, 21)], [read(0, 10, outcome=FAILED)], 100)["reads_after"], 0)


class Report(unittest.TestCase):
    def test_a_figure_that_was_not_measured_is_a_dash(self):
        self.assertEqual(report.cell({"a": {"b": 1}}, "a.b a.c", "{} / {}"), "1 / –")
        self.assertEqual(report.cell(None, "a.b", "{}"), "–")

    def test_a_ratio_is_of_what_was_measured(self):
        self.assertEqual(report.cell({"a_ms": 3.0, "b_ms": 2.0}, "a_ms b_ms", report.RATIO), "1.5 ×")


if __name__ == "__main__":
    unittest.main()
