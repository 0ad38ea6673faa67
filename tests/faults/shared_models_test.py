#!/usr/bin/env python3
"""Language models in runs that several workers play on one PostgreSQL: what they spend and how they ask, they share.

usage: shared_models_test.py PROGRAM LLM_SERVER
"""
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
sys.path.append(str(pathlib.Path(__file__).parent.parent / "shells"))
from postgres import Postgres, free_port  # noqa: E402
from model_run import Records  # noqa: E402
from hosting import MODEL, MOST_SECONDS, Hosting  # noqa: E402

TRIALS, CALLS_A_TRIAL = 64, 4  # four shards
# A worker alone takes four seconds; each looks for something to help with once a second.
SLOW = {"answer": {"belief": 0.5, "delay_ms": 500}}
SLOWER = {"answer": {"belief": 0.5, "delay_ms": 1500}}  # a run that stops early lasts long enough for both


class Redis:
    def __init__(self):
        self.port, self.folder = free_port(), tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder.name],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + MOST_SECONDS
        while self.says("PING") != "PONG":
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def says(self, *words):
        return subprocess.run(["redis-cli", "-p", str(self.port), *words], capture_output=True, text=True, timeout=MOST_SECONDS).stdout.strip()

    def settings(self):
        return {"CAUSAL_GYM_REDIS_URL": f"redis://127.0.0.1:{self.port}"}

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        self.kill()
        self.folder.cleanup()


