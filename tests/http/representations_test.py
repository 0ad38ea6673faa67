#!/usr/bin/env python3
"""Answers of the built server, straight and through nginx: what a client has is not sent again, and gzip to who takes it.

usage: representations_test.py PROGRAM
"""
import gzip
import http.client
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
PROGRAM = sys.argv[1]
TESTS = pathlib.Path(__file__).parent.parent
sys.path.extend([str(TESTS / "faults"), str(TESTS / "shells")])
from nginx import Nginx  # noqa: E402
from server import Server  # noqa: E402

DOCUMENT = (TESTS.parent / "api" / "schema" / "openapi.yaml").read_bytes()
PATH = "/api/v1/openapi.yaml"


class Representations(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="causal-gym-")
        self.addCleanup(folder.cleanup)
        self.server = Server(PROGRAM, folder.name + "/runs.sqlite")
        self.addCleanup(self.server.end)
        port = int(self.server.address.rpartition(":")[2])
        nginx = Nginx([port])
        self.addCleanup(nginx.close)
        self.connections = [http.client.HTTPConnection("127.0.0.1", each, timeout=20) for each in (port, nginx.port)]
        for connection in self.connections:
            self.addCleanup(connection.close)

    def ask(self, connection, path=PATH, method="GET", **headers):
        """The answer and its body, on a connection that goes on."""
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer, answer.read()

    def test_plain_text_and_gzip_are_two_representations_of_one_document(self):
        tags = []
        for connection in self.connections:
            plain, body = self.ask(connection)
            self.assertEqual((plain.status, plain.getheader("Content-Encoding"), body), (200, None, DOCUMENT))
            coded, body = self.ask(connection, Accept_Encoding="br;q=0.9, gzip;q=0.5")
            self.assertEqual((coded.status, coded.getheader("Content-Encoding")), (200, "gzip"))
            self.assertLess(len(body), len(DOCUMENT) / 2)
            self.assertEqual(gzip.decompress(body), DOCUMENT)
            refused, body = self.ask(connection, Accept_Encoding="*, gzip;q=0")
            self.assertEqual((refused.getheader("Content-Encoding"), body), (None, DOCUMENT))
            for answer in (plain, coded, refused):
                self.assertEqual(answer.getheader("Vary"), "Accept-Encoding")
            tags.append((plain.getheader("ETag"), coded.getheader("ETag"), refused.getheader("ETag")))
        self.assertEqual(tags[0], tags[1])
        self.assertEqual(tags[0][0], tags[0][2])
        self.assertNotEqual(tags[0][0], tags[0][1])

    def test_who_has_the_bytes_is_not_sent_them(self):
        for connection in self.connections:
            for headers in ({}, {"Accept_Encoding": "gzip"}):
                first, _ = self.ask(connection, **headers)
                tag = first.getheader("ETag")
                for method in ("GET", "HEAD"):
                    again, body = self.ask(connection, method=method, If_None_Match='"x", W/' + tag, **headers)
                    self.assertEqual((again.status, body, again.getheader("ETag")), (304, b"", tag))
                other, _ = self.ask(connection, If_None_Match=tag[:-1] + 'x"', **headers)
                self.assertEqual(other.status, 200)
            missing, _ = self.ask(connection, "/api/v1/runs/none", If_None_Match="*")
            self.assertEqual((missing.status, missing.getheader("ETag")), (404, None))

    def test_a_list_that_changes_has_another_tag(self):
        connection = self.connections[0]
        empty, _ = self.ask(connection, "/api/v1/runs")
        self.server.finished(self.server.launched())
        after, body = self.ask(connection, "/api/v1/runs", If_None_Match=empty.getheader("ETag"))
        self.assertEqual(after.status, 200)
        self.assertIn(b'"finished"', body)
        again, _ = self.ask(connection, "/api/v1/runs", If_None_Match=after.getheader("ETag"))
        self.assertEqual(again.status, 304)

    def test_head_tells_of_get(self):
        for headers in ({}, {"Accept_Encoding": "gzip"}):
            get, body = self.ask(self.connections[0], **headers)
            head, nothing = self.ask(self.connections[0], method="HEAD", **headers)
            self.assertEqual(nothing, b"")
            self.assertEqual(head.getheader("Content-Length"), str(len(body)))
            for name in ("ETag", "Content-Type", "Content-Encoding", "Vary"):
                self.assertEqual(head.getheader(name), get.getheader(name))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
