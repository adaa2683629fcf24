#!/usr/bin/env python3
"""The laws of the read path on the real stack: four processes, Redis and MariaDB, each stopped, killed and started again.

    SLUICE=build/release/sluice tests/stack/read_path_test.py [test…]

SLUICE_READ_PATH_EXPIRIES=1000 and SLUICE_READ_PATH_OUTAGE=30 (seconds without a database) are the long form. Loads are
those that the processes count themselves.
"""

import json
import os
import random
import shutil
import signal
import sys
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from read_path import (Cluster, EntryWatch, MonotoneReader, Reader, Readers, Visitor, events_of, times,  # noqa: E402
                       write_review)  # noqa: E402
from stack import Stack, command, until  # noqa: E402

SHOPS, REVIEWS = 500, 5_000
EXPIRIES = times("SLUICE_READ_PATH_EXPIRIES", 40)
OUTAGE = times("SLUICE_READ_PATH_OUTAGE", 5)
HOT = 7
LOADS_MAX = 2  # fewer than connections to the database: a bulkhead that leaks shows
STACK = Stack()


def setUpModule():
    STACK.up()
    command("seed", "--config", STACK.config, "--shops", str(SHOPS), "--reviews", str(REVIEWS))


def tearDownModule():
    STACK.down()


def page(shop):
    return f"/v1/shops/{shop}"


