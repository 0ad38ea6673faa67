#!/usr/bin/env python3
"""Language models in runs of the built program, against the test server that speaks their wires.

usage: model_agents_test.py PROGRAM LLM_SERVER
"""
import collections
import itertools
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import urllib.request

PROGRAM, SERVER = sys.argv[1:3]
KEY = "sk-planted-0123456789abcdef"  # must show up nowhere
BASES = {"openai": "/v1", "openai-responses": "/v1", "anthropic": "", "ollama": "", "compatible": "/compatible/v1"}
NOT_ALLOWED, DOWN = 7, 8  # exit codes
ATTEMPTS = 5
RUN = ["--environments", "chain-v1", "--trials", "2", "--json"]


class ModelAgents(unittest.TestCase):
    def setUp(self):
        self.start()

    def start(self, *options):
        self.server = subprocess.Popen([sys.executable, SERVER, "--until-eof", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       text=True)
        self.url = self.server.stdout.readline().strip()
        self.folder = tempfile.TemporaryDirectory()
        self.database = str(pathlib.Path(self.folder.name) / "runs.sqlite")

    def tearDown(self):
        self.server.stdin.close()
        self.server.wait(timeout=10)
        self.server.stdout.close()
        self.folder.cleanup()

    def script(self, *rules):
        request = urllib.request.Request(self.url + "/_script", json.dumps({"rules": rules}).encode(), method="POST")
        urllib.request.urlopen(request, timeout=10).close()

    def requests(self):
        with urllib.request.urlopen(self.url + "/_requests", timeout=10) as answer:
            return [one for one in json.load(answer) if one["provider"]]

    def stats(self):
        with urllib.request.urlopen(self.url + "/_stats", timeout=10) as answer:
            return json.load(answer)

    def call(self, *arguments, provider="openai", key=KEY):
        environment = {"PATH": os.environ["PATH"], "HOME": self.folder.name, "OPENAI_API_KEY": key, "ANTHROPIC_API_KEY": key}
        return subprocess.run([PROGRAM, *arguments, "--database", self.database, "--base-url", self.url + BASES[provider]],
                              capture_output=True, text=True, timeout=60, env=environment, stdin=subprocess.DEVNULL)

    def outcomes(self, done):
        self.assertIn(done.returncode, (0,), done.stderr)
        return [belief for episode in json.loads(done.stdout)["episodes"] for belief in episode["beliefs"]]

    def exchanges(self):
        with sqlite3.connect(self.database) as connection:
            return connection.execute("SELECT provider, failure, cached, json_array_length(attempts) FROM exchanges").fetchall()

    def test_every_provider_states_its_beliefs_streamed_or_not(self):
        self.script({"answer": {"belief": 0.25}})
        for provider in BASES:
            for options in ("", "(stream=on,style=causal_cot)"):
                with self.subTest(provider=provider, options=options):
                    beliefs = self.outcomes(self.call("run", "-a", f"{provider}/some-model{options}", *RUN, provider=provider))
                    self.assertTrue(beliefs)
                    self.assertEqual({(one["outcome"], one["belief"]) for one in beliefs}, {("stated", 0.25)})
        self.assertEqual({failure for _, failure, _, _ in self.exchanges()}, {None})
        self.assertEqual(len(self.exchanges()), len(self.requests()))

    def test_agents_who_ask_the_same_are_each_answered(self):
        self.script({"answer": {"belief": 0.25}})
        self.outcomes(self.call("run", "-m", "openai/some-model", *RUN))
        alone = len(self.requests())
        self.assertGreater(alone, 0)
        self.outcomes(self.call("run", "-m", "openai/some-model", "-m", "openai/some-model()", *RUN))
        self.assertEqual(len(self.requests()), 3 * alone)
        self.assertEqual({cached for _, _, cached, _ in self.exchanges()}, {0})

    def test_a_run_whose_every_request_fails_takes_no_more_than_the_dry_run_says(self):
        self.script({"fault": {"kind": "content_type", "value": "text/plain"}})
        run = ["run", "-e", "chain-v1", "-m", "openai/some-model", "-i", "set smoke=yes"]
        bound = json.loads(self.call(*run, "--json", "--dry-run").stdout)["at_most"]
        self.assertEqual(self.requests(), [])
        done = self.call(*run)
        counted = re.search(r"language models: (\d+) requests, 0 tokens in, 0 out.*; of (\d+), nobody said what was used: "
                            r"at most (\d+) tokens in, (\d+) out.* more, which budgets count", done.stderr)
        self.assertEqual([int(counted[1]), int(counted[2])], [len(self.requests())] * 2)
        self.assertEqual([int(one) for one in counted.groups()[1:]], [bound["calls"], bound["input_tokens"], bound["output_tokens"]])

    def test_who_sent_no_key_is_told_where_it_would_be(self):
        self.script({"fault": {"kind": "authentication"}})
        for key, told in (("", True), (KEY, False)):
            done = self.call("run", "-m", "openai/some-model", *RUN, key=key)
            self.assertEqual(done.returncode, NOT_ALLOWED, done.stderr)
            self.assertEqual("no key was sent: set OPENAI_API_KEY or OPENAI_API_KEY_FILE, or take an agent that needs no key, such as 'ideal'"
                             in done.stderr, told)

    def test_what_is_not_begun_has_used_nothing(self):
        done = self.call("run", "-m", "openai/some-model", "--cache-days", "3", *RUN)
        self.assertEqual(done.returncode, 2)
        self.assertIn("it says how old replies to other runs may be, and those are not taken (--cache-days); give --cache too", done.stderr)
        self.assertNotIn("language models:", done.stderr)
        self.assertEqual(self.requests(), [])
        self.script({"answer": {"belief": 0.5}})
        self.outcomes(self.call("run", "-m", "openai/some-model", "--cache", "--cache-days", "3", *RUN))

    def test_a_web_page_at_the_address_stops_the_provider_after_some_calls(self):
        self.script({"fault": {"kind": "content_type"}})
        run = ["run", "-e", "chain-v1", "-m", "openai/some-model", "--trials", "50", "--max-connections", "1"]
        done = self.call(*run, "--max-failures", "1")
        self.assertEqual(done.returncode, DOWN, done.stderr)
        self.assertEqual(len(self.requests()), ATTEMPTS)
        self.assertIn("a web page came instead of an answer", done.stderr)
        # What stands between is well: the run goes on, and nothing was lost.
        self.script({"answer": {"belief": 0.5}})
        self.assertEqual(self.call("runs", "resume", re.search(r"causal-gym runs resume (\S+)", done.stderr)[1]).returncode, 0)

    def test_all_beliefs_of_a_phase_are_under_way_at_once(self):
        self.tearDown()
        self.start("--delay-ms", "400")
        self.script({"answer": {"belief": 0.25}})
        for samples in (1, 3):
            with self.subTest(samples=samples):
                seen = len(self.requests())
                beliefs = self.outcomes(self.call("run", "-a", f"openai/m(samples={samples})", "-e", "chain-v1", "--trials", "1", "--json"))
                times = sorted(one["time_ms"] for one in self.requests()[seen:])
                phases = sorted(collections.Counter(one["regime"] for one in beliefs).items())
                self.assertEqual([count for _, count in phases], [4] * 4)
                self.assertEqual(len(times), samples * len(beliefs))
                # One wave for each phase: within it nothing waits for a reply, and the next one waits for the last of them.
                self.assertEqual(self.stats()["most_in_flight"], 4 * samples)
                waves = [times[at:at + 4 * samples] for at in range(0, len(times), 4 * samples)]
                for earlier, later in itertools.pairwise(waves):
                    self.assertLess(earlier[-1] - earlier[0], 400)
                    self.assertGreaterEqual(later[0] - earlier[-1], 390)

    def test_refusals_and_words_are_never_numbers(self):
        for answer, outcome, reason in (({"refusal": "no"}, "refused", "no"), ({"text": "hard to say"}, "unparseable", "it names no number"),
                                        ({"belief": 0.25, "cut_off": True}, "unparseable", "its output was cut off"),
                                        ({"filtered": True}, "refused", "the provider's filter stopped the reply")):
            with self.subTest(answer=answer):
                self.script({"answer": answer})
                beliefs = self.outcomes(self.call("run", "-a", "openai/some-model", *RUN))
                self.assertEqual({(one["outcome"], one["reason"], one["belief"]) for one in beliefs}, {(outcome, reason, None)})

    def test_a_transient_fault_is_tried_again_and_recorded(self):
        self.script({"match": {"attempt": 1}, "fault": {"kind": "rate_limited"}},
                    {"answer": {"belief": 0.5}})
        beliefs = self.outcomes(self.call("run", "-a", "openai/some-model", *RUN))
        self.assertEqual({one["outcome"] for one in beliefs}, {"stated"})
        self.assertTrue(any(attempts > 1 for *_, attempts in self.exchanges()))

    def test_a_budget_stops_the_run_and_resuming_repeats_no_call(self):
        self.script({"answer": {"belief": 0.5}})
        stopped = self.call("run", "-a", "openai/some-model", *RUN, "--max-calls", "3")
        self.assertNotEqual(stopped.returncode, 0)
        self.assertIn("calls", stopped.stderr)
        run = sqlite3.connect(self.database).execute("SELECT id FROM experiments").fetchone()[0]
        self.assertEqual(len(self.requests()), 3)
        beliefs = self.outcomes(self.call("runs", "resume", run, "--json", "--max-calls", "1000"))
        self.assertEqual({one["outcome"] for one in beliefs}, {"stated"})
        self.assertEqual(len(self.requests()), len(beliefs))

    def test_a_missing_key_names_its_variable(self):
        done = subprocess.run([PROGRAM, "run", "-a", "anthropic/some-model", *RUN, "--database", self.database],
                              capture_output=True, text=True, env={"PATH": os.environ["PATH"], "HOME": self.folder.name},
                              stdin=subprocess.DEVNULL, timeout=30)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("ANTHROPIC_API_KEY", done.stderr)

    def test_the_key_is_nowhere(self):
        self.script({"match": {"nth": 1}, "fault": {"kind": "status", "status": 500}}, {"answer": {"belief": 0.5}})
        done = self.call("run", "-a", "openai/some-model", *RUN)
        self.assertNotIn(KEY, done.stdout + done.stderr)
        for path in pathlib.Path(self.folder.name).rglob("*"):
            if path.is_file():
                self.assertNotIn(KEY.encode(), path.read_bytes(), path)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
