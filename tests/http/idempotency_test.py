#!/usr/bin/env python3
"""Launches that are sent again: one key is one run, on any server, at once or later.

usage: idempotency_test.py PROGRAM
"""
import concurrent.futures
import json
import os
import pathlib
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
PROGRAM = sys.argv[1]
for place in ("faults", "shells"):
    sys.path.append(str(pathlib.Path(__file__).parent.parent / place))
from postgres import Postgres  # noqa: E402
from server import EXPERIMENT, Server  # noqa: E402

AT_ONCE, KEYS = 8, 10


def launch(server, key, **more):
    """(status, headers, body) of one launch."""
    request = urllib.request.Request(server.address + "/api/v1/experiments", json.dumps({**EXPERIMENT, **more}).encode(),
                                     {} if key is None else {"Idempotency-Key": key})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.headers, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, json.load(error)


class Idempotency(unittest.TestCase):
    def server(self, database):
        server = Server(PROGRAM, database)
        self.addCleanup(server.end)
        return server

    @staticmethod
    def runs(server):
        return [run["id"] for run in server.request("/api/v1/runs?limit=200")[1]["result"]["runs"]]

    def test_a_key_is_one_run_also_when_it_has_ended_and_after_a_restart(self):
        with tempfile.TemporaryDirectory() as folder:
            database = os.path.join(folder, "runs.sqlite")
            first = Server(PROGRAM, database)
            status, headers, body = launch(first, "a-key")
            self.assertEqual((status, headers["Idempotent-Replayed"]), (202, None))
            run = body["result"]["id"]
            self.assertEqual(first.finished(run), "finished")
            self.assertEqual(first.end(), 0)
            second = Server(PROGRAM, database)
            try:
                status, headers, body = launch(second, "a-key")
                self.assertEqual((status, headers["Idempotent-Replayed"], headers["Location"]), (202, "true", f"/api/v1/runs/{run}"))
                self.assertEqual(body, {"result": {"id": run, "state": "finished"}})
                status, _, body = launch(second, "a-key", trials=2)
                self.assertEqual((status, body["error"]["code"], body["error"]["where"]), (422, "conflict", "Idempotency-Key"))
                self.assertIn(run, body["error"]["message"])
                self.assertNotEqual(launch(second, "another")[2]["result"]["id"], run)
                self.assertEqual(len({launch(second, None)[2]["result"]["id"] for _ in range(3)}), 3)
                self.assertEqual(len(self.runs(second)), 5)
            finally:
                second.end()

    def test_a_key_that_is_none_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            server = Server(PROGRAM, os.path.join(folder, "runs.sqlite"))
            try:
                for key in ("", "two words", "x" * 256, "\u00fc"):
                    status, _, body = launch(server, key.encode("utf-8").decode("latin-1"))
                    self.assertEqual((status, body["error"]["where"]), (400, "Idempotency-Key"), key)
                self.assertEqual(launch(server, "x" * 255)[0], 202)
                self.assertEqual(len(self.runs(server)), 1)
            finally:
                server.end()

    def test_of_many_at_once_on_two_servers_one_makes_the_run(self):
        postgres = Postgres()
        self.addCleanup(postgres.close)
        database = postgres.url(postgres.new_database())
        servers = [self.server(database), self.server(database)]
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for key in range(KEYS):
                answers = list(pool.map(lambda i, k=key: launch(servers[i % 2], f"key-{k}"), range(AT_ONCE)))
                self.assertEqual({status for status, _, _ in answers}, {202})
                self.assertEqual(len({body["result"]["id"] for _, _, body in answers}), 1)
                self.assertEqual(sum(headers["Idempotent-Replayed"] is None for _, headers, _ in answers), 1)
        self.assertEqual(len(self.runs(servers[0])), KEYS)
        for run in self.runs(servers[0]):
            self.assertEqual(servers[0].finished(run), "finished")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