class ReadPathTest(unittest.TestCase):
    def setUp(self):
        STACK.redis("FLUSHALL")

    def cluster(self, *settings):
        cluster = Cluster(STACK, self._testMethodName, *settings)
        self.addCleanup(cluster.end)
        cluster.start()
        return cluster

    def heal_afterwards(self):
        self.addCleanup(STACK.up)

    def read_by_all(self, cluster, paths, threads=1):
        """Every path once by each thread of each process, shuffled."""
        chance = random.Random(1)
        shuffled = lambda: chance.sample(paths, len(paths))  # noqa: E731
        readers = Readers([Reader(node, shuffled(), 1) for node in cluster.nodes for _ in range(threads)])
        for reader in readers.readers:
            reader.start()
        readers.join()
        self.assertEqual(readers.wrong(), [])
        self.assertEqual(readers.reads(), len(paths) * len(readers.readers))

    def nobody_failed(self, readers, nodes, caches=("shop",)):
        """Each process answered all its readers. It may be otherwise only as often as Redis was too late for it."""
        late = {node: sum(events_of(node, cache)["outage"] for cache in caches) for node in nodes}
        wrong = {node: [each for reader in readers.readers if reader.node is node for each in reader.wrong] for node in nodes}
        print(f"{readers.reads()} reads; not as they should be {[len(each) for each in wrong.values()]}, "
              f"calls of Redis too late {list(late.values())}", file=sys.stderr)
        for node in nodes:
            self.assertLessEqual(len(wrong[node]), late[node], wrong[node][:10])

    # Breakdown: a hot page.

    def test_a_hot_page_of_four_processes_is_loaded_once_an_expiry(self):
        ttl = 300
        cluster = self.cluster(f"cache.ttl_ms={ttl}")
        started = time.monotonic()
        with EntryWatch(STACK, f"shop:{HOT}") as watch:
            with Readers([Reader(node, [page(HOT)]) for node in cluster.nodes]) as readers:
                until(lambda: cluster.events("shop")["commit_stored"] > EXPIRIES, "they expire", EXPIRIES * 2 + 30)
            elapsed = (time.monotonic() - started) * 1000
            accounted = lambda e: 0 <= e["load"] - e["commit_stored"] <= e["outage"]  # noqa: E731
            until(lambda: accounted(cluster.events("shop")), f"each load is stored: {cluster.events('shop')}", 10)
        events = cluster.events("shop")
        print(f"{readers.reads()} reads in {elapsed:.0f} ms, {events['load']} loads, {events['commit_stored']} stored, "
              f"{events['elected_early']} early elections, {events['outage']} calls of Redis too late", file=sys.stderr)
        self.assertEqual(readers.wrong(), [])
        self.assertGreater(min(reader.reads for reader in readers.readers), EXPIRIES)
        self.assertGreater(readers.reads(), 5 * events["load"])
        # A load follows an expiry, which takes 0.9 of the ttl at least, or an early election, which is counted.
        self.assertLessEqual(events["load"], elapsed / (0.9 * ttl) + 1 + events["elected_early"] + events["outage"])
        ticket = int(STACK.redis("HGET", f"sluice:cache:{{shop:{HOT}}}:m", "ticket"))  # leases that were given
        self.assertTrue(events["commit_stored"] <= ticket <= events["commit_stored"] + events["outage"], ticket)
        self.judge_spacing(watch.versions, ttl)

    def judge_spacing(self, versions, ttl):
        """Two loads of one expiry would be as close as the loads take. XFetch elects earlier than `early` before the soft
        end once in e^20 reads."""
        tickets = sorted(versions)
        self.assertGreater(len(tickets), EXPIRIES * 0.8, "the watch saw most versions")
        early = {ticket: 20 * (version.load + 1) for ticket, version in versions.items()}
        judged, most = 0, max(early.values())
        for old, new in zip(tickets, tickets[1:]):
            apart = versions[new].soft - versions[old].soft
            least = 0.9 * ttl * (new - old) - early[old] - most * (new - old - 1) - 2
            judged += least > 0
            self.assertGreaterEqual(apart, least, (old, new, versions[old], versions[new]))
        print(f"{len(tickets)} versions seen, {judged} of their distances judged", file=sys.stderr)
        self.assertGreater(judged, 0, early)

    # Avalanche: many pages at once.

    def test_pages_that_expire_together_are_loaded_a_few_at_a_time_and_nobody_fails_or_waits(self):
        ttl, pages = 2_000, [page(shop + 1) for shop in range(SHOPS)]
        cluster = self.cluster(f"cache.ttl_ms={ttl}", f"cache.loads_max={LOADS_MAX}")
        self.heal_afterwards()
        started = time.monotonic()
        self.read_by_all(cluster, pages, threads=3)  # nothing is there: everybody asks for everything
        cold = cluster.events("shop")
        expiries = 1 + (time.monotonic() - started) * 1000 / (0.9 * ttl)
        self.assertLessEqual(cold["load"], SHOPS * int(expiries) + cold["elected_early"] + cold["outage"])
        self.assertGreaterEqual(cold["load"], SHOPS)

        def expired():
            visitor, before = Visitor(cluster.nodes[0]), cluster.events("shop")["load"]
            until(lambda: visitor.get(pages[-1])[0] == 200 and cluster.events("shop")["load"] > before, "an expiry")
            return before

        before = expired()
        self.read_by_all(cluster, pages, threads=3)
        until(lambda: cluster.events("shop")["load"] - before > SHOPS / 2, "the others had expired as well")
        stale = cluster.events("shop")
        self.assertLessEqual(stale["loaded"] - cold["loaded"], stale["outage"] - cold["outage"], "who had a stale copy did not wait")
        self.assertGreater(stale["l1_stale"] + stale["l2_stale"], cold["l1_stale"] + cold["l2_stale"])
        self.assertEqual(max(cluster.peaks()), LOADS_MAX, "there was a crowd, and it was held back")

        STACK.kill("redis")
        expired()
        self.read_by_all(cluster, pages, threads=3)
        self.assertTrue(all(events_of(node, "shop")["outage"] for node in cluster.nodes), "each was on its own")
        self.assertEqual(max(cluster.peaks()), LOADS_MAX)

    # Penetration: what exists nowhere.

    def absent(self, count):
        """Distinct paths far beyond the largest ids, where no id can have been handed out since the filter looked."""
        shops, goods = (int(STACK.sql(f"SELECT MAX({name}_id) FROM {table}")[0][0])
                        for name, table in (("shop", "shops"), ("goods", "goods")))
        first, chance = max(shops, goods) + 10_000_000, random.Random(2)
        ids = chance.sample(range(first, 2**53), count)
        return [f"/v1/{'shops' if i % 2 else 'goods'}/{id}" for i, id in enumerate(ids)]

    def ask_absent(self, cluster, paths):
        """By all four, each a part, many at a time."""
        def ask(number):
            visitor, mine = Visitor(cluster.nodes[number]), paths[number::len(cluster.nodes)]
            statuses = {status for i in range(0, len(mine), 50) for status, _ in visitor.get_all(mine[i:i + 50])}
            visitor.close()
            return statuses
        with ThreadPoolExecutor(len(cluster.nodes)) as pool:
            self.assertEqual(set().union(*pool.map(ask, range(len(cluster.nodes)))), {404})

    def count_absent(self, cluster):
        return cluster.events("shop") + cluster.events("goods")

    def test_an_absent_id_asked_again_and_again_costs_one_load(self):
        cluster, paths = self.cluster(), self.absent(200)
        started = time.monotonic()
        for shift in range(8):  # each id by each process, twice
            self.ask_absent(cluster, paths[shift:] + paths[:shift])
        believed = 1 + int((time.monotonic() - started) / 5)  # null_ttl: "there is none" is kept for so long
        events = self.count_absent(cluster)
        self.assertLessEqual(events["load"], len(paths) * believed + events["outage"])

    def test_absent_ids_end_at_the_existence_filter(self):
        cluster, paths = self.cluster(), self.absent(21_000)

        def filtered():
            for path in (paths.pop(), paths.pop()):  # a shop and goods
                self.ask_absent(cluster, [path] * len(cluster.nodes))
            return all(events_of(node, cache)["absent_by_filter"] for node in cluster.nodes for cache in ("shop", "goods"))
        until(filtered, "the existence filter of every process answers", 10)
        before = self.count_absent(cluster)
        self.ask_absent(cluster, paths[:20_000])
        after = self.count_absent(cluster)
        self.assertLessEqual(after["load"] - before["load"], 200)
        self.assertGreaterEqual(after["absent_by_filter"] - before["absent_by_filter"], 19_800)
        self.assertLessEqual(max(cluster.peaks()), 16)

    # Redis and MariaDB away.

    def test_pages_are_read_while_redis_hangs_dies_and_comes_back_empty(self):
        cluster = self.cluster("cache.ttl_ms=500", f"cache.loads_max={LOADS_MAX}")
        known = [page(shop + 1) for shop in range(40)]
        self.read_by_all(cluster, known)
        self.heal_afterwards()

        def breakers(state):
            until(lambda: set(cluster.breakers()) == {state}, f"every breaker: {cluster.breakers()}, wanted {state}")
        with Readers([Reader(node, known) for node in cluster.nodes]) as readers:
            breakers(0)
            STACK.signal("redis", signal.SIGSTOP)
            try:
                breakers(1)
            finally:
                STACK.signal("redis", signal.SIGCONT)
            breakers(0)
            STACK.kill("redis")
            breakers(1)
            shutil.rmtree(os.path.join(STACK.directory, "redis", "appendonlydir"))  # nothing is remembered
            STACK.up()
            breakers(0)
            stored = cluster.events("shop")["commit_stored"]
            until(lambda: cluster.events("shop")["commit_stored"] >= stored + len(known), "it is used again")
        self.assertEqual(readers.wrong(), [])
        self.assertLessEqual(max(cluster.peaks()), LOADS_MAX)
        self.assertGreater(min(reader.reads for reader in readers.readers), len(known))

    def test_pages_that_were_read_are_shown_while_the_database_is_away(self):
        cluster = self.cluster("cache.ttl_ms=500")
        self.heal_afterwards()
        known = [page(shop + 1) for shop in range(40)]
        with Readers([Reader(node, known, 1) for node in cluster.nodes[:3]]) as warm:
            warm.join()
        STACK.kill("mariadb")
        end = time.monotonic() + OUTAGE
        # The fourth has read nothing yet: it lives on what the others stored in Redis.
        with Readers([Reader(node, known) for node in cluster.nodes]) as readers:
            until(lambda: time.monotonic() > end and cluster.events("shop")["load_failed"] > 1, "loads fail", OUTAGE + 60)
            during = readers.reads()
            STACK.up()
            STACK.sql(f"UPDATE shops SET name = 'fresh again' WHERE shop_id = {HOT}")  # no word of it: only a load shows it
            shown = lambda: all(json.loads(body).get("name") == "fresh again" for _, body in cluster.get(page(HOT)))  # noqa: E731
            until(shown, "all show what is in the database now")
        self.assertEqual(warm.wrong(), [])
        self.nobody_failed(readers, cluster.nodes)
        self.assertGreater(during, 4 * len(known))

    # Writes.

    def token(self, buyer):
        return command("token", "--config", STACK.config, "--buyer", buyer).stdout.strip()

    def drained(self):
        until(lambda: STACK.sql("SELECT COUNT(*) FROM invalidations") == [["0"]], "the outbox is drained")

    LISTED = page(HOT) + "/reviews?sort=newest&limit=100"

    @staticmethod
    def value_of(path, shown):
        """Grows with every write of the test."""
        if path == page(HOT):
            return shown["rating_sum"]
        return sum(review["rating"] for review in shown["reviews"] if review["text"].startswith("racer"))

    def test_what_is_written_through_one_process_is_shown_by_all_and_never_unshown(self):
        cluster = self.cluster("cache.ttl_ms=600000")  # nothing but a word of the write makes a page new
        before = json.loads(cluster.get(page(HOT))[0][1])
        buyers = [f"racer {i:02}" for i in range(40)]
        with ThreadPoolExecutor(4) as pool:
            tokens = list(pool.map(self.token, buyers))

        def write_all(number):
            for rating in (1, 2, 3, 4, 5):
                write_review(cluster.nodes[0], HOT, tokens[number], rating, f"{buyers[number]} gives {rating}")
        readers = []
        for node in cluster.nodes:
            floors = {}
            readers += [MonotoneReader(node, [page(HOT), self.LISTED], self.value_of, floors) for _ in range(2)]
        with Readers(readers) as reading:
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(write_all, range(len(buyers))))
            self.drained()
            wanted = (before["reviews"] + 40, before["rating_sum"] + 200, {f"{buyer} gives 5" for buyer in buyers})

            def shown():
                shops = [json.loads(body) for _, body in cluster.get(page(HOT))]
                lists = [json.loads(body)["reviews"] for _, body in cluster.get(self.LISTED)]
                texts = [{review["text"] for review in each if review["text"].startswith("racer")} for each in lists]
                return [(shop["reviews"], shop["rating_sum"], each) for shop, each in zip(shops, texts)]
            until(lambda: all(each == wanted for each in shown()), f"all show it: {wanted}", 30)
        self.nobody_failed(reading, cluster.nodes, ("shop", "reviews", "reviews-page"))
        self.assertGreater(reading.reads(), 200)

    def test_a_write_while_redis_hangs_is_shown_by_all_once_the_outbox_is_drained(self):
        cluster = self.cluster("cache.ttl_ms=600000")
        old = [json.loads(body)["reviews"] for _, body in cluster.get(page(HOT))]
        token = self.token("late")
        STACK.signal("redis", signal.SIGSTOP)
        try:
            write_review(cluster.nodes[0], HOT, token, 5, "while it hung")
            self.assertNotEqual(STACK.sql("SELECT COUNT(*) FROM invalidations"), [["0"]], "it is not forgotten")
        finally:
            STACK.signal("redis", signal.SIGCONT)
        self.drained()
        new = [count + 1 for count in old]
        until(lambda: [json.loads(body)["reviews"] for _, body in cluster.get(page(HOT))] == new, "all show it", 30)


if __name__ == "__main__":
    unittest.main(verbosity=2)
