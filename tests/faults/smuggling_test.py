#!/usr/bin/env python3
"""Requests of which two readers could see different ends (request smuggling), sent to the server itself and through nginx
with kept connections: each is answered as smuggling/requests.txt says, what nginx was answered and what the server handled
are the same requests, none that was hidden in another is handled, and whoever comes next gets an answer of their own.

usage: smuggling_test.py PROGRAM
"""
import json
import os
import pathlib
import re
import select
import socket
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
PROGRAM = sys.argv[1]
FOLDER = pathlib.Path(__file__).parent
sys.path.append(str(FOLDER.parent / "shells"))
from nginx import Nginx  # noqa: E402
from server import Server  # noqa: E402

MOST_SECONDS, QUIET_SECONDS = 10, 0.15
HIDDEN = "GET /smuggled HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n"
WAYS = {
    "direct": None,
    # As the operators' document has it: bodies are read before they are passed on.
    "nginx": "",
    # As little as nginx can be made to look at.
    "nginx that passes all": "proxy_request_buffering off; ignore_invalid_headers off; underscores_in_headers on;",
}


class Case:
    """`== name`, a line `way: STATUS... open|closed` for each way, and the bytes: lines whose ends do not count."""

    def __init__(self, text):
        self.name, *lines = text.strip("\n").split("\n")
        self.answers = {}
        while lines and (found := re.fullmatch(f"({'|'.join(WAYS)}): ([0-9 ]+) (open|closed)", lines[0])):
            self.answers[found[1]] = ([int(each) for each in found[2].split()], found[3])
            lines.pop(0)
        raw = "".join(lines).replace("{smuggled}", HIDDEN)
        self.bytes = raw.encode("ascii").decode("unicode_escape").encode("latin-1")

    def expected(self, way):
        return self.answers.get(way) or self.answers["nginx"]


def read_cases():
    text = re.sub("^#.*\n", "", (FOLDER / "smuggling" / "requests.txt").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [Case(each) for each in re.split("^== ", text, flags=re.MULTILINE)[1:]]


class Reader:
    """Takes the responses off a connection."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), MOST_SECONDS)
        self.bytes, self.ended = b"", False

    def receive(self, seconds):
        """False when nothing came in that time."""
        if self.ended or not select.select([self.socket], [], [], seconds)[0]:
            return False
        try:
            more = self.socket.recv(65536)
        except ConnectionError:
            more = b""
        self.bytes += more
        self.ended = not more
        return True

    def take(self, seconds, is_head):
        """(status, headers, body) of the next response, or None."""
        deadline = time.monotonic() + seconds
        while True:
            head, end, rest = self.bytes.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
            size = 0 if is_head or not end else int(headers.get("content-length", 0))
            if end and len(rest) >= size:
                self.bytes = rest[size:]
                return int(lines[0].split()[1]), headers, rest[:size]
            if not self.receive(max(0, deadline - time.monotonic())):
                return None

    def close(self):
        self.socket.close()


class Smuggling(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.server = Server(PROGRAM, os.path.join(folder, "runs.sqlite"))
        self.addCleanup(self.server.end)
        self.taken = 0

    def port_of(self, way):
        port = int(self.server.address.rpartition(":")[2])
        if WAYS[way] is None:
            return port
        nginx = Nginx([port], WAYS[way])
        self.addCleanup(nginx.close)
        return nginx.port

    def answers_to(self, case, way, port):
        """The responses, and whether the connection stays open."""
        expected, end = case.expected(way)
        reader = Reader(port)
        self.addCleanup(reader.close)
        reader.socket.sendall(case.bytes)
        responses = []
        is_head = case.bytes.startswith(b"HEAD")
        while True:
            missing = len(responses) < len(expected)
            response = reader.take(MOST_SECONDS if missing else QUIET_SECONDS, is_head)
            if response is None:
                break
            if response[0] != 100:
                responses.append(response)
        while not reader.ended and reader.receive(MOST_SECONDS if end == "closed" else 0):
            pass
        reader.close()
        if reader.bytes and not reader.bytes.startswith(b"HTTP/"):
            responses.append((0, {}, reader.bytes))
        else:
            self.assertEqual(reader.bytes, b"")
        return responses, "closed" if reader.ended else "open"

    def handled_before(self, innocent):
        """The requests that the server logged since the last time, up to that one."""
        deadline = time.monotonic() + MOST_SECONDS
        while True:
            lines = [json.loads(line) for line in self.server.log[self.taken:] if '"event":"request"' in line or innocent in line]
            ids = [line.get("request_id") for line in lines]
            if innocent in ids:
                self.taken = len(self.server.log)
                return lines[:ids.index(innocent)]
            self.assertLess(time.monotonic(), deadline, self.server.log[self.taken:])
            time.sleep(0.005)

    def check_innocent(self, name, port):
        """On another connection: their answer is theirs."""
        reader = Reader(port)
        reader.socket.sendall(f"GET /api/v1/environments/chain-v1 HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: {name}\r\nConnection: close\r\n\r\n".encode())
        status, headers, body = reader.take(MOST_SECONDS, False)
        reader.close()
        self.assertEqual((status, headers.get("x-request-id")), (200, name))
        self.assertEqual(json.loads(body)["result"]["id"], "chain-v1")

    def check_case(self, case, way, port):
        expected = case.expected(way)
        responses, end = self.answers_to(case, way, port)
        innocent = f"innocent-{case.name}"
        self.check_innocent(innocent, port)
        handled = self.handled_before(innocent)
        statuses = [status for status, *_ in responses]
        self.assertEqual((statuses, end), expected)
        # nginx answers some itself; what comes from the server has its id, and none if it comes without head.
        received = [headers.get("x-request-id") for status, headers, _ in responses if status == 0 or "x-request-id" in headers]
        ids = [line["request_id"] for line in handled]
        self.assertEqual(len(received), len(ids), handled)
        self.assertEqual([each or ids[i] for i, each in enumerate(received)], ids)
        hidden = [line["path"] for line in handled].count("/smuggled")
        self.assertLessEqual(hidden, 0 if way == "direct" else len(statuses) - 1)

    def test_front_and_back_see_the_same_requests(self):
        for way in WAYS:
            port = self.port_of(way)
            self.check_innocent("first", port)
            self.handled_before("first")
            for case in read_cases():
                with self.subTest(case=case.name, way=way):
                    self.check_case(case, way, port)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
