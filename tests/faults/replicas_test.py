#!/usr/bin/env python3
"""Three servers on one PostgreSQL behind nginx: one is killed under load, then each is replaced in turn, and no request
that may be repeated fails.

usage: replicas_test.py PROGRAM
"""
import collections
import http.client
import json
import pathlib
import signal
import sys
import threading
import time
import unittest

sys.dont_write_bytecode = True
PROGRAM = sys.argv[1]
sys.path.append(str(pathlib.Path(__file__).parent.parent / "shells"))
from nginx import Nginx  # noqa: E402
from postgres import Postgres, free_port  # noqa: E402
from server import Server  # noqa: E402

REPLICAS, CLIENTS, LEAST_REQUESTS, QUIET_SECONDS = 3, 8, 1000, 0.5
# nginx leaves a server alone for 2 s after a failure: one that is replaced is to be back before the next one goes.
REST_SECONDS = 2.5
PATHS = ["/api/v1/environments", "/api/v1/environments/chain-v1", "/api/v1/runs", "/api/v1/runs/{run}", "/ready"]


class Load:
    """Clients that ask without pause, each on a connection of its own, and count what they are answered."""

    def __init__(self, port, paths):
        self.port, self.paths, self.stopping = port, paths, threading.Event()
        self.counts, self.failures = collections.Counter(), []
        self.threads = [threading.Thread(target=self._ask, args=(i,)) for i in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def _ask(self, first):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        at = first
        while not self.stopping.is_set():
            path = self.paths[at % len(self.paths)]
            at += 1
            try:
                connection.request("GET", path)
                response = connection.getresponse()
                body = response.read()
                json.loads(body or "{}")
                self.counts[response.status] += 1
                if response.status != 200:
                    self.failures.append((path, response.status, body))
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.failures.append((path, repr(error)))
                connection.close()
        connection.close()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


class Replicas(unittest.TestCase):
    def setUp(self):
        self.postgres = Postgres()
        self.addCleanup(self.postgres.close)
        self.url = self.postgres.url(self.postgres.new_database())
        self.ports = [free_port() for _ in range(REPLICAS)]
        self.servers = [self.started(port) for port in self.ports]
        self.addCleanup(lambda: [server.end() for server in self.servers])
        self.nginx = Nginx(self.ports)
        self.addCleanup(self.nginx.close)

    def started(self, port):
        return Server(PROGRAM, self.url, port=port)

    def test_one_is_killed_and_each_replaced_and_no_request_fails(self):
        run = self.servers[0].launched(trials=3)
        self.servers[0].finished(run)
        load = Load(self.nginx.port, [path.format(run=run) for path in PATHS])
        self.addCleanup(load.stop)
        time.sleep(QUIET_SECONDS)
        self.servers[1].end(signal.SIGKILL)
        time.sleep(2 * QUIET_SECONDS)
        self.servers[1] = self.started(self.ports[1])
        for i, port in enumerate(self.ports):
            time.sleep(REST_SECONDS)
            self.assertEqual(self.servers[i].end(), 0)
            self.servers[i] = self.started(port)
        time.sleep(QUIET_SECONDS)
        load.stop()
        self.assertEqual(load.failures[:3], [], self.nginx.errors()[:2000])
        self.assertGreater(load.counts[200], LEAST_REQUESTS)
        self.assertRegex(self.nginx.errors(), "refused|reset by peer|prematurely closed")  # nginx met one that was gone


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
