#!/usr/bin/env python3
"""`causal-gym worker` on a real PostgreSQL: killed at random moments, stopped past its lease, told to let go. Every run
ends once, with the report that a run that nothing happened to has.

usage: workers_test.py PROGRAM
"""
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.dont_write_bytecode = True
PROGRAM = sys.argv[1]
sys.path.append(str(pathlib.Path(__file__).parent.parent / "shells"))
from postgres import Postgres  # noqa: E402
from server import Server  # noqa: E402

LEASE_SECONDS, MOST_SECONDS = 2, 60
SEED, KILLS, RUNS, TRIALS, LONG_TRIALS = 7, 12, 4, 250, 500
SETTINGS = {"CAUSAL_GYM_WORK_IN_SERVER": "false", "CAUSAL_GYM_LEASE_SECONDS": str(LEASE_SECONDS)}


class Worker:
    def __init__(self, database, *arguments):
        self.log = []
        self.process = subprocess.Popen([PROGRAM, "worker", "--database", database, *arguments], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env={**os.environ, **SETTINGS})
        self.reader = threading.Thread(target=lambda: self.log.extend(self.process.stderr))
        self.reader.start()

    def says(self, event):
        deadline = time.monotonic() + MOST_SECONDS
        while not any(f'"event":"{event}"' in line for line in self.log):
            assert time.monotonic() < deadline, "".join(self.log)
            time.sleep(0.02)

    def end(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(MOST_SECONDS)
        self.reader.join()
        self.process.stderr.close()
        return code


class Workers(unittest.TestCase):
    def setUp(self):
        self.postgres = Postgres()
        self.addCleanup(self.postgres.close)
        self.name = self.postgres.new_database()
        self.database = self.postgres.url(self.name)
        self.server = Server(PROGRAM, self.database, ["env", *(f"{name}={value}" for name, value in SETTINGS.items())])
        self.addCleanup(self.server.end)

    def worker(self, *arguments):
        worker = Worker(self.database, *arguments)
        self.addCleanup(worker.end, signal.SIGKILL)
        return worker

    def begun(self, run):
        deadline = time.monotonic() + MOST_SECONDS
        while self.server.summary(run)["episodes_finished"] == 0:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def stop_amid_a_shard(self, helper):
        """Stops it while it holds one; the only other worker holds one nearly always."""
        deadline = time.monotonic() + MOST_SECONDS
        while time.monotonic() < deadline:
            helper.process.send_signal(signal.SIGSTOP)
            if self.postgres.sql("SELECT count(DISTINCT store) FROM shards WHERE store IS NOT NULL", self.name).strip() == "2":
                return
            helper.process.send_signal(signal.SIGCONT)
            time.sleep(0.01)
        self.fail("it never held one")

    def runs(self, *arguments):
        subprocess.run([PROGRAM, "runs", *arguments, "--database", self.database], check=True, capture_output=True, timeout=MOST_SECONDS)

    @staticmethod
    def report(server, run):
        told = server.request("/api/v1/runs/" + run)[1]["result"]
        return {name: told[name] for name in ("state", "summary", "episodes", "spec")}

    def undisturbed(self, trials):
        """The report of a server with SQLite that works alone."""
        with tempfile.TemporaryDirectory() as folder:
            server = Server(PROGRAM, os.path.join(folder, "runs.sqlite"))
            try:
                run = server.launched(trials=trials)
                server.finished(run)
                return self.report(server, run)
            finally:
                server.end()

    def test_killed_at_random_moments_they_lose_nothing(self):
        chance = random.Random(SEED)
        runs = [self.server.launched(trials=TRIALS) for _ in range(RUNS)]
        self.assertEqual({self.server.state(run) for run in runs}, {"running"})
        workers = [self.worker() for _ in range(3)]
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.05, 0.4))
            which = chance.randrange(len(workers))
            self.assertEqual(workers[which].end(signal.SIGKILL), -signal.SIGKILL)
            workers[which] = self.worker()
        expected = self.undisturbed(TRIALS)
        for run in runs:
            self.assertEqual(self.server.finished(run), "finished")
            self.assertEqual(self.report(self.server, run), expected)
        logs = []
        for worker in workers:
            self.assertEqual(worker.end(), 0)
            logs += worker.log
        self.assertTrue(any('"event":"shard_finished"' in line for line in logs), "nobody helped")
        more = self.server.launched(trials=2)
        self.assertEqual(self.worker("--drain").process.wait(MOST_SECONDS), 0)
        self.assertEqual(self.server.state(more), "finished")
        finished = self.postgres.sql("SELECT count(*), count(DISTINCT (experiment, plan_index)) FROM episodes WHERE finished = 1", self.name)
        self.assertEqual(finished.strip(), f"{RUNS * TRIALS + 2}|{RUNS * TRIALS + 2}")

    def test_many_at_once_are_carried_out_each_once_until_none_waits(self):
        runs = [self.server.launched(trials=20) for _ in range(9)]
        worker = self.worker("--concurrency", "4", "--drain")
        self.assertEqual(worker.process.wait(MOST_SECONDS), 0)
        worker.reader.join()
        begun = [json.loads(line)["run"] for line in worker.log if '"event":"run_started"' in line]
        self.assertEqual(sorted(begun), sorted(runs))
        expected = self.undisturbed(20)
        for run in runs:
            self.assertEqual(self.report(self.server, run), expected)

    def test_stopped_past_its_lease_it_is_refused_and_the_run_ends_once(self):
        run = self.server.launched(trials=LONG_TRIALS)
        stopped = self.worker()
        self.begun(run)
        stopped.process.send_signal(signal.SIGSTOP)
        self.assertNotEqual(self.server.state(run), "finished")
        self.worker().says("run_started")
        self.assertEqual(self.server.finished(run), "finished")
        stopped.process.send_signal(signal.SIGCONT)
        stopped.says("run_left")
        self.assertEqual(stopped.end(), 0)
        self.assertEqual(self.report(self.server, run), self.undisturbed(LONG_TRIALS))

    def test_one_run_is_played_by_all_workers_together(self):
        workers = [self.worker() for _ in range(3)]
        run = self.server.launched(trials=LONG_TRIALS)
        self.assertEqual(self.server.finished(run), "finished")
        for worker in workers:
            self.assertEqual(worker.end(), 0)
        helped = [sum('"event":"shard_finished"' in line for line in worker.log) for worker in workers]
        self.assertEqual(sum(count > 0 for count in helped), len(workers) - 1, helped)
        self.assertEqual(self.report(self.server, run), self.undisturbed(LONG_TRIALS))

    def test_a_helper_that_is_stopped_past_its_lease_is_refused(self):
        first = self.worker()
        run = self.server.launched(trials=LONG_TRIALS)
        self.begun(run)
        helper = self.worker()
        helper.says("shard_finished")
        self.stop_amid_a_shard(helper)
        self.assertEqual(self.server.finished(run), "finished")
        helper.process.send_signal(signal.SIGCONT)
        helper.says("shard_left")
        self.assertEqual((first.end(), helper.end()), (0, 0))
        self.assertEqual(self.report(self.server, run), self.undisturbed(LONG_TRIALS))

    def test_told_to_stop_it_lets_go_and_another_goes_on(self):
        run = self.server.launched(trials=LONG_TRIALS)
        first = self.worker()
        self.begun(run)
        self.assertEqual(first.end(), 0)
        self.assertIn("run_interrupted", "".join(first.log))
        self.worker()
        self.assertEqual(self.server.finished(run), "finished")
        self.assertEqual(self.report(self.server, run), self.undisturbed(LONG_TRIALS))

    def test_a_run_is_paused_retried_and_cancelled(self):
        run = self.server.launched(trials=LONG_TRIALS)
        worker = self.worker()
        self.begun(run)
        self.runs("pause", run)
        worker.says("run_left")
        self.assertEqual(self.server.state(run), "interrupted")
        self.runs("retry", run)
        self.assertEqual(self.server.finished(run), "finished")
        other = self.server.launched(trials=LONG_TRIALS)
        self.begun(other)
        self.runs("cancel", other)
        self.assertEqual(self.server.state(other), "cancelled")
        last = self.server.launched(trials=2)
        self.assertEqual(self.server.finished(last), "finished")
        self.assertEqual(self.server.state(other), "cancelled")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
