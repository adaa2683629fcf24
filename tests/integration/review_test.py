#!/usr/bin/env python3
"""The review platform as its visitors see it: seeded, served, written to by many at once, killed and started again.

    SLUICE=build/release/sluice tests/integration/review_test.py
"""

import concurrent.futures
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kill_test import Server  # noqa: E402

SLUICE = os.path.abspath(os.environ.get("SLUICE", "build/release/sluice"))


class ReviewTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="sluice-review-")
        self.data_dir = os.path.join(self.folder, "data")
        seeded = self.sluice("seed", "--shops", "200", "--reviews", "6000", "--seed", "3")
        self.assertIn("seeded 200 shops", seeded)
        self.server = Server(SLUICE, self.data_dir)
        self.server.start()

    def tearDown(self):
        if self.server.process.poll() is None:
            self.server.kill()
        self.server.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def sluice(self, *words):
        command = [SLUICE, *words, "--data-dir", self.data_dir]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def ask(self, method, path, body=None, token=None, headers=None):
        """(status, answer, headers) of the public listener."""
        connection = http.client.HTTPConnection(self.server.admin["public_url"].removeprefix("http://"), timeout=60)
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = "Bearer " + token
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        reply = connection.getresponse()
        text = reply.read()
        connection.close()
        return reply.status, json.loads(text) if text else None, reply.headers

    def walk(self, path, name):
        """Every item of a list, page after page."""
        items = []
        while path:
            status, page, headers = self.ask("GET", path)
            self.assertEqual(status, 200, page)
            items += page[name]
            link = headers.get("Link")
            path = link[link.index("<") + 1:link.index(">")] if link else None
        return items

    def test_lists_and_pages_agree(self):
        shops = self.walk("/v1/shops?sort=score&limit=37", "shops")
        self.assertEqual(len({shop["shop_id"] for shop in shops}), 200)
        exact = [shop["rating_sum"] / shop["reviews"] if shop["reviews"] else 0 for shop in shops]
        self.assertEqual(exact, sorted(exact, reverse=True))
        city = shops[0]["city"]
        of_city = self.walk(f"/v1/shops?city={urllib.parse.quote(city)}&limit=5", "shops")
        self.assertEqual({s["shop_id"] for s in of_city}, {s["shop_id"] for s in shops if s["city"] == city})
        hot = max(shops, key=lambda shop: shop["reviews"])
        self.assertGreater(hot["reviews"], 200)
        self.assertEqual(min(shop["reviews"] for shop in shops), 0)
        for sort in ("newest", "highest", "lowest"):
            reviews = self.walk(f"/v1/shops/{hot['shop_id']}/reviews?sort={sort}&limit=100", "reviews")
            self.assertEqual(len({review["review_id"] for review in reviews}), hot["reviews"])
            self.assertEqual(sum(review["rating"] for review in reviews), hot["rating_sum"])

    def test_what_was_answered_is_there_after_a_kill_and_scores_are_exact(self):
        tokens = [self.sluice("token", "--buyer", f"visitor {i}") for i in range(16)]
        before = self.ask("GET", "/v1/shops/7")[1]

        def write(i):
            rating = 1 + i % 5
            status, answer, _ = self.ask("POST", "/v1/shops/7/reviews", {"rating": rating, "text": "好"}, tokens[i % 16])
            return status, answer["rating"]

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(write, range(64)))
        self.assertEqual(sorted(status for status, _ in answers), [200] * 48 + [201] * 16)
        self.server.kill()
        self.server.start()
        after = self.ask("GET", "/v1/shops/7")[1]
        mine = [self.ask("GET", "/v1/shops/7/reviews/mine", token=token)[1] for token in tokens]
        self.assertEqual(after["reviews"], before["reviews"] + 16)
        self.assertEqual(after["rating_sum"], before["rating_sum"] + sum(review["rating"] for review in mine))
        listed = self.walk("/v1/shops/7/reviews", "reviews")
        self.assertEqual(sum(review["rating"] for review in listed), after["rating_sum"])

    def test_a_client_that_has_the_page_is_told_so(self):
        status, _, headers = self.ask("GET", "/v1/shops/7")
        self.assertEqual(status, 200)
        known = {"If-None-Match": headers["ETag"]}
        self.assertEqual(self.ask("GET", "/v1/shops/7", headers=known)[0], 304)
        self.server.call("PATCH", "/v1/shops/7", {"name": "新店名", "reason": "renamed"})
        status, shop, _ = self.ask("GET", "/v1/shops/7", headers=known)
        self.assertEqual((status, shop["name"]), (200, "新店名"))


if __name__ == "__main__":
    unittest.main()
