#!/usr/bin/env python3
"""Thousands of connections to one server, which answers throughout; one more than it holds is told so.

usage: connections_test.py PROGRAM
"""
import json
import os
import resource
import socket
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
PROGRAM = sys.argv[1]
sys.path.append(os.path.join(os.path.dirname(__file__), "..", "faults"))
from server import Server  # noqa: E402

MANY, FEW, SLOWEST_S = 4_000, 50, 2.0
ASK = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Connections(unittest.TestCase):
    def setUp(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < MANY + 1_000:
            resource.setrlimit(resource.RLIMIT_NOFILE, (MANY + 1_000, max(hard, MANY + 1_000)))

    def serve(self, *wrapped):
        with tempfile.TemporaryDirectory() as folder:
            server = Server(PROGRAM, os.path.join(folder, "runs.sqlite"), wrapped)
            self.addCleanup(server.end)
            return server

    def connect(self, server):
        client = socket.create_connection(("127.0.0.1", int(server.address.rsplit(":", 1)[1])), 10)
        self.addCleanup(client.close)
        return client

    @staticmethod
    def status(client):
        client.sendall(ASK)
        return int(client.recv(1_024).split(b" ", 2)[1])

    def test_thousands_are_held_though_the_soft_limit_was_low(self):
        server = self.serve("prlimit", "--nofile=1024:16384", "--")
        clients = [self.connect(server) for _ in range(MANY)]
        for client in clients[::100]:
            began = time.monotonic()
            self.assertEqual(self.status(client), 200)
            self.assertLess(time.monotonic() - began, SLOWEST_S)
        self.assertNotIn("fewer_connections", server.events())

    def test_one_too_many_is_told_and_the_others_go_on(self):
        server = self.serve("env", f"CAUSAL_GYM_CONNECTIONS={FEW}", "CAUSAL_GYM_EVENT_STREAMS=10")
        clients = [self.connect(server) for _ in range(FEW)]
        self.assertEqual({self.status(client) for client in clients}, {200})
        refused = self.connect(server)
        answer = b""
        while part := refused.recv(4_096):
            answer += part
        head, _, body = answer.partition(b"\r\n\r\n")
        self.assertIn(b"HTTP/1.1 503", head)
        self.assertIn(b"Retry-After: 1", head)
        self.assertEqual(json.loads(body)["error"]["where"], "limits.connections")
        self.assertEqual({self.status(client) for client in clients}, {200})
        clients.pop().close()
        deadline = time.monotonic() + 10
        while True:
            try:
                if self.status(self.connect(server)) == 200:
                    break
            except (ConnectionError, IndexError):
                pass  # refused before it could ask
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def test_a_hard_limit_that_is_too_low_is_said(self):
        server = self.serve("prlimit", "--nofile=512:512", "--")
        line = next(json.loads(line) for line in server.log if '"fewer_connections"' in line)
        self.assertEqual((line["connections"], line["wanted"], line["open_files"]), (256, 10_000, 512))
        self.assertEqual(self.status(self.connect(server)), 200)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