class SharedModels(Hosting):
    def setUp(self):
        super().setUp()
        self.postgres = Postgres()
        self.addCleanup(self.postgres.close)
        self.name = self.postgres.new_database()
        self.database = self.postgres.url(self.name)
        self.place.server.script(SLOW)

    def sql(self, text):
        return self.postgres.sql(text, self.name)

    def sent(self):
        return len(self.place.server.requests())

    def until(self, what):
        deadline = time.monotonic() + MOST_SECONDS
        while not what():
            self.assertLess(time.monotonic(), deadline, "".join(log.read_text() for log in self.logs))
            time.sleep(0.02)

    def serve_only(self):
        return self.serve(self.database, CAUSAL_GYM_WORK_IN_SERVER="false", CAUSAL_GYM_LEASE_SECONDS="1")

    def said(self, event):
        """In how many logs."""
        return sum(f'"event":"{event}"' in log.read_text() for log in self.logs)

    def test_two_workers_spend_the_budget_of_a_run_and_not_a_call_more(self):
        for budget in (1, 37, 100):
            self.place.server.call("/_reset", {})
            self.place.server.script(SLOWER)
            with self.subTest(budget=budget), self.serve_only() as (address, _), self.worker(self.database), self.worker(self.database):
                value = self.ended(address, self.launch(address, [MODEL], trials=TRIALS, models={"max_calls": budget}))
                self.assertEqual(value["state"], "failed", value)
                self.assertIn(f"the budget of {budget} calls", value["reason"])
                self.assertEqual(self.sent(), budget)
        self.assertGreater(self.said("shard_left"), 0, "one worker played alone")

    def test_two_workers_share_a_run_and_pay_for_each_call_once(self):
        with self.serve_only() as (address, _), self.worker(self.database), self.worker(self.database):
            run = self.launch(address, [MODEL], trials=TRIALS, models={"max_calls": TRIALS * CALLS_A_TRIAL})
            value = self.ended(address, run)
            self.assertEqual(value["state"], "finished", value)
        self.assertEqual(self.sent(), TRIALS * CALLS_A_TRIAL)
        self.assertGreater(self.said("shard_finished"), 0, "one worker played alone")
        self.assertEqual(self.sql("SELECT count(*) FROM model_reservations"), "0")
        self.assertEqual(self.sql("SELECT calls FROM model_spending"), str(TRIALS * CALLS_A_TRIAL))

    def test_workers_that_are_killed_take_with_them_what_they_may_have_spent(self):
        budget = 150
        self.place.server.script({"answer": {"belief": 0.5, "delay_ms": 1000}})
        with self.serve_only() as (address, _):
            run = self.launch(address, [MODEL], trials=TRIALS, models={"max_calls": budget})
            with self.worker(self.database):
                for _ in range(2):
                    before = self.sent()
                    with self.worker(self.database) as (_, process):
                        self.until(lambda: self.sent() > before + 5)
                        process.send_signal(signal.SIGKILL)
                        process.wait()
                value = self.ended(address, run)
            self.assertEqual(value["state"], "failed", value)
            self.assertIn("the budget of", value["reason"])
            lost = int(self.sql("SELECT coalesce(sum(worst_calls), 0) FROM model_reservations"))
            recorded = int(self.sql("SELECT calls FROM model_spending"))
            self.assertEqual(recorded + lost, budget)
            self.assertLessEqual(self.sent(), budget)
            # What was sent is on record, or counts as if it had been.
            self.assertLessEqual(recorded, self.sent())

    def test_a_database_that_goes_away_stops_no_run(self):
        with self.serve_only() as (address, _), self.worker(self.database), self.worker(self.database):
            run = self.launch(address, [MODEL], trials=TRIALS, models={"max_calls": 1000})
            self.until(lambda: self.sent() > 20)
            self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'causal_user'")
            self.assertEqual(self.ended(address, run)["state"], "finished")
        # Of a reply that could not be recorded nothing is known.
        self.assertLess(self.sent(), TRIALS * CALLS_A_TRIAL + 64)

    def redis(self):
        redis = Redis()
        self.addCleanup(redis.close)
        return redis

    def test_what_a_provider_asks_one_worker_holds_the_other(self):
        pause = 3
        redis = self.redis()
        self.place.server.script({"match": {"nth": 9}, "fault": {"kind": "rate_limited", "retry": "seconds", "wait_s": pause}},
                                 {"answer": {"belief": 0.5, "delay_ms": 300}})
        with self.serve_only() as (address, _), self.worker(self.database, **redis.settings()), self.worker(self.database, **redis.settings()):
            run = self.launch(address, [MODEL], trials=TRIALS, models={"max_calls": 1000})
            self.assertEqual(self.ended(address, run)["state"], "finished")
        self.assertGreater(self.said("shard_finished"), 0, "one worker played alone")
        times = sorted(one["time_ms"] / 1000 for one in self.place.server.requests())
        longest = max(later - earlier for earlier, later in zip(times, times[1:]))
        self.assertGreater(longest, pause * 0.8, "somebody asked while the provider wanted to be left alone")

    def test_the_places_of_a_killed_worker_come_back(self):
        redis = self.redis()
        self.place.server.script({"answer": {"belief": 0.5, "delay_ms": 2000}})
        with self.serve_only() as (address, _):
            run = self.launch(address, [MODEL], trials=TRIALS, models={"max_calls": 1000})
            with self.worker(self.database, **redis.settings()) as (_, process):
                self.until(lambda: self.sent() >= 20)
                process.send_signal(signal.SIGKILL)
                process.wait()
            places = redis.says("KEYS", "causal-gym:pace:*:places")
            self.assertGreaterEqual(int(redis.says("ZCARD", places)), 20)
            self.place.server.script({"answer": {"belief": 0.5}})
            with self.worker(self.database, **redis.settings()):
                self.assertEqual(self.ended(address, run)["state"], "finished")
            self.until(lambda: redis.says("ZCARD", places) == "0")

    def test_a_redis_that_is_flushed_stands_still_or_dies_ends_no_run(self):
        redis = self.redis()
        harms = (lambda: redis.says("FLUSHALL"), lambda: redis.process.send_signal(signal.SIGSTOP), redis.kill)
        with self.serve_only() as (address, _), self.worker(self.database, **redis.settings()), self.worker(self.database, **redis.settings()):
            run = self.launch(address, [MODEL], trials=TRIALS, models={"max_calls": TRIALS * CALLS_A_TRIAL})
            for share, harm in enumerate(harms, 1):
                self.until(lambda: self.sent() > share * 50)
                harm()
            self.assertEqual(self.ended(address, run)["state"], "finished")
        self.assertEqual(self.sent(), TRIALS * CALLS_A_TRIAL)

    def test_replies_that_redis_has_are_not_asked_again_and_what_it_loses_costs_a_call(self):
        redis = self.redis()

        def played(name, **models):
            database = self.place.database(name)
            before = self.sent()
            with self.serve(database, **redis.settings()) as (address, _):
                run = self.launch(address, [MODEL], trials=2, models={"max_calls": 100, **models})
                value = self.ended(address, run)
                self.assertEqual(value["state"], "finished", value)
            exchanges = Records(database).exchanges()
            self.assertEqual(len(exchanges), 2 * CALLS_A_TRIAL)
            return self.sent() - before, sum(one["cached"] for one in exchanges), [one["scores"] for one in value["episodes"]]

        first = played("first", cache=True)
        self.assertEqual(first[:2], (8, 0))
        self.assertEqual(played("second", cache=True), (0, 8, first[2]))
        self.assertEqual(played("no_cache")[:2], (8, 0))
        self.assertEqual(played("too_old", cache=True, cache_days=0)[:2], (8, 0))
        redis.says("FLUSHALL")
        self.assertEqual(played("flushed", cache=True)[:2], (8, 0))
        redis.kill()
        self.assertEqual(played("dead", cache=True)[:2], (8, 0))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
