#!/usr/bin/env python3
"""Runs of language models that stop and go on: with the options they were begun with, within the budgets of the whole run.

usage: resumed_models_test.py PROGRAM LLM_SERVER
"""
import json
import re
import sys
import unittest

sys.dont_write_bytecode = True
PROGRAM, SERVER = sys.argv[1:3]
from model_run import DOWN, LIMIT, MISSING, NOT_ALLOWED, PROVIDERS, Records, ScriptedServer, Workplace, run_id  # noqa: E402

CONFLICT = 6
BELIEFS = 2  # of an episode: one before and one after the intervention
ENVIRONMENT = "chain-v1"
QUESTIONS = ["-e", ENVIRONMENT, "-i", "set fire=true", "-b", "P(alarm)", "--json"]
PRICES = {"collected": "2026-01-31", "prices": [{"host": "*", "model": "*", "input": 1, "output": 100_000}]}


class ResumedModels(unittest.TestCase):
    def setUp(self):
        self.place = Workplace(PROGRAM, SERVER)
        self.addCleanup(self.place.close)
        self.database = self.place.database("runs")

    def run_of(self, *arguments, code=0, **more):
        """Standard output and error of a run."""
        return self.place.call("run", *QUESTIONS, *arguments, "--database", self.database, code=code, **more)

    def resume(self, run, *arguments, code=0, **more):
        return self.place.call("runs", "resume", run, "--database", self.database, *arguments, code=code, **more)

    def check_finished(self, episodes):
        records = Records(self.database)
        self.assertEqual(list(records.faults_of_logs(episodes, {ENVIRONMENT: BELIEFS})), [])
        self.assertEqual(records.rows("SELECT state, reason FROM experiments"), [{"state": "finished", "reason": ""}])

    def other_server(self):
        other = ScriptedServer(SERVER)
        self.addCleanup(other.close)
        return other


class Options(ResumedModels):
    def test_a_run_goes_on_where_it_was_begun(self):
        other = self.other_server()
        _, err = self.run_of("-a", "openai/m", "--trials", "2", "--base-url", other.url + "/v1", "--max-calls", "1", code=LIMIT)
        self.resume(run_id(err), "--max-calls", "100")
        self.assertEqual(len(other.requests()), 2 * BELIEFS)
        self.assertEqual(self.place.server.requests(), [])
        self.check_finished(2)

    def test_another_address_of_the_environment_is_refused_until_it_is_given(self):
        other = self.other_server()
        for wire, path in (("openai", "/v1"), ("anthropic", "")):
            with self.subTest(wire=wire):
                self.database = self.place.database(f"moved-{wire}")
                here, there = self.place.server.url + path, other.url + path
                _, err = self.run_of("-a", f"{wire}/m", "--max-calls", "1", code=LIMIT)
                asked = len(other.requests())
                _, refused = self.resume(run_id(err), "--max-calls", "100", code=CONFLICT, **{PROVIDERS[wire][0]: there})
                self.assertIn(here, refused)
                self.assertIn(there, refused)
                self.assertEqual(len(other.requests()), asked)
                self.assertEqual(Records(self.database).rows("SELECT state FROM experiments"), [{"state": "failed"}])
                self.resume(run_id(err), "--max-calls", "2", "--base-url", there)
                self.assertEqual(len(other.requests()), asked + 1)
                self.check_finished(1)

    def test_where_it_was_moved_to_it_stays(self):
        other = self.other_server()
        _, err = self.run_of("-a", "openai/m", "--trials", "2", "--max-calls", "1", code=LIMIT)
        self.resume(run_id(err), "--max-calls", "2", "--base-url", other.url + "/v1", code=LIMIT)
        self.resume(run_id(err), "--max-calls", "100")
        self.assertEqual((len(self.place.server.requests()), len(other.requests())), (1, 3))
        self.check_finished(2)

    def test_an_address_with_a_password_is_kept_nowhere(self):
        _, err = self.run_of("-a", "openai/m", "--max-calls", "1", code=LIMIT)
        _, refused = self.resume(run_id(err), "--base-url", "http://me:planted@127.0.0.1:1/v1", code=2)
        self.assertNotIn("planted", refused)
        self.assertEqual(Records(self.database).rows("SELECT model_options FROM experiments"), [{"model_options": '{"max_calls":1}'}])

    def test_runs_without_models_keep_no_options(self):
        self.run_of("-a", "ideal", "--max-calls", "1")
        self.assertEqual(Records(self.database).rows("SELECT model_options FROM experiments"), [{"model_options": None}])

    def test_every_option_is_taken_as_it_was(self):
        prices = self.place.folder / "prices.json"
        prices.write_text(json.dumps(PRICES))
        self.place.server.script({"match": {"nth": {"from": 2}}, "fault": {"kind": "rate_limited", "retry": "seconds", "wait_s": 50}},
                                 {"answer": {"belief": 0.5}})
        options = {"--max-connections": 3, "--max-retry-wait": 0.05, "--max-failures": 7, "--timeout": 20, "--max-calls": 1, "--max-input-tokens": 1_000_000,
                   "--max-output-tokens": 1_000_000, "--max-cost": 1_000, "--max-time": 100, "--cache-days": 3}
        _, err = self.run_of("-a", "openai/m", "--prices", str(prices), "--cache", *(str(part) for pair in options.items() for part in pair),
                             code=LIMIT)
        kept = json.loads(Records(self.database).rows("SELECT model_options FROM experiments")[0]["model_options"])
        expected = {name[2:].replace("-", "_"): value for name, value in options.items()} | {"prices": str(prices), "cache": True}
        self.assertEqual(kept, expected)
        prices.unlink()
        _, lost = self.resume(run_id(err), "--max-calls", "100", code=5)
        self.assertIn("prices.json", lost)


