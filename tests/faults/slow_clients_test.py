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
# A request has 30 s to arrive or a response 30 s to leave: no client here is slow at both. Beside that it waits for its turn among
# thousands, and for a moment after the server has closed.
CUT_OFF_SECONDS, MOST_SECONDS, LEAST_PROBES = 45, 120, 200
MOST_SERVER_BYTES = 512 << 20
# Of /proc/net/tcp: established, closed by the server with bytes to send, closed by the client.
OPEN_STATES = ("01", "04", "08")
QUERY = "/api/v1/ask"
PROBES = {"/health": None, QUERY: json.dumps({"model": "chain-v1", "query": "P(fire)"})}


class Prober:
    """Asks on a new connection again and again, whatever became of the ones before: the server that is attacked, and one that
    is not, which shows what the machine itself makes one wait."""

    def __init__(self, attacked, quiet):
        self.ports, self.answers, self.stopping = (attacked, quiet), ([], []), threading.Event()
        self.threads = [threading.Thread(target=self._begin)]
        self.threads[0].start()

    def _begin(self):
        while not self.stopping.wait(PROBE_SECONDS):
            for path in PROBES:
                for port, answers in zip(self.ports, self.answers):
                    self.threads.append(threading.Thread(target=self._ask, args=(path, port, answers)))
                    self.threads[-1].start()

    def _ask(self, path, port, answers):
        begin = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10 * MOST_PROBE_SECONDS)
        try:
            connection.request("GET" if PROBES[path] is None else "POST", path, PROBES[path], {"Content-Type": "application/json"})
            response = connection.getresponse()
            response.read()
            answer = response.status
        except (OSError, http.client.HTTPException) as error:
            answer = repr(error)
        finally:
            connection.close()
        answers.append((path, answer, time.monotonic() - begin))

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
        self.server, quiet = self.started(), self.started()
        self.port, quiet_port = (int(each.address.rpartition(":")[2]) for each in (self.server, quiet))
        self.first_seen, self.longest = {}, 0
        self.prober = Prober(self.port, quiet_port)
        self.addCleanup(self.prober.stop)

    def started(self):
        server = Server(PROGRAM, os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "runs.sqlite"))
        self.addCleanup(server.end)
        return server

    def attack(self, *options, path):
        process = subprocess.Popen(["slowhttptest", *map(str, options), "-c", str(CONNECTIONS), "-r", str(CONNECTIONS_PER_SECOND), "-l",
                                    str(MOST_SECONDS), "-u", self.server.address + path],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def answered(self, path):
        return sum(f'"path":"{path}"' in line for line in self.server.log)

    def look(self):
        """How many connections the server has, those that it has closed and the kernel still sends for included, and how many
        bytes the kernel holds for them; notes how long each has been there."""
        now, count, unsent = time.monotonic(), 0, 0
        for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
            _, local, remote, state, queues, *_ = line.split()
            if int(local.partition(":")[2], 16) == self.port and state in OPEN_STATES:
                self.first_seen.setdefault(remote, now)
                self.longest = max(self.longest, now - self.first_seen[remote])
                count += 1
                unsent += int(queues.partition(":")[0], 16)
        return count, unsent

    def largest_bytes(self):
        status = pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) << 10

    def wait_until(self, condition):
        """The condition is given how many connections there are."""
        deadline = time.monotonic() + MOST_SECONDS
        while not condition(count := self.look()[0]):
            if time.monotonic() > deadline:
                paths = collections.Counter(line.partition('"path":"')[2].partition('"')[0] for line in self.server.log)
                self.fail(f"{count} connections, answered: {paths}\n{self.server.events()}")
            time.sleep(0.25)

    def check_attack(self):
        """Waits until all slow clients are gone, and looks at what others were answered."""
        self.wait_until(lambda count: count < CONNECTIONS // 100)
        answers, quiet = self.prober.stop()
        self.wait_until(lambda count: count == 0)
        self.assertGreater(len(answers), LEAST_PROBES)
        slowest, slowest_quiet = (max(seconds for *_, seconds in each) for each in (answers, quiet))
        counts = collections.Counter(each[:2] for each in answers)
        # A query may find all workers taken for a moment, and is told so; what needs no worker may not.
        busy = counts.pop((QUERY, 503), 0)
        print(f"{len(answers)} probes, {busy} told to come again, the slowest {slowest:.3f} s, of the quiet server {slowest_quiet:.3f} s; "
              f"the longest connection {self.longest:.1f} s; the server's memory {self.largest_bytes() >> 20} MiB", flush=True)
        self.assertLess(busy, len(answers) / 40, counts)
        self.assertEqual(set(counts), {("/health", 200), (QUERY, 200)}, counts)
        self.assertLess(slowest, MOST_PROBE_SECONDS + slowest_quiet)
        self.assertLess(self.longest, CUT_OFF_SECONDS + slowest_quiet)
        self.assertLess(self.largest_bytes(), MOST_SERVER_BYTES)

    def test_slow_senders_are_cut_off_and_hinder_nobody(self):
        self.attack("-H", "-i", 10, path="/")
        self.attack("-B", "-i", 10, "-s", 8192, path=QUERY)
        # On a busy machine the first are cut off before the last come.
        self.wait_until(lambda count: count >= 2 * CONNECTIONS * 3 / 4)
        self.check_attack()

    def test_slow_readers_are_cut_off_and_hinder_nobody(self):
        ranges = self.attack("-R", "-t", "GET", path="/")
        self.wait_until(lambda _: self.answered("/") >= CONNECTIONS)
        # What is idle may stay for longer.
        ranges.kill()
        self.wait_until(lambda count: count < CONNECTIONS // 100)
        self.first_seen, self.longest = {}, 0
        self.attack("-X", "-w", 10, "-y", 20, "-n", 5, "-z", 32, "-k", 3, path="/docs")
        self.wait_until(lambda _: self.answered("/docs") >= CONNECTIONS)
        self.assertGreater(self.look()[1], 0, "they read slowly")
        self.check_attack()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
