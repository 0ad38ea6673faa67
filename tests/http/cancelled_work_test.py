#!/usr/bin/env python3
"""What the built server computes ends with the time of its request, and with the connection of who asked.

usage: cancelled_work_test.py PROGRAM
"""
import json
import os
import pathlib
import socket
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
PROGRAM = sys.argv[1]
sys.path.append(str(pathlib.Path(__file__).parent.parent / "faults"))
from server import Server  # noqa: E402

LIMIT = 2
# Takes much longer than LIMIT: distances between two graphs of 600 nodes and nearly 5,000 edges.
GRAPH = "; ".join(f"v{i} -> v{j}" for i in range(600) for j in range(i + 1, min(600, i + 9)))
LONG = {"truth": GRAPH, "guess": GRAPH.replace("v0 -> v1;", "v1 -> v0;")}


# Listing 10,000 sets takes a tenth of a second or more; the models differ in names, so that no answer is in the cache.
def listing(line):
    chains = "; ".join(f"x -> m{i}a{line} -> m{i}b -> m{i}c -> y" for i in range(12))
    return {"operation": "separators", "graph": chains, "x": "x", "y": "y", "mode": "all", "limit": 10000}


BATCH = "\n".join(json.dumps(listing(line)) for line in range(100))
WORK = {"/api/v1/compare_graphs": json.dumps(LONG), "/api/v1/batch": BATCH}


class CancelledWork(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="causal-gym-")
        self.addCleanup(folder.cleanup)
        self.server = Server(PROGRAM, folder.name + "/runs.sqlite", ["env", f"CAUSAL_GYM_REQUEST_SECONDS={self.limit()}"])
        self.addCleanup(self.server.end)

    def limit(self):
        return LIMIT if "time" in self._testMethodName else 0

    def send(self, path, body):
        host, _, port = self.server.address.removeprefix("http://").rpartition(":")
        connection = socket.create_connection((host, int(port)), timeout=60)
        self.addCleanup(connection.close)
        head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        connection.sendall((head + body).encode())
        return connection

    def used(self):
        """Seconds of processor time of the server so far."""
        fields = pathlib.Path(f"/proc/{self.server.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def assert_computes(self, seconds):
        before = self.used()
        time.sleep(seconds)
        self.assertGreater(self.used() - before, seconds / 5, "the work is too short for this test")

    def assert_idle(self):
        time.sleep(0.7)  # a closed connection is noticed within a quarter of a second
        before = self.used()
        time.sleep(1)
        self.assertLess(self.used() - before, 0.2)

    def test_a_request_whose_time_is_over_is_answered_and_computed_no_more(self):
        for path, body in WORK.items():
            with self.subTest(path):
                began = time.monotonic()
                answer = b"".join(iter(lambda c=self.send(path, body): c.recv(1 << 16), b""))
                took = time.monotonic() - began
                head, _, text = answer.partition(b"\r\n\r\n")
                self.assertTrue(head.startswith(b"HTTP/1.1 503 "), head[:100])
                error = json.loads(text)["error"]
                self.assertEqual((error["code"], error["where"]), ("cancelled", "limits.request_seconds"))
                self.assertIn(f"within {LIMIT} seconds", error["message"])
                self.assertGreaterEqual(took, LIMIT)
                self.assertLess(took, LIMIT + 5)
                self.assert_idle()

    def test_who_goes_away_ends_what_is_computed_for_them(self):
        for path, body in WORK.items():
            with self.subTest(path):
                connection = self.send(path, body)
                time.sleep(0.3)
                self.assert_computes(0.7)
                connection.close()
                self.assert_idle()
        status, value = self.server.request("/api/v1/environments")
        self.assertEqual((status, "result" in value), (200, True))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