class Budgets(ResumedModels):
    def spent(self, err):
        """(requests, tokens out) that the program tells of."""
        return tuple(map(int, re.search(r"(\d+) requests, \d+ tokens in, (\d+) out", err).groups()))

    def test_a_budget_of_calls_is_of_the_whole_run(self):
        self.place.server.script({"answer": {"belief": 0.5}})
        _, err = self.run_of("-a", "openai/m", "--trials", "4", "--max-calls", "3", code=LIMIT)
        run = run_id(err)
        for _ in range(2):
            _, err = self.resume(run, code=LIMIT)
            self.assertIn("the budget of 3 calls does not allow another request (--max-calls); raise it", err)
            self.assertEqual(self.spent(err)[0], 3)
        self.assertEqual(len(self.place.server.requests()), 3)
        self.resume(run, "--max-calls", "5", code=LIMIT)
        self.assertEqual(len(self.place.server.requests()), 5)
        self.resume(run, code=LIMIT)  # what was said anew is kept
        self.assertEqual(len(self.place.server.requests()), 5)
        _, err = self.resume(run, "--max-calls", "8")
        self.assertEqual((len(self.place.server.requests()), self.spent(err)[0]), (8, 8))
        self.check_finished(4)

    def test_requests_that_failed_count_too(self):
        self.place.server.script({"match": {"attempt": 1}, "fault": {"kind": "cut"}}, {"answer": {"belief": 0.5}})
        options = ["--max-retry-wait", "0.05", "--max-connections", "1"]
        _, err = self.run_of("-a", "openai/m", "--trials", "2", "--max-calls", "3", *options, code=LIMIT)
        first = self.spent(err)
        self.assertEqual(first[0], 3)
        _, err = self.resume(run_id(err), code=LIMIT)
        self.assertEqual(self.spent(err), first)
        self.assertEqual(len(self.place.server.requests()), 3)

    def test_a_budget_of_cost_is_of_the_whole_run(self):
        prices = self.place.folder / "prices.json"
        prices.write_text(json.dumps(PRICES))
        self.place.server.script({"answer": {"belief": 0.5}})
        limits = ["--max-cost", "110", "--prices", str(prices), "--max-connections", "1"]
        _, err = self.run_of("-a", "openai/m(max_tokens=1000)", "--trials", "100", *limits, code=LIMIT)
        self.assertIn("the budget of 110 USD does not allow another request, which may take 100.0", err)
        asked = len(self.place.server.requests())
        self.assertGreater(asked, 1)
        for _ in range(2):
            _, again = self.resume(run_id(err), code=LIMIT)
            self.assertIn("(--max-cost); raise it", again)
            self.assertEqual(self.spent(again), self.spent(err))
        self.assertEqual(len(self.place.server.requests()), asked)
        self.resume(run_id(err), "--max-cost", "120", code=LIMIT)
        self.assertGreater(len(self.place.server.requests()), asked)


