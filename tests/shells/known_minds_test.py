#!/usr/bin/env python3
"""Models in text and tool mode: the built-in agents behind the program's own endpoint score as they do without a wire, tools work
on every wire, and runs are replayed and bounded without a provider.

usage: known_minds_test.py PROGRAM LLM_SERVER
"""
import json
import shutil
import sqlite3
import sys
import threading
import unittest

sys.dont_write_bytecode = True
PROGRAM, SERVER = sys.argv[1:3]
from model_run import LIMIT, PROVIDERS, Records, Workplace, run_id  # noqa: E402

WIRES = ("openai", "openai-responses", "anthropic", "compatible")  # that the program's endpoint speaks
MINDS = ("ideal", "seeing", "reverser", "associator", "stubborn")
QUESTIONS = ["-e", "chain-v1", "-i", "smoke=true", "-b", "P(fire)", "-b", "P(alarm)"]


def episodes(out):
    return json.loads(out)["episodes"]


def tool(name, **arguments):
    return {"tool_calls": [{"name": name, "arguments": arguments}]}


class KnownMinds(unittest.TestCase):
    def setUp(self):
        self.place = Workplace(PROGRAM, SERVER)
        self.addCleanup(self.place.close)
        self.count = 0

    def run_of(self, *arguments, code=0, **more):
        """The episodes of a run, its database and what it said besides."""
        self.count += 1
        database = self.place.database(f"run{self.count}")
        out, err = self.place.call("run", *arguments, "--json", "--database", database, code=code, **more)
        return (json.loads(out) if out else None), database, err

    def serve(self):
        process = self.place.start("serve", "--port", "0", "--metrics-port", "0", "--database", self.place.database("served"),
                                   CAUSAL_GYM_LOG_LEVEL="info")
        listening = next(event for event in map(json.loads, process.stderr) if event["event"] == "listening")
        # Its log is a line a request: somebody must read it.
        reader = threading.Thread(target=process.stderr.read)
        reader.start()

        def stop():
            process.terminate()
            process.wait(timeout=30)
            reader.join()
            process.stdout.close()
            process.stderr.close()
        self.addCleanup(stop)
        return f"http://127.0.0.1:{listening['port']}"

    def test_a_mind_behind_the_wire_scores_as_it_does_without(self):
        address = self.serve()
        plain, _, _ = self.run_of("-e", "all", "-a", *MINDS, "--interface", "causal")
        expected = {(one["environment"], one["agent"]): one for one in plain["episodes"]}
        self.assertEqual(len(expected), len(plain["episodes"]))
        kept = ("scores", "counts", "interventions", "seed")
        for wire in WIRES:
            agents = [f"{wire}/causal-gym/{mind}({options})" for mind in MINDS
                      for options in ("stream=off", "mode=tools,stream=on", "mode=tools,history=2")]
            more = {PROVIDERS[wire][0]: address + ("" if wire == "anthropic" else "/v1")}
            run, _, _ = self.run_of("-e", "all", "-a", *agents, **more)
            self.assertEqual(len(run["episodes"]), len(plain["episodes"]) * 3)
            for episode in run["episodes"]:
                mind = episode["agent"].split("/")[2].split("(")[0]
                same = expected[episode["environment"], mind]
                # A tool states null where the built-in refuses in words of its own.
                without_words = [[{**belief, "reason": None} for belief in one["beliefs"]] for one in (episode, same)]
                self.assertEqual(*without_words, episode["agent"])
                self.assertEqual([belief["reason"] is None for belief in episode["beliefs"]], [belief["reason"] is None for belief in same["beliefs"]])
                self.assertEqual({key: episode[key] for key in kept}, {key: same[key] for key in kept}, episode["agent"])

    def test_without_buttons_the_next_intervention_is_the_only_one(self):
        address = self.serve()
        run, _, _ = self.run_of("-e", "sprinkler-v1", "--interface", "correlational", "-a", "seeing",
                                "openai/causal-gym/seeing(mode=tools)", OPENAI_BASE_URL=address + "/v1")
        plain, tools = run["episodes"]
        self.assertEqual(plain["beliefs"], tools["beliefs"])
        self.assertGreater(len(plain["beliefs"]), len(set(belief["query"] for belief in plain["beliefs"])))

    def test_tools_work_on_every_wire(self):
        for wire in PROVIDERS:
            for stream in ("off", "on"):
                with self.subTest(wire=wire, stream=stream):
                    self.place.server.script({"answers": [
                        tool("observe"), tool("state_belief", query="P(fire)", belief=0.25),
                        {"tool_calls": [{"name": "state_belief", "arguments": {"query": "P(fire)", "belief": 0.5}},  # answered already
                                        {"name": "state_belief", "arguments": {"query": "", "belief": None}}]},
                        tool("intervene", intervention="smoke=true"), {"text": "Let me think."}, tool("ask_history"),
                        {"tool_calls": [{"name": "state_belief", "arguments": {"query": "P(alarm)", "belief": 0.75}},
                                        {"name": "state_belief", "arguments": {"query": "P(fire)", "belief": 7}}]},
                        tool("stop")]})
                    run, database, _ = self.run_of(*QUESTIONS, "-m", f"{wire}/some-model(mode=tools,stream={stream})")
                    beliefs = [(one["phase"], one["query"], one["outcome"], one["belief"]) for one in run["episodes"][0]["beliefs"]]
                    self.assertEqual(beliefs, [(0, "P(fire)", "stated", 0.25), (0, "P(alarm)", "refused", None),
                                               (1, "P(alarm)", "stated", 0.75), (1, "P(fire)", "refused", None)])
                    exchanges = Records(database).exchanges()
                    self.assertEqual(len(exchanges), 8)
                    self.assertEqual({one["failure"] for one in exchanges}, {None})
                    # What came of each use is told to the model in its wire's own form.
                    last = exchanges[-1]["request"]
                    for told in ("is answered in this phase", "lies in [0, 1]", "You used no tool", "The intervention began"):
                        self.assertIn(told, last)

    def test_a_play_with_tools_goes_on_where_a_budget_stopped_it(self):
        plays = [tool("state_belief", query="", belief=value) for value in (0.1, 0.2)] + [tool("intervene", intervention="smoke=true")]
        turns = 5
        for calls in range(1, turns):
            with self.subTest(calls=calls):
                self.place.server.script({"answers": plays})
                before = len(self.place.server.requests())
                _, database, err = self.run_of(*QUESTIONS, "-m", "anthropic/some-model(mode=tools)", "--max-calls", str(calls), code=LIMIT)
                out, _ = self.place.call("runs", "resume", run_id(err), "--database", database, "--json", "--max-calls", str(turns))
                self.assertEqual([one["belief"] for one in episodes(out)[0]["beliefs"]], [0.1, 0.2, 0.1, 0.2])
                self.assertEqual(len(self.place.server.requests()) - before, turns)
                self.assertEqual(list(Records(database).faults_of_logs(1, {"chain-v1": 4})), [])

    def test_the_list_of_models_tells_what_is_missing_and_no_key(self):
        bare = {variable: "" for names in PROVIDERS.values() for variable in (names[0], names[2])}
        out, _ = self.place.call("models", "--json", **{**bare, "ANTHROPIC_API_KEY": "planted"})
        states = {one["name"]: one["state"] for one in json.loads(out)["providers"]}
        self.assertEqual(states, {"openai": "no key", "openai-responses": "no key", "anthropic": "ready", "azure": "no key",
                                  "azure-responses": "no key", "ollama": "ready", "compatible": "no address"})
        self.assertNotIn("planted", out)
        for option in json.loads(out)["options"]:
            self.assertIn(option["name"], self.place.call("models")[0])

    def test_every_sample_is_asked_and_the_belief_is_their_median(self):
        self.place.server.script({"answers": [{"belief": 0.9}, {"refusal": "no"}, {"belief": 0.1}, {"belief": 0.2}, {"text": "hm"}]})
        run, database, _ = self.run_of("-e", "chain-v1", "-b", "P(fire)", "-i", "smoke=true", "-m", "openai/some-model(samples=5)")
        self.assertEqual({one["belief"] for one in run["episodes"][0]["beliefs"]}, {0.2})
        exchanges = Records(database).exchanges()
        first = [one["trial"] for one in exchanges if one["sequence"] == exchanges[0]["sequence"]]
        self.assertEqual(sorted(first), [0, 1, 2, 3, 4])
        self.assertEqual(len(exchanges), 10)
        self.assertEqual(len({json.loads(one["request"])["seed"] for one in exchanges}), 5)

    def test_a_replay_makes_the_same_report_without_a_provider(self):
        self.place.server.script({"match": {"contains": "Question: P(alarm)", "tools": False}, "answer": {"text": "perhaps"}},
                                 {"match": {"model": "odd", "nth": 1}, "fault": {"kind": "status", "status": 400}},
                                 {"match": {"tools": True}, "answers": [tool("state_belief", query="", belief=0.25), tool("stop")]},
                                 {"answer": {"belief": 0.5}})
        _, database, _ = self.run_of(*QUESTIONS, "--trials", "2", "-a", "seeing", "openai/one", "anthropic/two(stream=on,samples=2)",
                                     "ollama/three(mode=tools)", "openai/odd")
        run = Records(database).rows("SELECT id FROM experiments")[0]["id"]
        seen = len(self.place.server.requests())
        bare = {variable: "" for names in PROVIDERS.values() for variable in (names[0], names[2])}
        for form in ([], ["--json"], ["--by-environment"]):
            shown, _ = self.place.call("run", "--replay", run, "--database", database, *form, **bare)
            if form == ["--json"]:
                self.assertEqual(shown, self.place.call("runs", "show", run, "--json", "--database", database)[0])
            self.assertIn("seeing", shown)
        self.assertEqual(len(self.place.server.requests()), seen)
        # Another reply on record is another report, which is told.
        other = self.place.database("other")
        shutil.copy(database, other)
        with sqlite3.connect(other) as connection:
            connection.executescript("DROP TRIGGER exchanges_keep")
            connection.execute("UPDATE exchanges SET response = replace(response, '0.5', '0.75') WHERE model = 'one'")
        out, err = self.place.call("run", "--replay", run, "--database", other, "--json", code=6, **bare)
        self.assertIn("episodes differ from what is stored", err)
        self.assertIn("openai/one", err)
        self.assertIn(0.75, [belief["belief"] for episode in episodes(out) for belief in episode["beliefs"]])
        # A question that is not on record is no guess.
        with sqlite3.connect(other) as connection:
            connection.executescript("DROP TRIGGER exchanges_stay")
            connection.execute("DELETE FROM exchanges WHERE model = 'one'")
        _, err = self.place.call("run", "--replay", run, "--database", other, code=6, **bare)
        self.assertIn("is not on record", err)
        self.place.call("run", "--replay", "", "--database", other, code=5)
        self.place.call("run", "--replay", run, "--database", other, "--max-cost", "1", code=2)

    def test_who_leaves_early_has_not_reached_what_was_to_come(self):
        beliefs = [tool("state_belief", query="", belief=0.5), tool("state_belief", query="", belief=0.5)]
        for ending in (tool("stop"), {"refusal": "no more"}, {"text": "that is all"}):
            with self.subTest(ending=ending):
                self.place.server.script({"answers": [*beliefs, ending, ending, ending]})
                run, database, _ = self.run_of(*QUESTIONS, "-m", "openai/some-model(mode=tools)")
                counts = run["episodes"][0]["counts"]
                self.assertEqual((counts["requested"], counts["stated"], counts["refused"], counts["not_reached"]), (4, 2, 0, 2))
                exported, _ = self.place.call("runs", "export", run["id"], "--format", "csv", "--database", database)
                self.assertEqual(exported.count(",not_reached,,"), 2)
                self.assertEqual(exported.count("the episode ended before it was asked"), 2)
                markdown, _ = self.place.call("runs", "export", run["id"], "--format", "markdown", "--database", database)
                self.assertIn("| 2 of 4 |", markdown)

    def test_names_that_are_none_are_refused_before_anything_is_sent(self):
        for name, words in (("gpt-5.5", "such as openai/gpt-5.5"), ("noisy_ideal(0.1)", "--agents noisy_ideal(0.1)"),
                            ("azure", "azure/MODEL"), ("openai/\udcff", "not UTF-8")):
            _, err = self.place.call("run", "-m", name, "--database", self.place.database("none"), code=2)
            self.assertIn(words, err)
        self.assertEqual(self.place.server.requests(), [])

    def test_a_run_stays_below_what_its_dry_run_says(self):
        many = {"match": {"model": "many"}, "answer": {"tool_calls": [{"name": "observe", "arguments": {}}] * 128}}
        self.place.server.script(many, {"match": {"tools": True}, "answers": [
            tool("observe"), {"tool_calls": [{"name": "observe", "arguments": {}}] * 16}, tool("state_belief", query="", belief=0.5),
            tool("state_belief", query="", belief=0.5), tool("intervene", intervention="smoke=true")]}, {"answer": {"belief": 0.5}})
        agents = ["openai/one", "openai/one(samples=3,style=causal_cot)", "anthropic/two(mode=tools,max_tokens=50)",
                  "openai-responses/many(mode=tools,turns=12)", "openai/many(mode=tools,turns=12,history=3)", "ideal"]
        prices = self.place.folder / "prices.json"
        prices.write_text(json.dumps({"collected": "2026-11-26", "prices": [{"host": "local", "model": "*", "input": 2, "output": 9}]}))
        arguments = [*QUESTIONS, "--trials", "2", "--prices", str(prices), "-a", *agents]
        out, _ = self.place.call("run", *arguments, "--dry-run", "--json")
        bounds = json.loads(out)
        self.assertEqual(self.place.server.requests(), [])
        self.assertEqual(bounds["episodes"], 2 * len(agents))
        self.assertEqual(set(bounds["models"]), set(agents) - {"ideal"})
        _, database, _ = self.run_of(*arguments)
        exchanges = Records(database).exchanges()
        sums = {}
        for one in exchanges:
            agent = Records(database).rows("SELECT agent FROM episodes WHERE plan_index = ?", one["episode"])[0]["agent"]
            total = sums.setdefault(agent, {"calls": 0, "input_tokens": 0, "output_tokens": 0, "cost_usd": 0})
            total["calls"] += 1
            total["input_tokens"] += one["input_tokens"]
            total["output_tokens"] += one["output_tokens"]
            total["cost_usd"] += one["cost_usd"]
        self.assertEqual(set(sums), set(bounds["models"]))
        for agent, total in sums.items():
            for name, value in total.items():
                self.assertLessEqual(value, bounds["models"][agent][name], f"{name} of {agent}")
        self.assertEqual(sums["openai/one"]["calls"], bounds["models"]["openai/one"]["calls"])
        for name, value in bounds["at_most_without_retries"].items():
            if name != "cost_usd":
                self.assertEqual(value, sum(one[name] for one in bounds["models"].values()), name)
                self.assertEqual(bounds["at_most"][name], bounds["requests_a_call"] * value, name)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
