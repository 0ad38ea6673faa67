#!/usr/bin/env python3
"""ops/slurm/workers.sbatch on Debian's Slurm: an array of workers carries out what waits and ends; a task that is requeued,
or told that its time is over, lets go of its run, comes back and goes on. Every run has the report that a run that nothing
happened to has.

usage: slurm_test.py PROGRAM
"""
import functools
import os
import pathlib
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
PROGRAM = os.path.abspath(sys.argv[1])
TESTS = pathlib.Path(__file__).resolve().parent.parent
SCRIPT = TESTS.parent / "ops" / "slurm" / "workers.sbatch"
sys.path += [str(TESTS / "shells"), str(TESTS / "faults"), str(pathlib.Path(__file__).resolve().parent)]
from postgres import Postgres  # noqa: E402
from server import Server  # noqa: E402
from slurm import Slurm  # noqa: E402

RUNS, TRIALS, LONG_TRIALS, MOST_SECONDS = 3, 40, 600, 90


class Workers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres()
        cls.addClassCleanup(cls.postgres.close)
        cls.slurm = Slurm()
        cls.addClassCleanup(cls.slurm.close)

    def setUp(self):
        self.database = self.postgres.url(self.postgres.new_database())
        self.server = Server(PROGRAM, self.database, ["env", "CAUSAL_GYM_WORK_IN_SERVER=false"])
        self.addCleanup(self.server.end)

    def submitted(self, tasks):
        """The id of an array of so many workers; its tasks write to ID_TASK.log."""
        return self.slurm.run("sbatch", "--parsable", f"--array=1-{tasks}", "--time=01:00:00", "-o", "%A_%a.log", str(SCRIPT),
                              CAUSAL_GYM=PROGRAM, CAUSAL_GYM_DB=self.database)

    def until(self, condition, array):
        deadline = time.monotonic() + MOST_SECONDS
        while not condition():
            self.assertLess(time.monotonic(), deadline, self.log(array) + self.slurm.logs())
            time.sleep(0.1)

    def log(self, array):
        return "".join(file.read_text() for file in sorted(self.slurm.folder.glob(f"{array}_*.log")))

    def all_completed(self, array):
        self.until(lambda: not self.slurm.states(), array)
        told = self.slurm.run("scontrol", "show", "job", array)
        self.assertEqual(told.count("JobState="), told.count("JobState=COMPLETED"), told)
        return told

    @staticmethod
    def report(server, run):
        told = server.request("/api/v1/runs/" + run)[1]["result"]
        return {name: told[name] for name in ("state", "summary", "episodes", "spec")}

    @classmethod
    @functools.cache
    def undisturbed(cls, trials):
        """The report of a server with SQLite that works alone."""
        with tempfile.TemporaryDirectory() as folder:
            server = Server(PROGRAM, os.path.join(folder, "runs.sqlite"))
            try:
                run = server.launched(trials=trials)
                server.finished(run, MOST_SECONDS)
                return cls.report(server, run)
            finally:
                server.end()

    def begun(self, run, array):
        self.until(lambda: self.server.summary(run)["episodes_finished"] > 0, array)

    def interrupted(self, stop):
        """A run whose only worker is stopped that way in its middle: it comes back, and the run is as if nothing had been."""
        run = self.server.launched(trials=LONG_TRIALS)
        array = self.submitted(1)
        self.begun(run, array)
        stop(f"{array}_1")
        self.until(lambda: '"event":"run_interrupted"' in self.log(array), array)
        self.assertNotEqual(self.server.state(run), "finished")
        told = self.all_completed(array)
        self.assertIn("Restarts=1 ", told)
        self.assertEqual(self.report(self.server, run), self.undisturbed(LONG_TRIALS))

    def test_an_array_carries_out_what_waits_and_ends(self):
        runs = [self.server.launched(trials=TRIALS) for _ in range(RUNS)]
        array = self.submitted(2)
        told = self.all_completed(array)
        self.assertEqual(told.count("Restarts=0 "), 2, told)
        expected = self.undisturbed(TRIALS)
        for run in runs:
            self.assertEqual(self.report(self.server, run), expected)

    def test_requeued_it_comes_back_and_goes_on(self):
        self.interrupted(lambda task: self.slurm.run("scontrol", "requeue", task))

    def test_told_that_its_time_is_over_it_requeues_itself(self):
        self.interrupted(lambda task: self.slurm.run("scancel", "--batch", "--signal=TERM", task))

    def test_without_its_database_a_task_fails(self):
        array = self.slurm.run("sbatch", "--parsable", "--array=1-1", "-o", "%A_%a.log", str(SCRIPT), CAUSAL_GYM=PROGRAM,
                               CAUSAL_GYM_DB="postgresql://nobody@127.0.0.1:1/none")
        self.until(lambda: not self.slurm.states(), array)
        told = self.slurm.run("scontrol", "show", "job", array)
        self.assertIn("JobState=FAILED", told)
        self.assertIn("ExitCode=8:0", told)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