class Suspended(ResumedModels):
    """What no request can mend stops whom it concerns, at once, and nobody else."""
    TRIALS = 3

    def stop_some(self, agents, fault, faulty, width, code):
        """A run of all agents, of which the server refuses some; standard error and the agents' finished episodes."""
        self.place.server.script(*({"match": match, "fault": fault} for match in faulty), {"answer": {"belief": 0.25}})
        _, err = self.run_of(*(part for agent in agents for part in ("-a", agent)), "--trials", str(self.TRIALS), "--max-connections", width,
                             code=code)
        rows = Records(self.database).rows("SELECT agent, sum(finished) AS finished FROM episodes GROUP BY agent")
        self.assertEqual(Records(self.database).rows("SELECT count(*) AS n FROM events WHERE kind = 'agent_error'"), [{"n": 0}])
        return err, {row["agent"]: row["finished"] for row in rows if row["finished"]}

    def requests_of(self, provider, model="*"):
        return [one for one in self.place.server.requests() if one["provider"] == provider and model in ("*", one["body"]["model"])]

    def check_goes_on(self, err, agents):
        self.place.server.script({"answer": {"belief": 0.25}})
        self.resume(run_id(err))
        self.check_finished(len(agents) * self.TRIALS)
        said = [one for one in Records(self.database).exchanges() if one["failure"] is None and not one["cached"]]
        self.assertEqual(len(said), (len(agents) - agents.count("ideal")) * self.TRIALS * BELIEFS)

    def test_a_refused_key_or_quota_stops_every_agent_of_its_provider(self):
        agents = ["openai/a", "anthropic/a", "openai/b", "openai/b(stream=on)", "ideal"]
        for width in ("1", "64"):
            for kind, code in (("quota", LIMIT), ("authentication", NOT_ALLOWED), ("forbidden", NOT_ALLOWED)):
                with self.subTest(kind=kind, width=width):
                    self.database = self.place.database(f"{kind}-{width}")
                    self.place.server.call("/_reset", {})
                    err, finished = self.stop_some(agents, {"kind": kind, "message": "planted words"}, [{"provider": "openai"}], width, code)
                    self.assertEqual(finished, {"anthropic/a": self.TRIALS, "ideal": self.TRIALS})
                    self.assertLessEqual(len(self.requests_of("openai")), min(int(width), 3 * self.TRIALS))
                    name = "limit_exceeded" if code == LIMIT else "unauthorized"
                    self.assertRegex(err, rf"{name}: 9 of 15 episodes are left: {kind} \(HTTP 4\d\d\): planted words \(9 episodes of openai/a, ")
                    self.assertNotIn("cancelled", err)
                    shown, _ = self.place.call("runs", "show", run_id(err), "--database", self.database)
                    self.assertIn(f"reason: {name}: 9 of 15 episodes are left: {kind}", shown)
                    self.check_goes_on(err, agents)

    def test_a_model_that_is_not_there_stops_alone(self):
        agents = ["openai/a", "openai/gone", "openai/gone(mode=tools)", "openai-responses/gone"]
        fault = {"kind": "not_found"}
        err, finished = self.stop_some(agents, fault, [{"provider": "openai", "model": "gone"}], "1", MISSING)
        self.assertEqual(finished, {"openai/a": self.TRIALS, "openai-responses/gone": self.TRIALS})
        self.assertEqual(len(self.requests_of("openai", "gone")), 1)
        self.assertIn("not_found: 6 of 12 episodes are left: not_found (HTTP 404)", err)
        self.place.server.script({"match": {"tools": True}, "answer": {"tool_calls": [{"name": "stop", "arguments": {}}]}},
                                 {"answer": {"belief": 0.25}})
        self.resume(run_id(err))
        self.assertEqual(Records(self.database).rows("SELECT state FROM experiments"), [{"state": "finished"}])

    def test_a_budget_stops_everything_and_says_so(self):
        self.place.server.script({"match": {"provider": "openai"}, "fault": {"kind": "authentication"}}, {"answer": {"belief": 0.25}})
        _, err = self.run_of("-a", "openai/a", "anthropic/a", "--trials", "2", "--max-calls", "3", "--max-connections", "1", code=LIMIT)
        self.assertIn("causal-gym: limit_exceeded: the budget of 3 calls does not allow another request (--max-calls); raise it\n", err)
        self.assertIn(f"causal-gym runs resume {run_id(err)} --database '{self.database}' --max-calls N, where N is more than before\n", err)
        self.assertEqual(Records(self.database).rows("SELECT state, reason FROM experiments"),
                         [{"state": "failed", "reason": "limit_exceeded: the budget of 3 calls does not allow another request (--max-calls); raise it"}])


