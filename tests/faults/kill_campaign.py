"""Runs of built-in agents and of language models on a `causal-gym serve` to which something happens, and what must be true of them
afterwards: what was acknowledged is there, no reply that is on record was asked for again, the ledger is exact, and every run
ended as if nothing had happened. Rows are read with psql and sqlite3, not by the program.
"""
import collections
import fractions
import json
import subprocess
import sys
import time

sys.path.append(__file__.rsplit("/", 2)[0] + "/shells")
from acknowledged import Client  # noqa: E402
from model_run import Workplace  # noqa: E402
from postgres import free_port  # noqa: E402
from server import Server  # noqa: E402
from stored_rows import SAID, digest  # noqa: E402

AT_ONCE, TRIALS, CALLS, MOST_IN_FLIGHT = 3, 5, 40, 64
END_SECONDS = 60
MOST_CALLS = 100_000  # what a killed server had under way counts, whether or not it was sent
# By which a token costs a power of two in USD, so that a sum of costs is the same number in any order; so little that calls of
# killed servers, which count at their worst, leave room in the budget.
USD_A_TOKEN = {"input": fractions.Fraction(1, 2**25), "output": fractions.Fraction(1, 2**22)}
PRICES = {name: float(usd * 1_000_000) for name, usd in USD_A_TOKEN.items()}  # USD a million
MODELS = {"environments": ["chain-v1"], "agents": ["openai/m", "azure/m(stream=on)"], "interventions": ["smoke=true"],
          "beliefs": ["P(fire)", "P(alarm)"], "trials": TRIALS, "models": {"max_cost": 1, "max_calls": MOST_CALLS}}
# Divided into shards, and not.
BUILT_IN = [{"environments": ["chain-v1", "sprinkler-v1"], "agents": ["ideal", "noisy_ideal(0.1)"], "trials": 20},
            {"environments": ["asia-v1"], "agents": ["seeing"], "trials": 8}]
ANSWERS = [{"belief": "of_body", "delay_ms": delay} for delay in (5, 20, 60, 150, 300)]
SETTINGS = {"CAUSAL_GYM_MODELS_ALLOWED": "openai/*,azure/*", "CAUSAL_GYM_LEASE_SECONDS": "1",
            "CAUSAL_GYM_MODELS_MOST_CALLS": str(MOST_CALLS)}


