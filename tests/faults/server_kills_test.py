#!/usr/bin/env python3
"""`causal-gym serve` killed with SIGKILL at seeded random moments, of its start too, and started again at once, while runs of
built-in agents and of language models go on (kill_campaign.py says what must be true of them).

usage: server_kills_test.py PROGRAM LLM_SERVER

CAUSAL_GYM_KILLS is how often it is killed (40), CAUSAL_GYM_KILL_SEED the seed.
"""
import os
import pathlib
import random
import signal
import sys
import time
import unittest

sys.dont_write_bytecode = True
PROGRAM, LLM_SERVER = sys.argv[1:3]
sys.path.append(str(pathlib.Path(__file__).parent.parent / "shells"))
from kill_campaign import Campaign, Surroundings  # noqa: E402
from postgres import Postgres  # noqa: E402
from stored_rows import PostgresRows, SqliteRows  # noqa: E402

KILLS, SEED = int(os.environ.get("CAUSAL_GYM_KILLS", 40)), int(os.environ.get("CAUSAL_GYM_KILL_SEED", 20261127))
MOST_KILLS_OF_A_DATABASE = 100  # then comes an empty one, whose tables are made anew
MAKING_KILLS = 4                # the first of a database, soon enough to meet the making of its tables
MAKING_SECONDS = {"postgresql": 0.2, "sqlite": 0.05}


class ServerKills(unittest.TestCase):
    def setUp(self):
        self.surroundings = Surroundings(PROGRAM, LLM_SERVER)
        self.addCleanup(self.surroundings.close)

    @staticmethod
    def wait_for_the_moment(chance, kill, campaign, start):
        """A kill's moment: amid a start, right after a launch was acknowledged, or any while it serves and works."""
        kind = chance.random()
        if kill < MAKING_KILLS or kind < 0.2:
            time.sleep(chance.uniform(0, MAKING_SECONDS[campaign.name.rstrip("0123456789")]))
            return
        campaign.listens(start)
        if kind < 0.4:
            campaign.client.is_told.clear()
            campaign.client.is_told.wait(chance.uniform(0.2, 0.6))
        else:
            time.sleep(chance.uniform(0, 0.6))

    def kill_and_check(self, name, rows, database, kills, seed):
        chance, starting, versions = random.Random(seed), 0, []
        campaign = Campaign(self, self.surroundings, name, rows, database)
        campaign.client.start()
        self.addCleanup(campaign.client.abandon)
        for kill in range(kills):
            start = campaign.log_size()
            process = campaign.start()
            self.wait_for_the_moment(chance, kill, campaign, start)
            process.kill()
            self.assertEqual(process.wait(), -signal.SIGKILL, campaign.told(start))
            starting += not campaign.is_listening(start)
            versions += [rows.version()] if kill < 2 * MAKING_KILLS else []
            campaign.look()
        process = campaign.start()
        try:
            campaign.end()
        finally:
            process.kill()
            process.wait()
        making = sum(version < rows.version() for version in versions)
        print(f"{name}, seed {seed}: {kills} kills, {starting} of them before it listened, {making} before its tables were made, in"
              f" {campaign.check()}", file=sys.stderr, flush=True)
        return campaign

    @staticmethod
    def shares(kills):
        """(number of the database, its kills)"""
        for number, start in enumerate(range(0, kills, MOST_KILLS_OF_A_DATABASE)):
            yield number, min(MOST_KILLS_OF_A_DATABASE, kills - start)

    def test_on_postgresql_it_loses_and_repeats_nothing(self):
        server = Postgres()
        self.addCleanup(server.close)
        for number, kills in self.shares(KILLS - KILLS // 4):
            database = server.new_database()
            campaign = self.kill_and_check(f"postgresql{number}", PostgresRows(server, database), server.url(database), kills, SEED + number)
            if kills == MOST_KILLS_OF_A_DATABASE:  # fewer may all miss, where the machine is slow
                self.assertGreater(campaign.lost, 0, "no kill came amid calls")

    def test_on_sqlite_it_loses_and_repeats_nothing(self):
        for number, kills in self.shares(KILLS // 4):
            database = self.surroundings.place.database(f"killed{number}")
            self.kill_and_check(f"sqlite{number}", SqliteRows(database), database, kills, SEED + 100 + number)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