class Outages(ResumedModels):
    """What passes is never the agent's error: the episode is left, and the run can be finished when the provider is well."""
    ATTEMPTS = 5
    QUICK = ["--max-retry-wait", "0.05"]

    def finished(self):
        rows = Records(self.database).rows("SELECT agent, sum(finished) AS finished FROM episodes GROUP BY agent")
        return {row["agent"]: row["finished"] for row in rows if row["finished"]}

    def check_goes_on(self, err, episodes, *arguments):
        self.assertEqual(Records(self.database).rows("SELECT count(*) AS n FROM events WHERE kind = 'agent_error'"), [{"n": 0}])
        self.assertEqual(Records(self.database).rows("SELECT state FROM experiments"), [{"state": "failed"}])
        self.place.server.script({"answer": {"belief": 0.25}})
        self.resume(run_id(err), *arguments)
        self.check_finished(episodes)
        self.assertEqual(Records(self.database).rows("SELECT DISTINCT outcome FROM belief_measurements"), [{"outcome": "stated"}])

    def test_where_nobody_listens_the_run_can_go_on_elsewhere(self):
        _, err = self.run_of("-a", "openai/m", "openai/m(mode=tools)", "seeing", "--trials", "4", "--base-url", "http://127.0.0.1:1/v1", *self.QUICK,
                             code=DOWN)
        self.assertRegex(err, r"unavailable: 8 of 12 episodes are left: connection: .*127\.0\.0\.1 port 1.* \(all 5 attempts failed\)")
        self.assertEqual(self.finished(), {"seeing": 4})
        self.place.server.script({"match": {"tools": True}, "answer": {"tool_calls": [{"name": "stop", "arguments": {}}]}},
                                 {"answer": {"belief": 0.25}})
        self.resume(run_id(err), "--base-url", self.place.server.url + "/v1")
        self.assertEqual(Records(self.database).rows("SELECT state FROM experiments"), [{"state": "finished"}])

    def test_a_provider_that_asks_for_too_long_a_wait_is_left_alone_and_the_others_go_on(self):
        self.place.server.script({"match": {"provider": "openai"}, "fault": {"kind": "rate_limited", "retry": "seconds", "wait_s": 300}},
                                 {"answer": {"belief": 0.25}})
        _, err = self.run_of("-a", "openai/a", "openai/b", "anthropic/a", "--trials", "4", "--max-retry-wait", "5", "--max-connections", "1",
                             code=DOWN)
        self.assertRegex(err, r"8 of 12 episodes are left: rate_limited \(HTTP 429\): .* \(the provider asks to wait longer than 5 s\)")
        self.assertEqual(self.finished(), {"anthropic/a": 4})
        self.assertEqual(sum(one["provider"] == "openai" for one in self.place.server.requests()), 3)
        self.check_goes_on(err, 12)

    def test_how_many_failures_in_a_row_are_too_many_can_be_said(self):
        for most in (1, 5):
            with self.subTest(most=most):
                self.database = self.place.database(f"most{most}")
                self.place.server.call("/_reset", {})
                self.place.server.script({"fault": {"kind": "status", "status": 500}})
                _, err = self.run_of("-a", "openai/a", "--trials", "9", "--max-failures", str(most), "--max-connections", "1", *self.QUICK, code=DOWN)
                self.assertIn("9 of 9 episodes are left: server (HTTP 500)", err)
                self.assertEqual(len(self.place.server.requests()), most * self.ATTEMPTS)
                self.check_goes_on(err, 9)

    def test_one_call_that_fails_leaves_one_episode(self):
        self.place.server.script({"match": {"nth": {"from": 4, "to": 3 + self.ATTEMPTS}}, "fault": {"kind": "overloaded"}}, {"answer": {"belief": 0.25}})
        _, err = self.run_of("-a", "openai/a", "--trials", "4", "--max-connections", "1", *self.QUICK, code=DOWN)
        self.assertRegex(err, r"unavailable: 1 of 4 episodes is left: overloaded \(HTTP \d+\): .* \(1 episode of openai/a\)")
        self.assertEqual(self.finished(), {"openai/a": 3})
        requests = len(self.place.server.requests())
        self.check_goes_on(err, 4)
        self.assertEqual(len(self.place.server.requests()) - requests, 1)

    def test_errors_are_told_beside_what_is_left(self):
        self.place.server.script({"match": {"model": "bad"}, "fault": {"kind": "status", "status": 400, "message": "no \x1b[31msuch\nfield"}},
                                 {"fault": {"kind": "overloaded"}})
        _, err = self.run_of("-a", "openai/bad", "openai/away", "--trials", "2", *self.QUICK, code=DOWN)
        self.assertIn("openai/bad: among its beliefs 4 errors, the commonest: invalid_request (HTTP 400): no  [31msuch field, 4 times\n", err)
        self.assertNotIn("openai/away:", err)
        self.assertIn("2 of 4 episodes are left: overloaded", err)

    def test_samples_that_were_answered_are_kept_while_the_others_are_left(self):
        self.place.server.script({"match": {"nth": {"from": 2}}, "fault": {"kind": "cut"}}, {"answer": {"belief": 0.25}})
        _, err = self.run_of("-a", "openai/a(samples=3)", "--max-connections", "1", *self.QUICK, code=DOWN)
        self.assertIn("1 of 1 episode is left: interrupted", err)
        self.assertEqual([one["trial"] for one in Records(self.database).exchanges() if one["failure"] is None], [0])
        requests = len(self.place.server.requests())
        self.check_goes_on(err, 1)
        self.assertEqual(len(self.place.server.requests()) - requests, 3 * BELIEFS - 1)

    def test_what_is_about_the_request_stays_the_agents_error(self):
        for kind in ("too_large", "context_length", "malformed"):
            with self.subTest(kind=kind):
                self.database = self.place.database(kind)
                self.place.server.script({"fault": {"kind": kind}})
                out, err = self.run_of("-a", "openai/a", "--trials", "4", *self.QUICK)
                told = json.loads(out)
                self.assertEqual({one["outcome"] for episode in told["episodes"] for one in episode["beliefs"]}, {"agent_error"})
                name = "too_large" if kind == "context_length" else kind
                errors = rf"8 errors, the commonest: {name} \(HTTP \d+\): .+, 8 times"
                self.assertRegex(err, rf"(?m)^openai/a: among its beliefs {errors}$")
                self.assertRegex(" ".join(told["summary"]["findings"]), errors)
                shown, _ = self.place.call("runs", "show", told["id"], "--database", self.database)
                self.assertRegex(" ".join(shown.split()), errors)


