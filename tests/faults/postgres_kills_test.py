#!/usr/bin/env python3
"""PostgreSQL killed with SIGKILL, all its processes, at seeded random moments under the load of a `causal-gym serve` that plays
runs of built-in agents and of language models: the server goes on within seconds of PostgreSQL's coming back, without a restart,
and kill_campaign.py says what must be true of the runs. No model is asked anything twice, since replies wait for the database.

usage: postgres_kills_test.py PROGRAM LLM_SERVER

CAUSAL_GYM_POSTGRES_KILLS is how often it is killed (8), CAUSAL_GYM_KILL_SEED the seed.
"""
import os
import pathlib
import random
import sys
import time
import unittest

sys.dont_write_bytecode = True
PROGRAM, LLM_SERVER = sys.argv[1:3]
sys.path.append(str(pathlib.Path(__file__).parent.parent / "shells"))
from kill_campaign import BUILT_IN, END_SECONDS, Campaign, Surroundings  # noqa: E402
from postgres import Postgres  # noqa: E402
from stored_rows import PostgresRows  # noqa: E402

KILLS, SEED = int(os.environ.get("CAUSAL_GYM_POSTGRES_KILLS", 8)), int(os.environ.get("CAUSAL_GYM_KILL_SEED", 20261127))
RECOVERY_SECONDS = 5
STALLED_SECONDS, STALLED_RECOVERY_SECONDS = 0.5, 30  # a question that takes PostgreSQL so long is the machine's doing, as is the rest then
UNAVAILABLE = 503
STORED = "SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM exchanges) AS count"


class PostgresKills(unittest.TestCase):
    def setUp(self):
        self.surroundings = Surroundings(PROGRAM, LLM_SERVER)
        self.addCleanup(self.surroundings.close)
        self.postgres = Postgres()
        self.addCleanup(self.postgres.close)
        database = self.postgres.new_database()
        self.campaign = Campaign(self, self.surroundings, "killed", PostgresRows(self.postgres, database), self.postgres.url(database))
        self.client = self.campaign.client
        self.client.allowed = (*self.client.allowed, UNAVAILABLE)

    def recovered(self, number):
        """Seconds after which a launch is acknowledged, the run is shown, and the work goes on."""
        began, self.allowed = time.monotonic(), RECOVERY_SECONDS
        stored = self.stored()
        run = self.until_recovered(began, number, "a launch is acknowledged", lambda: self.launched(f"after-{number}"))
        self.until_recovered(began, number, "a run is shown", lambda: self.client.request(f"/api/v1/runs/{run}")[0] == 200)
        self.until_recovered(began, number, "the work goes on", lambda: self.stored() > stored)
        return time.monotonic() - began

    def stored(self):
        """How many rows runs have brought. Where PostgreSQL itself is slow to say so, the server may be slow too."""
        asked = time.monotonic()
        count = self.campaign.rows.rows(STORED)[0]["count"]
        if time.monotonic() - asked > STALLED_SECONDS:
            self.allowed = STALLED_RECOVERY_SECONDS
        return count

    def until_recovered(self, began, number, what, is_so):
        while not (found := is_so()) and time.monotonic() < began + STALLED_RECOVERY_SECONDS:
            time.sleep(0.02)
        took = time.monotonic() - began
        self.stored()
        if not found or took > self.allowed:
            self.fail(f"after kill {number} it took {took:.1f} s until {what}\n{self.campaign.told(0)[-5000:]}")
        return found

    def launched(self, key):
        """The run, once it is acknowledged."""
        status, value = self.client.request("/api/v1/experiments", BUILT_IN[1], {"Idempotency-Key": key})
        if status != 202:
            return None
        run = value["result"]["id"]
        self.client.runs[run] = BUILT_IN[1]
        self.client.open.append(run)
        return run

    def test_killed_under_load_it_comes_back_and_nothing_is_lost(self):
        chance, slowest = random.Random(SEED), 0
        process = self.campaign.start()
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.client.start()
        self.addCleanup(self.client.abandon)
        self.assertTrue(self.client.is_told.wait(END_SECONDS))
        for kill in range(KILLS):
            time.sleep(chance.uniform(0, 0.6))
            self.postgres.kill()
            time.sleep(chance.uniform(0, 0.5))
            self.postgres.start()
            slowest = max(slowest, self.recovered(kill))
        self.campaign.end()
        self.assertIsNone(process.poll(), "the server ended")
        print(f"seed {SEED}: {KILLS} kills of PostgreSQL, the slowest recovery in {slowest:.1f} s, in {self.campaign.check()}", file=sys.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