def launch(number):
    """Every other one asks models, each time something else."""
    return {**MODELS, "first_seed": number * TRIALS} if number % 2 == 0 else BUILT_IN[number // 2 % len(BUILT_IN)]


def usage_in(row):
    """(input tokens, output tokens) as the provider's own words in an exchange say."""
    if row["provider"] == "openai":
        said = json.loads(row["response"])["usage"]
        return said["prompt_tokens"], said["completion_tokens"]
    frames = [line[len("data: "):] for line in row["response"].splitlines() if line.startswith("data: {")]
    said = [frame["usage"] for frame in map(json.loads, frames) if frame.get("usage")]
    assert len(said) == 1, row["response"]
    return said[0]["prompt_tokens"], said[0]["completion_tokens"]


class Surroundings:
    """The program's, the models' that it asks, and what comes of a launch when nothing happens."""

    def __init__(self, program, llm_server):
        self.program, self.place, self.known = program, Workplace(program, llm_server, "--keep", "1000000"), {}
        self.models = self.place.server
        self.models.script({"answers": ANSWERS})
        prices = self.place.folder / "prices.json"
        prices.write_text(json.dumps({"prices": [{"host": "local", "model": "*", **PRICES, "as_of": "2026-11-27"}]}))
        self.environment = {**self.place.environment, **SETTINGS, "CAUSAL_GYM_MODELS_PRICES": str(prices)}

    def close(self):
        self.place.close()

    def undisturbed(self, bodies):
        """The outcome of each."""
        missing = {json.dumps(body): body for body in bodies if json.dumps(body) not in self.known}
        server = Server(self.program, self.place.database(f"undisturbed{len(self.known)}"),
                        ["env", "-i", *(f"{name}={value}" for name, value in self.environment.items())])
        try:
            runs = {key: server.launched(**body) for key, body in missing.items()}
            for key, run in runs.items():
                assert server.finished(run) == "finished", server.events()
                self.known[key] = outcome(server.request(f"/api/v1/runs/{run}?events=true")[1]["result"])
        finally:
            server.end()
        return [self.known[json.dumps(body)] for body in bodies]


class Campaign:
    """One database, the server on it, its client, and what was seen of them at each look."""

    def __init__(self, test, surroundings, name, rows, database):
        self.test, self.surroundings, self.name, self.rows, self.database = test, surroundings, name, rows, database
        self.port, self.log = free_port(), surroundings.place.folder / f"{name}.log"
        self.client = Client(self.port, name, launch, AT_ONCE)
        self.serial = surroundings.models.call("/_stats")["requests"]  # of the last request to a model that was looked at
        self.recorded, self.lost, self.answered, self.documents, self.began = set(), 0, 0, {}, time.monotonic()

    def start(self):
        command = [self.surroundings.program, "serve", "--port", str(self.port), "--metrics-port", "0", "--database", self.database]
        with open(self.log, "a") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, env=self.surroundings.environment)

    def is_listening(self, start):
        return '"listening"' in self.told(start)

    def listens(self, start):
        """Waits until the server whose log begins there does."""
        deadline = time.monotonic() + END_SECONDS
        while not self.is_listening(start):
            self.test.assertLess(time.monotonic(), deadline, self.told(start))
            time.sleep(0.005)

    def end(self):
        """With a server that is alive: waits for the runs, and keeps what they are told to be."""
        self.client.end(END_SECONDS)
        self.test.assertEqual(self.client.faults[:3], [])
        self.test.assertTrue(self.client.is_over(), f"{self.client.open} did not end\n{self.told(0)[-5000:]}")
        self.look()
        self.documents = {run: self.client.request(f"/api/v1/runs/{run}?events=true")[1]["result"] for run in self.client.runs}

    def log_size(self):
        return self.log.stat().st_size if self.log.exists() else 0

    def told(self, start):
        with open(self.log) as log:
            log.seek(start)
            return "".join(line for line in log if '"event":"request"' not in line)

    def look(self):
        """While no server runs, or none works: since the last look nothing was asked for that was on record then, nor twice."""
        acknowledged, finished = list(self.client.runs), dict(self.client.finished)
        requests = self.surroundings.models.call(f"/_requests?after={self.serial}")
        self.serial = max([self.serial, *(one["serial"] for one in requests)])
        asked = collections.Counter(digest(one["body_text"]) for one in requests)
        self.test.assertEqual([one for one in asked if one in self.recorded], [], "asked again for what is on record")
        self.test.assertEqual([count for count in asked.values() if count > 1], [], "asked twice by one server")
        recorded = self.rows.recorded()
        self.test.assertEqual(len(recorded), len(set(recorded)), "a reply is on record twice")
        self.test.assertLessEqual(self.recorded, set(recorded), "a reply is on record no more")
        lost = set(asked) - set(recorded)
        self.test.assertLessEqual(len(lost), MOST_IN_FLIGHT)
        self.lost += len(lost)
        self.answered += sum(one["finished"] for one in requests)
        self.recorded = set(recorded)
        kept = {row["id"]: row["finished"] for row in self.rows.rows(
            "SELECT id, (SELECT count(*) FROM episodes WHERE experiment = experiments.number AND finished = 1) AS finished FROM experiments")}
        self.test.assertEqual([run for run in acknowledged if run not in kept], [], "acknowledged and not there")
        self.test.assertEqual([run for run, count in finished.items() if kept[run] < count], [], "episodes that were told of are gone")

    # At the end ----------------------------------------------------------------------------------------------------------

    def check_rows(self):
        """Everything that was shown is there, and as it was shown."""
        runs = {row["id"]: row for row in self.rows.rows("SELECT id, state, reason, episodes_planned FROM experiments")}
        self.test.assertEqual(set(runs), set(self.client.runs))
        self.test.assertEqual([row for row in runs.values() if row["state"] != "finished"], [])
        kept = {(row["id"], row["plan_index"], row["sequence"]): (row["phase"], row["regime"], row["kind"]) for row in self.rows.rows(
            "SELECT experiments.id, plan_index, sequence, phase, regime, kind FROM events JOIN episodes ON episodes.number = events.episode"
            " JOIN experiments ON experiments.number = episodes.experiment")}
        self.test.assertEqual([key for key, seen in self.client.events.items() if kept.get(key) != seen[:3]], [])
        episodes = collections.Counter(row["id"] for row in self.rows.rows(
            "SELECT experiments.id FROM episodes JOIN experiments ON experiments.number = experiment WHERE finished = 1"))
        self.test.assertEqual(episodes, {run: row["episodes_planned"] for run, row in runs.items()})
        shown = {(run, one["environment"], one["agent"], one["trial"]): json.dumps(one, sort_keys=True)
                 for run, document in self.documents.items() for one in document["episodes"]}
        self.test.assertEqual([key for key, seen in self.client.episodes.items() if shown.get(key) != seen], [])
        self.rows.check()

    def check_ledger(self):
        """What the runs are told to have used is the sum of what the providers said, by hand."""
        spent = collections.defaultdict(lambda: [0, 0, fractions.Fraction(0)])
        calls = collections.Counter()
        for row in self.rows.rows(f"SELECT run, environment, agent, episodes.trial, sequence, exchanges.trial AS sample, provider, response, input_tokens,"
                                  f" output_tokens, cost_usd FROM exchanges JOIN experiments ON id = run JOIN episodes"
                                  f" ON experiment = experiments.number AND plan_index = exchanges.episode WHERE {SAID}"):
            tokens = usage_in(row)
            cost = tokens[0] * USD_A_TOKEN["input"] + tokens[1] * USD_A_TOKEN["output"]
            self.test.assertEqual((row["input_tokens"], row["output_tokens"], row["cost_usd"]), (*tokens, float(cost)))
            for of in ((row["run"], row["environment"], row["agent"], row["trial"]), (row["run"], row["agent"]), row["run"]):
                spent[of] = [spent[of][0] + tokens[0], spent[of][1] + tokens[1], spent[of][2] + cost]
            calls[row["run"], row["environment"], row["agent"], row["trial"], row["sequence"], row["sample"]] += 1
        with_models = [run for run, body in self.client.runs.items() if "models" in body]
        self.test.assertEqual(set(calls.values()), {1})
        self.test.assertEqual(collections.Counter(call[0] for call in calls), dict.fromkeys(with_models, CALLS))
        # The ledger of the budgets is of what is on record; what killed servers had reserved stands beside it.
        kept = {row["run"]: [row["input_tokens"], row["output_tokens"], fractions.Fraction(row["cost_usd"])] for row in self.rows.rows(
            f"SELECT * FROM model_spending WHERE calls = {CALLS}")}
        self.test.assertEqual(kept, {run: spent[run] for run in with_models})
        for run in with_models:
            told = {(run, one["environment"], one["agent"], one["trial"]): one["model_usage"] for one in self.documents[run]["episodes"]}
            told |= {(run, one["agent"]): one["model_usage"] for one in self.documents[run]["summary"]["agents"]}
            for of, usage in told.items():
                self.test.assertEqual([usage["input_tokens"], usage["output_tokens"], fractions.Fraction(usage["cost_usd"])], spent[of], of)

    def check_results(self):
        undisturbed = self.surroundings.undisturbed(list(self.client.runs.values()))
        for run, expected in zip(self.client.runs, undisturbed):
            self.test.assertEqual(outcome(self.documents[run]), expected, run)

    def check(self):
        """Gives what there was of it, in words."""
        took = time.monotonic() - self.began
        self.test.assertEqual(self.client.faults, [])
        self.check_rows()
        self.check_ledger()
        self.check_results()
        return (f"{took:.0f} s: {len(self.client.runs)} runs; {len(self.client.episodes)} episodes, {len(self.client.events)} events and"
                f" {self.client.followed} messages seen, {self.client.tried_again} runs tried again; {len(self.recorded)} calls on record,"
                f" {self.answered} answered, {self.lost} under way when killed")


def outcome(document):
    return {name: document[name] for name in ("state", "summary", "episodes", "spec", "logs")}