class LeftOut(ResumedModels):
    def test_what_a_model_does_not_take_is_told_once_in_plain_words(self):
        faults = [({"provider": "openai", "model": "x"}, "temperature"), ({"provider": "anthropic"}, "output_config.format"),
                  ({"provider": "compatible"}, "max_tokens")]
        self.place.server.script(*({"match": match, "fault": {"kind": "unsupported_parameter", "parameter": parameter}} for match, parameter in faults),
                                 {"answer": {"belief": 0.5}})
        agents = ["openai/x(temperature=0)", "openai/y(temperature=0)", "anthropic/x", "compatible/x"]
        told = ["openai/x does not take temperature: it was left out", "anthropic/x does not take output_config: it was left out",
                "compatible/x does not take max_tokens: it was given by its other name"]
        _, err = self.run_of(*(part for agent in agents for part in ("-a", agent)), "--trials", "3", "--max-calls", "20", code=LIMIT)
        _, again = self.resume(run_id(err), "--max-calls", "100")  # also where it was an earlier start that met it
        shown, _ = self.place.call("runs", "show", run_id(err), "--database", self.database)
        for text in (again, shown):
            self.assertEqual(sorted(line for line in text.splitlines() if "does not take" in line), sorted(told))
        self.assertIn(told[0], err)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
