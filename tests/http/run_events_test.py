#!/usr/bin/env python3
"""The events of a run from the built server, straight and through nginx: one by one, and resumed where a connection was cut.

usage: run_events_test.py PROGRAM
"""
import datetime
import json
import pathlib
import resource
import socket
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
PROGRAM = sys.argv[1]
TESTS = pathlib.Path(__file__).parent.parent
sys.path.extend([str(TESTS / "faults"), str(TESTS / "shells")])
from nginx import Nginx  # noqa: E402
from server import Server  # noqa: E402

EPISODES = 240
EXPERIMENT = {"environments": ["asia-v1"], "agents": ["ideal", "seeing"], "trials": EPISODES // 2}
STREAMS = 1000
MOST_BYTES = 10 << 10  # of an idle stream


class Stream:
    """The answer to GET /events on a connection of its own."""

    def __init__(self, port, run, last=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        resumed = f"Last-Event-ID: {last}\r\n" if last else ""
        self.socket.sendall(f"GET /api/v1/runs/{run}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n{resumed}\r\n".encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = {}
        while (line := self.file.readline().strip()):
            name, _, value = line.decode().partition(": ")
            self.headers[name.lower()] = value

    def lines(self):
        """Of the body, whose chunks end wherever they like."""
        rest = b""
        while size := int(self.file.readline() or b"0", 16):
            *lines, rest = (rest + self.file.read(size)).split(b"\n")
            self.file.readline()
            yield from lines

    def events(self):
        """(id, kind, data) of each event, with its time."""
        fields = {}
        for line in self.lines():
            name, _, value = line.decode().partition(": ")
            fields[name] = value
            if line == b"" and "event" in fields:
                yield fields["id"], fields["event"], json.loads(fields["data"]), time.monotonic()
            if line == b"":
                fields = {}

    def close(self):
        self.file.close()
        self.socket.close()


class RunEvents(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="causal-gym-")
        self.addCleanup(self.folder.cleanup)

    def serve(self, **variables):
        server = Server(PROGRAM, self.folder.name + "/runs.sqlite", ["env", *(f"{name}={value}" for name, value in variables.items())])
        self.addCleanup(server.end)
        return server, int(server.address.rpartition(":")[2])

    def open(self, *what):
        stream = Stream(*what)
        self.addCleanup(stream.close)
        return stream

    def change(self, port, run, what):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(f"POST /api/v1/runs/{run}/{what} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode())
            self.assertIn(b" 204 ", connection.makefile("rb").readline())

    def paused_run(self, server, port):
        status, value = server.request("/api/v1/experiments", EXPERIMENT)
        self.assertEqual(status, 202)
        run = value["result"]["id"]
        self.change(port, run, "pause")
        return run

    def assert_whole(self, events):
        """Each episode once, in order, between the states; then the end."""
        told = [data["finished"] for _, kind, data, _ in events if kind == "episode"]
        self.assertEqual(told, list(range(1, EPISODES + 1)))
        self.assertEqual([kind for _, kind, _, _ in events].count("done"), 1)
        self.assertEqual(events[-1][1:3], ("done", {"state": "finished", "finished": EPISODES, "planned": EPISODES}))
        ids = [event[0] for event in events]
        self.assertEqual(len(set(ids)), len(ids) - self.repeated_states(events), "an id names one event")

    @staticmethod
    def repeated_states(events):
        """A run that is paused and goes on again comes back to a state at the same count of episodes."""
        states = [identity for identity, kind, _, _ in events if kind == "state"]
        return sum(states.count(each) - 1 for each in set(states))

    @staticmethod
    def seconds_played(server):
        """From the last start of the server's run to its end, as the log has it."""
        deadline = time.monotonic() + 10
        while not (ended := [line for line in server.log if '"run_finished"' in line]):
            assert time.monotonic() < deadline, server.events()
            time.sleep(0.02)
        begun = [line for line in server.log if '"run_started"' in line]
        at = [datetime.datetime.fromisoformat(json.loads(lines[-1])["ts"].replace("Z", "+00:00")) for lines in (begun, ended)]
        return (at[1] - at[0]).total_seconds()

    def test_through_nginx_events_arrive_one_after_the_other(self):
        server, port = self.serve()
        nginx = Nginx([port])
        self.addCleanup(nginx.close)
        run = self.paused_run(server, port)
        stream = self.open(nginx.port, run)
        self.assertEqual((stream.status, stream.headers["content-type"], stream.headers["cache-control"]), (200, "text/event-stream", "no-store"))
        events = stream.events()
        seen = [next(events)]
        while seen[-1][1] != "state" or seen[-1][2]["state"] != "interrupted":
            seen.append(next(events))
        self.change(port, run, "retry")
        resumed = time.monotonic()
        seen += events
        self.assert_whole(seen)
        times = [at for _, kind, _, at in seen if kind != "done" and at > resumed]
        self.assertEqual(server.state(run), "finished")
        # Held back, they would all come at once at the end; a look is 250 ms behind at most, and some.
        self.assertGreater(seen[-1][3] - times[0], self.seconds_played(server) / 3)
        self.assertLess(max(after - before for before, after in zip(times, times[1:])), 2)

    def test_what_a_cut_connection_did_not_bring_the_next_one_does(self):
        servers = [self.serve() for _ in range(2)]
        nginx = Nginx([port for _, port in servers])
        self.addCleanup(nginx.close)
        (server, port), _ = servers
        run = self.paused_run(server, port)
        stream = self.open(nginx.port, run)
        events, seen, cuts = stream.events(), [], 0
        seen.append(next(events))
        self.change(port, run, "retry")
        while seen[-1][1] != "done":
            for count, event in enumerate(events):
                seen.append(event)
                if count == 25 or event[1] == "done":
                    break
            stream.close()
            cuts += 1
            self.assertLess(cuts, EPISODES, "it does not get on")
            if seen[-1][1] != "done":
                # By turns through nginx, and from one server and the other.
                stream = self.open((nginx.port, servers[0][1], servers[1][1])[cuts % 3], run, seen[-1][0])
                self.assertEqual(stream.status, 200)
                events = stream.events()
        self.assertGreaterEqual(cuts, EPISODES // 30)
        self.assert_whole(seen)
        self.assertEqual(self.open(nginx.port, run, seen[-1][0]).status, 204, "nothing is left to tell")
        whole = list(self.open(port, run).events())
        self.assertEqual([event[2] for event in whole], [event[2] for event in seen if event[1] == "episode" or event[1] == "done"])

    def test_what_is_wrong_is_said(self):
        server, port = self.serve(CAUSAL_GYM_EVENT_STREAMS=2)
        run = self.paused_run(server, port)
        for target, headers, expected, where in ((f"/api/v1/runs/{run}/events", "x", 400, "Last-Event-ID"), ("/api/v1/runs/none/events", None, 404, "run")):
            stream = self.open(port, target.split("/")[4], headers)
            self.assertEqual((stream.status, json.loads(stream.file.read(int(stream.headers["content-length"])))["error"]["where"]), (expected, where))
        first, _ = self.open(port, run), self.open(port, run)
        refused = self.open(port, run)
        self.assertEqual((refused.status, refused.headers["retry-after"]), (503, "1"))
        self.assertEqual(json.loads(refused.file.read(int(refused.headers["content-length"])))["error"]["where"], "limits.event_streams")
        first.close()
        deadline = time.monotonic() + 10
        while self.open(port, run).status != 200:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def test_a_server_that_stops_ends_its_streams(self):
        server, port = self.serve()
        run = self.paused_run(server, port)
        stream = self.open(port, run)
        self.assertEqual(stream.headers["x-accel-buffering"], "no")
        events = stream.events()
        next(events)
        began = time.monotonic()
        server.process.terminate()
        rest = list(events)
        self.assertNotIn("done", [kind for _, kind, _, _ in rest])
        self.assertEqual(server.process.wait(20), 0)
        self.assertLess(time.monotonic() - began, 5)

    def test_an_open_stream_costs_little(self):
        most, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(most, STREAMS + 500), hard))
        server, port = self.serve(CAUSAL_GYM_EVENT_STREAMS=STREAMS)
        run = self.paused_run(server, port)

        def resident():
            status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
            return int(status.partition("VmRSS:")[2].split()[0]) << 10

        next(self.open(port, run).events())
        before = resident()
        streams = [self.open(port, run) for _ in range(STREAMS - 1)]
        for stream in streams:
            next(stream.events())
        time.sleep(0.5)
        each = (resident() - before) / len(streams)
        print(f"{each:.0f} bytes of memory for each of {len(streams)} open streams")
        self.assertGreater(each, 0)
        self.assertLess(each, MOST_BYTES)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
