#!/usr/bin/env python3
"""Runs of the built program on PostgreSQL: killed and gone on with as if nothing had happened, and no password told.

usage: postgres_runs_test.py PROGRAM
"""
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

sys.dont_write_bytecode = True
PROGRAM = sys.argv[1]
from postgres import MOST_SECONDS, PASSWORD, Postgres  # noqa: E402

RUN = ["run", "-e", "chain-v1,sprinkler-v1,asia-v1", "-a", "ideal", "-a", "noisy_ideal(0.1)", "--trials", "40", "--json"]
EPISODES = 3 * 2 * 40
SEED, MOST_STARTS, LEAST_KILLS = 20261126, 200, 5
UNAVAILABLE = 8


class PostgresRuns(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres()

    @classmethod
    def tearDownClass(cls):
        cls.postgres.close()

    def start(self, *arguments, **more):
        self.home = self.home if hasattr(self, "home") else self.enterContext(tempfile.TemporaryDirectory())
        environment = {"PATH": os.environ["PATH"], "HOME": self.home, **more}
        return subprocess.Popen([PROGRAM, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=environment)

    def call(self, *arguments, code=0, **more):
        process = self.start(*arguments, **more)
        out, err = process.communicate(timeout=MOST_SECONDS)
        self.assertEqual(process.returncode, code, err)
        for secret in (PASSWORD, urllib.parse.quote(PASSWORD, safe=""), "s3cret"):
            self.assertNotIn(secret, out + err)
        return out, err

    def told(self, **where):
        """All that is told of the only run of a database, but its name and time."""
        run = json.loads(self.call("runs", "list", "--json", **where)[0])["runs"]
        self.assertEqual(len(run), 1)
        name, created = run[0]["id"], run[0]["created_at"]
        texts = [self.call("runs", "show", name, "--json", **where)[0]]
        texts += [self.call("runs", "export", name, "--format", form, **where)[0] for form in ("json", "csv", "markdown")]
        return [text.replace(name, "ID").replace(created, "TIME") for text in texts]

    def test_killed_at_any_moment_it_ends_as_the_unbroken_run_on_sqlite(self):
        with tempfile.TemporaryDirectory() as folder:
            sqlite = {"CAUSAL_GYM_DB": f"{folder}/runs.sqlite"}
            begun = time.monotonic()
            self.call(*RUN, **sqlite)
            # A slow machine gets on little before it is killed: the moments are a part of what the whole run takes there.
            latest = max(0.5, (time.monotonic() - begun) / 3)
            unbroken = self.told(**sqlite)
        database = self.postgres.new_database()
        where = {"DATABASE_URL": self.postgres.url(database)}
        chance, kills, finished = random.Random(SEED), 0, False
        while not finished:
            self.assertLess(kills, MOST_STARTS)
            known = self.postgres.sql("SELECT id FROM experiments", database, check=False)
            process = self.start(*(["runs", "resume", known] if known else RUN), **where)
            try:
                _, err = process.communicate(timeout=chance.uniform(0.05, latest))
            except subprocess.TimeoutExpired:
                process.kill()
                _, err = process.communicate()
            finished = process.returncode != -signal.SIGKILL
            kills += not finished
            self.assertIn(process.returncode, (0, -signal.SIGKILL), err)
        print(f"killed {kills} times, within {latest:.2f} s each", file=sys.stderr)
        self.assertGreaterEqual(kills, LEAST_KILLS)
        self.assertEqual(self.told(**where), unbroken)
        self.assertEqual(self.postgres.sql("SELECT count(*) FROM episodes WHERE finished = 1", database), str(EPISODES))

    def test_the_password_comes_from_a_variable_or_a_file_and_is_never_told(self):
        database = self.postgres.new_database()
        bare = self.postgres.url(database, with_password=False)
        self.call("runs", "list", "--database", bare, PGPASSWORD=PASSWORD)
        with tempfile.TemporaryDirectory() as folder:
            secret = f"{folder}/url"
            with open(secret, "w", encoding="utf-8") as file:
                file.write(self.postgres.url(database) + "\n")
            os.chmod(secret, 0o600)
            self.call("runs", "list", DATABASE_URL_FILE=secret)
        _, err = self.call("runs", "list", "--database", bare, code=UNAVAILABLE, PGPASSWORD="another")
        self.assertIn(f"'{bare}'", err)
        self.call("runs", "list", code=UNAVAILABLE, DATABASE_URL=self.postgres.url("nowhere"))

    def test_how_to_go_on_is_said_without_the_password(self):
        database = self.postgres.new_database()
        url = self.postgres.url(database)
        process = self.start(*RUN[:-2], "2000", "--json", "--database", url)
        while not self.postgres.sql("SELECT 1 FROM episodes WHERE finished = 1 LIMIT 1", database, check=False):
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=MOST_SECONDS)
        found = re.search(r"causal-gym runs resume \S+ --database '([^']*)'", err)
        self.assertTrue(found, err)
        self.assertEqual(found[1], self.postgres.url(database, with_password=False))
        self.assertNotIn("s3cret", err)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
