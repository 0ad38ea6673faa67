#!/usr/bin/env python3
"""What language models took (versions, tokens, USD) is in every report and export, as the provider said it.

usage: model_usage_test.py PROGRAM LLM_SERVER
"""
import collections
import csv
import io
import json
import re
import sys
import unittest

sys.dont_write_bytecode = True
PROGRAM, SERVER = sys.argv[1:3]
from model_run import Records, Workplace  # noqa: E402

QUESTIONS = ["-e", "chain-v1", "-e", "sprinkler-v1", "--trials", "2", "--seed", "3"]
PRICE = {"host": "127.0.0.1", "model": "priced", "input": 2.0, "cached_input": 0.5, "output": 8.0, "source": "a test", "as_of": "2026-11-26"}
COST = (70 * 2.0 + 30 * 0.5 + 7 * 8.0) / 1e6  # of a reply of the model "priced"
NOTHING = {"versions": [], "input_tokens": 0, "output_tokens": 0, "cost_usd": 0}


class ModelUsage(unittest.TestCase):
    def setUp(self):
        self.place = Workplace(PROGRAM, SERVER)
        self.addCleanup(self.place.close)
        self.prices = self.place.folder / "prices.json"
        self.prices.write_text(json.dumps({"prices": [PRICE, {**PRICE, "model": "free", "input": 0.0, "cached_input": 0.0, "output": 0.0}]}))
        self.place.server.script(
            {"match": {"model": "priced", "nth": {"to": 1}}, "fault": {"kind": "status", "status": 503, "message": "later"}},
            {"match": {"model": "priced"}, "answer": {"belief": 0.5, "model": "priced-2026|a", "usage": {"input": 100, "cached": 30, "output": 7}}},
            {"match": {"model": "free"}, "answer": {"belief": 0.25, "model": "=free,1", "usage": {"input": 11, "output": 3}}},
            {"match": {"model": "refused"}, "fault": {"kind": "status", "status": 400, "message": "no"}})
        self.database = self.place.database("runs")
        self.agents = ["openai/priced", "anthropic/free", "openai/refused", "ideal"]

    def run_all(self, *more):
        out, _ = self.place.call("run", *QUESTIONS, *(part for agent in self.agents for part in ("-a", agent)), "--prices", str(self.prices),
                                 "--max-retry-wait", "0.05", "--json", "--database", self.database, *more)
        return out

    def expected(self, agent, replies):
        """Of as many replies, from what the script says."""
        if agent == "openai/priced":
            return {"versions": ["priced-2026|a"], "input_tokens": 100 * replies, "output_tokens": 7 * replies, "cost_usd": COST * replies}
        if agent == "anthropic/free":
            return {"versions": ["=free,1"], "input_tokens": 11 * replies, "output_tokens": 3 * replies, "cost_usd": 0.0}
        return None

    def check(self, usage, expected):
        if expected is None:
            return self.assertIsNone(usage)
        self.assertEqual({**usage, "cost_usd": None}, {**expected, "cost_usd": None})
        self.assertAlmostEqual(usage["cost_usd"], expected["cost_usd"], delta=1e-15)

    def test_each_format_tells_it_of_each_agent_and_each_episode(self):
        told = self.run_all()
        run = json.loads(told)
        replies = collections.Counter()  # by episode
        for episode in run["episodes"]:
            self.assertEqual(episode["counts"]["requested"], len(episode["beliefs"]))
            replies[episode["agent"]] += len(episode["beliefs"])
            self.check(episode["model_usage"], self.expected(episode["agent"], len(episode["beliefs"])))
        self.assertGreater(replies["openai/priced"], 4)
        for row in run["summary"]["agents"]:
            self.check(row["model_usage"], self.expected(row["agent"], replies[row["agent"]]))
        for row in run["summary"]["agents_by_environment"]:
            count = sum(len(one["beliefs"]) for one in run["episodes"] if (one["agent"], one["environment"]) == (row["agent"], row["environment"]))
            self.check(row["model_usage"], self.expected(row["agent"], count))
        # Another sum of what is on record.
        self.assertAlmostEqual(sum(one["cost_usd"] or 0 for one in Records(self.database).exchanges()), COST * replies["openai/priced"], delta=1e-15)
        self.check_formats(run)
        bare = {variable: "" for variable in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL")}
        again, _ = self.place.call("run", "--replay", run["id"], "--json", "--database", self.database, **bare)
        self.assertEqual(again, told)

    def export(self, run, form):
        return self.place.call("runs", "export", run, "--format", form, "--database", self.database)[0]

    def check_formats(self, run):
        exported = json.loads(self.export(run["id"], "json"))
        self.assertEqual(exported["summary"], run["summary"])
        self.assertEqual(exported["episodes"], run["episodes"])
        lines = list(csv.DictReader(io.StringIO(self.export(run["id"], "csv"))))
        self.assertEqual(len(lines), sum(len(episode["beliefs"]) for episode in run["episodes"]))
        usages = {(one["environment"], one["agent"], str(one["trial"])): one["model_usage"] for one in run["episodes"]}
        for line in lines:
            usage = usages[line["environment"], line["agent"], line["trial"]] or {**NOTHING, "input_tokens": "", "output_tokens": "", "cost_usd": None}
            # A version that a spreadsheet would run is kept from it.
            self.assertEqual(line["episode_model_versions"], "".join(usage["versions"]).replace("=free", "'=free"))
            self.assertEqual(line["episode_input_tokens"], str(usage["input_tokens"]))
            self.assertEqual(line["episode_output_tokens"], str(usage["output_tokens"]))
            cost = line["episode_cost_usd"]
            self.assertEqual(float(cost) if cost else None, usage["cost_usd"])
        markdown = self.export(run["id"], "markdown")
        section = markdown[markdown.index("## Language models"):]
        rows = [re.split(r" *(?<!\\)\| *", line)[1:-1] for line in section.splitlines() if line.startswith("| ")]
        agents = [row for row in rows if len(row) == 6 and row[0] != "agent"]
        of_agent = {row["agent"]: row["model_usage"] for row in run["summary"]["agents"] if row["model_usage"]}
        self.assertEqual({row[0] for row in agents}, set(of_agent))
        for name, episodes, version, tokens_in, tokens_out, cost in agents:
            usage = of_agent[name]
            self.assertEqual((episodes, version), ("4", usage["versions"][0].replace("|", "\\|")))
            self.assertEqual((tokens_in, tokens_out), (str(usage["input_tokens"]), str(usage["output_tokens"])))
            self.assertEqual(cost, "–" if usage["cost_usd"] is None else f"{usage['cost_usd']:.6f}")
        self.assertEqual(len([row for row in rows if len(row) == 8 and row[0] != "agent"]), 8)

    def test_a_reply_out_of_the_cache_takes_nothing(self):
        self.agents = ["openai/priced"]
        first, second = json.loads(self.run_all()), json.loads(self.run_all("--cache"))
        self.assertGreater(first["summary"]["agents"][0]["model_usage"]["input_tokens"], 0)
        for usage in (second["summary"]["agents"][0]["model_usage"], *(episode["model_usage"] for episode in second["episodes"])):
            self.assertEqual(usage, {**NOTHING, "versions": ["priced-2026|a"]})

    def test_what_no_model_was_asked_has_no_section(self):
        self.agents = ["ideal"]
        run = json.loads(self.run_all())
        self.assertNotIn("Language models", self.export(run["id"], "markdown"))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
