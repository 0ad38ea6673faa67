#!/usr/bin/env python3
"""Disks that are full, cannot be written, or cannot be synced, under SQLite (by libfiu, which makes the calls fail) and
under PostgreSQL (a real full file system): nothing is acknowledged that is not kept, what is wrong is said, and the
server goes on by itself when the disk is well again.

usage: disk_faults_test.py PROGRAM
"""
import errno
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
PROGRAM = sys.argv[1]
sys.path.append(str(pathlib.Path(__file__).parent.parent / "shells"))
from postgres import PASSWORD, PROGRAMS, Postgres  # noqa: E402
from server import Server  # noqa: E402

FAULTS = {
    "full": (("posix/io/rw/pwrite",), errno.ENOSPC),
    "cannot write": (("posix/io/rw/pwrite",), errno.EIO),
    "cannot sync": (("posix/io/sync/fsync", "posix/io/sync/fdatasync"), errno.EIO),
}
ATTEMPTS, RECOVERY_SECONDS, LONG_TRIALS = 5, 5, 300
DISK_BYTES, MOST_LAUNCHES = 160 << 20, 5000
LONG_SECONDS = 30


class SqliteDisk(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.database = os.path.join(self.folder, "runs.sqlite")
        self.server = Server(PROGRAM, self.database, ["fiu-run", "-x", "-f", self.folder + "/fiu"])
        self.addCleanup(self.server.end)

    def tell_disk(self, command):
        subprocess.run(["fiu-ctrl", "-f", self.folder + "/fiu", "-c", command, str(self.server.process.pid)], check=True,
                       capture_output=True, timeout=10)

    def break_disk(self, fault):
        names, number = FAULTS[fault]
        for name in names:
            self.tell_disk(f"enable name={name},failinfo={number}")

    def mend_disk(self, fault):
        for name in FAULTS[fault][0]:
            self.tell_disk(f"disable name={name}")

    def check_database(self, acknowledged):
        with sqlite3.connect(self.database) as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            kept = {row[0] for row in database.execute("SELECT id FROM experiments")}
        self.assertLessEqual(acknowledged, kept)

    def test_what_cannot_be_kept_is_refused_and_said(self):
        acknowledged = set()
        for fault in FAULTS:
            with self.subTest(fault):
                acknowledged.add(self.server.launched())
                self.break_disk(fault)
                for _ in range(ATTEMPTS):
                    status, value = self.server.launch()
                    self.assertEqual(status, 503, value)
                    self.assertEqual(value["error"]["code"], "unavailable")
                    self.assertIn("database", value["error"]["message"])
                    if fault == "full":
                        self.assertIn("the disk is full", value["error"]["message"])
                # What needs no writing is answered all the while.
                self.assertEqual(self.server.request("/api/v1/ask", {"model": "chain-v1", "query": "P(fire)"})[0], 200)
                self.assertEqual(self.server.request("/api/v1/runs")[0], 200)
                self.mend_disk(fault)
                run = self.server.launched()
                self.assertEqual(self.server.finished(run), "finished")
                acknowledged.add(run)
        self.assertEqual(self.server.end(signal.SIGKILL), -signal.SIGKILL)
        self.check_database(acknowledged)

    def test_a_run_that_meets_it_ends_as_if_it_had_not(self):
        whole = self.server.launched(trials=LONG_TRIALS)
        for fault in FAULTS:
            with self.subTest(fault):
                run = self.server.launched(trials=LONG_TRIALS)
                while self.server.request("/api/v1/runs/" + run)[1]["result"]["episodes_finished"] == 0:
                    time.sleep(0.01)
                self.break_disk(fault)
                time.sleep(0.5)
                self.mend_disk(fault)
                self.assertEqual(self.server.finished(run, LONG_SECONDS), "finished")
                self.assertEqual(self.report(run), self.report(whole))
        self.assertTrue(any("ERROR" in line and "disk is full" in line for line in self.server.log), self.server.events())

    def report(self, run):
        told = self.server.request("/api/v1/runs/" + run)[1]["result"]
        return {name: told[name] for name in ("summary", "episodes", "spec")}


class PostgresDisk(unittest.TestCase):
    def setUp(self):
        self.postgres = Postgres(disk_bytes=DISK_BYTES)
        self.addCleanup(self.postgres.close)
        self.name = self.postgres.new_database()
        self.server = Server(PROGRAM, self.postgres.url(self.name))
        self.addCleanup(self.server.end)
        self.ballast = self.postgres.disk / "ballast"

    def fill_disk(self):
        with open(self.ballast, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(1 << 16))
            except OSError as error:
                self.assertEqual(error.errno, errno.ENOSPC)

    def test_what_cannot_be_kept_is_refused_and_said_and_goes_on_when_there_is_room(self):
        acknowledged = {self.server.launched()}
        self.fill_disk()
        refusal = None
        for _ in range(MOST_LAUNCHES):
            status, value = self.server.launch(trials=20)
            if status == 202:
                acknowledged.add(value["result"]["id"])
            elif "database" in value["error"]["message"]:
                refusal = status, value
                break
            else:
                time.sleep(0.02)  # too many are waiting
        self.assertIsNotNone(refusal)
        self.assertEqual(refusal[0], 503)
        self.assertEqual(self.server.request("/api/v1/ask", {"model": "chain-v1", "query": "P(fire)"})[0], 200)
        self.ballast.unlink()
        mended = time.monotonic()
        while (answer := self.server.launch())[0] != 202:
            self.assertLess(time.monotonic() - mended, RECOVERY_SECONDS, answer)
            time.sleep(0.05)
        acknowledged.add(answer[1]["result"]["id"])
        self.assertEqual(self.server.end(signal.SIGKILL), -signal.SIGKILL)
        kept = set(self.postgres.sql("SELECT id FROM experiments", self.name).split())
        self.assertLessEqual(acknowledged, kept)
        checked = subprocess.run([PROGRAMS / "pg_amcheck", "--install-missing", "--heapallindexed", "-h", "127.0.0.1", "-p",
                                  str(self.postgres.port), "-U", "postgres", self.name], capture_output=True, text=True, timeout=120,
                                 env={**os.environ, "PGPASSWORD": PASSWORD})
        self.assertEqual((checked.returncode, checked.stdout), (0, ""), checked.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
