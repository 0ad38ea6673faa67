#!/usr/bin/env python3
"""Runs of language models that are killed or interrupted at any moment, and go on: nothing is asked twice that was recorded.

usage: kill_and_resume_test.py PROGRAM LLM_SERVER
"""
import collections
import random
import signal
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
PROGRAM, SERVER = sys.argv[1:3]
from model_run import CANCELLED, Records, Workplace, run_id  # noqa: E402

RUN = ["run", "-e", "chain-v1,sprinkler-v1", "-a", "openai/m", "-a", "anthropic/m(stream=on)", "--trials", "3", "--json"]
EPISODES, BELIEFS = 12, {"chain-v1": 16, "sprinkler-v1": 12}
CALLS = 6 * (16 + 12)
FIRST = EPISODES * 4  # beliefs before any intervention, which depend on no reply
SEED, CAMPAIGNS = 20261126, 8
MOST_STARTS = 60  # of one campaign
SOON_S = 3  # within which an interrupted program must have ended


def bodies(requests):
    return collections.Counter((one["provider"], one["body_text"]) for one in requests)


class StoppedRuns(unittest.TestCase):
    def setUp(self):
        self.place = Workplace(PROGRAM, SERVER, "--keep", "1000000")
        self.write_script()
        self.undisturbed, self.planned = self.run_through()

    def tearDown(self):
        self.place.close()

    def write_script(self):
        """An answer of its own for each question there is, some quick and some slow, so that a reply to another one would show."""
        self.place.server.script({"answer": {"belief": 0.5}})
        self.place.call(*RUN, "--database", self.place.database("questions"))
        asked = sorted(bodies(self.place.server.requests()))
        self.rules = [{"match": {"provider": provider, "contains": body},
                       "answer": {"belief": round((at + 1) / (len(asked) + 1), 6), "delay_ms": 5 + at % 30}}
                      for at, (provider, body) in enumerate(asked)]
        self.place.server.call("/_reset", {})
        self.place.server.script(*self.rules)

    def run_through(self):
        """(what is printed, requests by body) of a run that nothing disturbs."""
        database = self.place.database("undisturbed")
        self.place.call(*RUN, "--database", database)
        requests = self.place.server.requests()
        self.assertEqual(len(requests), CALLS)
        self.assertNotIn("default", {one["decided"] for one in requests})
        return self.printed(database), bodies(requests)

    def printed(self, database):
        """All that the program tells of the only run of a database, but its name and time."""
        experiment = Records(database).rows("SELECT id, created_at FROM experiments")
        self.assertEqual(len(experiment), 1)
        name, created = experiment[0]["id"], experiment[0]["created_at"]
        texts = [self.place.call("runs", "show", name, "--json", "--database", database)[0]]
        texts += [self.place.call("runs", "export", name, "--format", form, "--database", database)[0] for form in ("json", "csv", "markdown")]
        return [text.replace(name, "ID").replace(created, "TIME") for text in texts]

    def check_finished(self, database):
        """The run is as if nothing had happened to it, and each call was answered by its provider once."""
        records = Records(database)
        self.assertEqual(list(records.faults_of_logs(EPISODES, BELIEFS)), [])
        self.assertEqual(self.printed(database), self.undisturbed)
        said = [one for one in records.exchanges() if one["failure"] is None and not one["cached"]]
        self.assertEqual(len({(one["episode"], one["sequence"]) for one in said}), CALLS)
        self.assertEqual(len(said), CALLS)

    def recorded(self, database):
        """What was said and kept, by body."""
        try:
            rows = Records(database).rows("SELECT provider, request AS body_text FROM exchanges WHERE failure IS NULL AND cached = 0")
        except Exception as error:  # sqlite3.OperationalError: killed before there was a table
            self.assertRegex(str(error), "no such table|unable to open")
            return collections.Counter()
        return bodies(rows)

    def started(self, database, *options):
        """The program at work on the database's run, which it goes on with when there is one."""
        try:
            runs = Records(database).rows("SELECT id FROM experiments")
        except Exception as error:
            self.assertRegex(str(error), "no such table|unable to open")
            runs = []
        self.assertLessEqual(len(runs), 1)
        what = ["runs", "resume", runs[0]["id"]] if runs else RUN
        return self.place.start(*what, "--database", database, *options)

    def kill_until_finished(self, chance, database):
        """Starts the program again and again until it ends by itself; returns how often it was killed."""
        for kills in range(MOST_STARTS):
            kept, seen = self.recorded(database), len(self.place.server.requests())
            width = chance.choice((1, 4, 16))
            process = self.started(database, "--max-connections", str(width))
            try:
                _, err = process.communicate(timeout=chance.uniform(0.02, 0.4))
            except subprocess.TimeoutExpired:
                process.kill()
                _, err = process.communicate()
            new = bodies(self.place.server.requests()[seen:])
            for body, count in new.items():
                self.assertLessEqual(count, self.planned[body] - kept[body], f"asked again after {kills} kills: {body[0]}, ...{body[1][-300:]}")
            # What is lost was under way when the program was killed.
            lost = sum(new.values()) - sum((self.recorded(database) - kept).values())
            self.assertLessEqual(lost, width)
            if process.returncode != -signal.SIGKILL:
                self.assertEqual((process.returncode, lost), (0, 0), err)
                return kills
        raise AssertionError(f"not finished after {MOST_STARTS} starts")

    def test_killed_at_any_moment_it_goes_on_and_asks_nothing_again(self):
        kills = 0
        for campaign in range(CAMPAIGNS):
            with self.subTest(seed=SEED + campaign):
                database = self.place.database(f"killed{campaign}")
                kills += self.kill_until_finished(random.Random(SEED + campaign), database)
                self.check_finished(database)
        self.assertGreater(kills, 2 * CAMPAIGNS)
        print(f"{kills} kills in {CAMPAIGNS} runs", file=sys.stderr)

    def interrupt(self, process, number):
        """Standard error of a program that got the signal, which must end soon and say how to go on."""
        began = time.monotonic()
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
        self.assertLess(time.monotonic() - began, SOON_S)
        self.assertEqual(process.returncode, CANCELLED, err)
        self.assertEqual(err.count("cancelled"), 1, err)
        return err

    def wait_until(self, what):
        deadline = time.monotonic() + 30
        while not what():
            self.assertLess(time.monotonic(), deadline, "it never came to that")
            time.sleep(0.02)

    def test_interrupted_it_ends_soon_and_says_how_to_go_on(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number.name):
                database = self.place.database(f"interrupted{number}")
                seen = len(self.place.server.requests())
                process = self.started(database, "--max-connections", "4")
                self.wait_until(lambda: len(self.place.server.requests()) > seen + CALLS // 4)
                err = self.interrupt(process, number)
                kept, asked = self.recorded(database), len(self.place.server.requests())
                self.assertTrue(0 < sum(kept.values()) < CALLS)
                state = Records(database).rows("SELECT state, reason FROM experiments")
                self.assertEqual(state, [{"state": "cancelled", "reason": ""}])
                self.place.call("runs", "resume", run_id(err), "--database", database)
                self.check_finished(database)
                self.assertEqual(bodies(self.place.server.requests()[asked:]), self.planned - kept)

    def test_interrupted_while_all_wait_for_a_provider_it_does_not_wait(self):
        self.place.server.script({"fault": {"kind": "rate_limited", "retry": "seconds", "wait_s": 60}})
        database = self.place.database("waiting")
        process = self.started(database)
        self.wait_until(lambda: len(self.place.server.requests()) == CALLS + FIRST)
        time.sleep(0.3)
        err = self.interrupt(process, signal.SIGINT)
        self.assertEqual(len(self.place.server.requests()), CALLS + FIRST)
        exchanges = Records(database).exchanges()
        self.assertEqual([(one["failure"], [attempt["failure"] for attempt in one["attempts"]]) for one in exchanges],
                         [("cancelled", ["rate_limited"])] * FIRST)
        self.place.server.script(*self.rules)
        self.place.call("runs", "resume", run_id(err), "--database", database)
        self.check_finished(database)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
