#!/usr/bin/env python3
"""Thousands of clients that send slowly, ask for many ranges, or read slowly (slowhttptest, all of its four modes): others
are answered in time all the while, those that are too slow are cut off, and what the server holds for them is bounded.

usage: slow_clients_test.py PROGRAM
"""
import collections
import http.client
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.dont_write_bytecode = True
PROGRAM = sys.argv[1]
from server import Server  # noqa: E402

CONNECTIONS, OPEN_FILES = 4000, 12_000
CONNECTIONS_PER_SECOND = 500
PROBE_SECONDS, MOST_PROBE_SECONDS = 0.1, 2
# A request has 30 s to arrive and a response 30 s to leave.
CUT_OFF_SECONDS, LONG_SECONDS = 35, 60
MOST_SERVER_BYTES = 512 << 20
QUERY = "/api/v1/ask"
PROBES = {"/health": None, QUERY: json.dumps({"model": "chain-v1", "query": "P(fire)"})}


class Prober:
    """Asks on a new connection again and again, whatever became of the ones before."""

    def __init__(self, port):
        self.port, self.answers, self.stopping = port, [], threading.Event()
        self.threads = [threading.Thread(target=self._begin)]
        self.threads[0].start()

    def _begin(self):
        while not self.stopping.wait(PROBE_SECONDS):
            for path in PROBES:
                self.threads.append(threading.Thread(target=self._ask, args=(path,)))
                self.threads[-1].start()

    def _ask(self, path):
        begin = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=4 * MOST_PROBE_SECONDS)
        try:
            connection.request("GET" if PROBES[path] is None else "POST", path, PROBES[path], {"Content-Type": "application/json"})
            response = connection.getresponse()
            response.read()
            answer = response.status
        except (OSError, http.client.HTTPException) as error:
            answer = repr(error)
        finally:
            connection.close()
        self.answers.append((path, answer, time.monotonic() - begin))

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        return self.answers


class SlowClients(unittest.TestCase):
    def setUp(self):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.assertTrue(most == resource.RLIM_INFINITY or most >= OPEN_FILES, f"the hard limit of open files is {most}: ulimit -Hn")
        resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, most))
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.server = Server(PROGRAM, os.path.join(folder, "runs.sqlite"))
        self.addCleanup(self.server.end)
        self.port = int(self.server.address.rpartition(":")[2])
        self.own = self.open_sockets()

    def attack(self, *options, path, seconds=LONG_SECONDS):
        """Begun; until its connections are closed or the time is over."""
        process = subprocess.Popen(["slowhttptest", *map(str, options), "-c", str(CONNECTIONS), "-r", str(CONNECTIONS_PER_SECOND), "-l",
                                    str(seconds), "-u", self.server.address + path],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def open_sockets(self):
        count = 0
        for each in os.scandir(f"/proc/{self.server.process.pid}/fd"):
            try:
                count += os.readlink(each.path).startswith("socket:")
            except FileNotFoundError:
                pass
        return count

    def answered(self, path):
        return sum(f'"path":"{path}"' in line for line in self.server.log)

    def unsent_bytes(self):
        """What the kernel holds for the server's clients, those of connections that the server has closed included."""
        total = 0
        for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            if int(fields[1].partition(":")[2], 16) == self.port and fields[3] != "0A":
                total += int(fields[4].partition(":")[0], 16)
        return total

    def largest_bytes(self):
        status = pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) << 10

    def wait_until(self, condition, seconds, what):
        begin = time.monotonic()
        while not condition():
            self.assertLess(time.monotonic() - begin, seconds, f"{what()}\n{self.server.events()}")
            time.sleep(0.2)
        return time.monotonic() - begin

    def wait_for_sockets(self, holds, seconds):
        return self.wait_until(lambda: holds(self.open_sockets() - self.own), seconds, lambda: f"{self.open_sockets()} sockets are open")

    def check_answers(self, answers, least):
        self.assertGreater(len(answers), least)
        slowest = max(seconds for *_, seconds in answers)
        counts = collections.Counter(each[:2] for each in answers)
        # A query may find all workers taken for a moment, and is told so; what needs no worker may not.
        busy = counts.pop((QUERY, 503), 0)
        self.assertLess(busy, len(answers) / 40, counts)
        late = [each for each in answers if each[1] not in (200, 503) or each[2] > MOST_PROBE_SECONDS]
        self.assertEqual(set(counts), {("/health", 200), (QUERY, 200)}, counts)
        print(f"{len(answers)} probes, {busy} told to come again, the slowest {slowest:.3f} s, {self.largest_bytes() >> 20} MiB")
        self.assertEqual(late, [], counts)

    def test_slow_senders_are_cut_off_and_hinder_nobody(self):
        prober = Prober(self.port)
        self.addCleanup(prober.stop)
        self.attack("-H", "-i", 10, path="/")
        self.attack("-B", "-i", 10, "-s", 8192, path=QUERY)
        self.wait_for_sockets(lambda count: count >= 2 * CONNECTIONS, 25)
        seconds = self.wait_for_sockets(lambda count: count < CONNECTIONS // 100, CUT_OFF_SECONDS)
        print(f"cut off after {seconds:.1f} s")
        self.check_answers(prober.stop(), 200)

    def test_slow_readers_are_cut_off_and_hinder_nobody(self):
        prober = Prober(self.port)
        self.addCleanup(prober.stop)
        self.attack("-R", "-t", "GET", path="/", seconds=20)
        self.attack("-X", "-w", 10, "-y", 20, "-n", 5, "-z", 32, "-k", 3, path="/docs")
        for path in ("/", "/docs"):
            self.wait_until(lambda: self.answered(path) >= CONNECTIONS, 30, lambda: f"{self.answered(path)} of {path} are answered")
        unsent = self.unsent_bytes()
        seconds = self.wait_for_sockets(lambda count: count < CONNECTIONS // 100, CUT_OFF_SECONDS)
        print(f"cut off after {seconds:.1f} s; the kernel held {unsent >> 20} MiB")
        self.check_answers(prober.stop(), 200)
        self.assertEqual(self.unsent_bytes(), 0)
        self.assertLess(self.largest_bytes(), MOST_SERVER_BYTES)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
