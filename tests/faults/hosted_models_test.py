#!/usr/bin/env python3
"""Language models in runs that are launched over HTTP: what is allowed, what it comes to, and that whoever is killed costs no call twice.

usage: hosted_models_test.py PROGRAM LLM_SERVER
"""
import json
import pathlib
import random
import signal
import socket
import subprocess
import sys
import time
import unittest
import urllib.request

sys.dont_write_bytecode = True
sys.path.append(str(pathlib.Path(__file__).parent.parent / "shells"))
from model_run import Records  # noqa: E402
from hosting import MODEL, MOST_SECONDS, PROGRAM, Hosting  # noqa: E402

PLANTED = "planted-openai_api_key-0123456789"  # as Workplace's environment has it
SEED = 20261127


class HostedModels(Hosting):
    def check_no_key_shows(self, database):
        texts = [log.read_text() for log in self.logs] + self.answers
        self.assertNotIn(PLANTED, "".join(texts))
        for path in pathlib.Path(database).parent.glob(pathlib.Path(database).name + "*"):
            self.assertNotIn(PLANTED.encode(), path.read_bytes())

    def check_spent_once(self, database, trials):
        records = Records(database)
        # What is on record already is told from there, which is on record too.
        exchanges = [one for one in records.exchanges() if one["failure"] is None and not one["cached"]]
        calls = [(one["episode"], one["sequence"], one["trial"]) for one in exchanges]
        self.assertEqual(len(calls), len(set(calls)), "a call is on record twice")
        self.assertEqual(len(calls), 4 * trials)
        self.assertEqual(list(records.faults_of_logs(trials, {"chain-v1": 4})), [])

    def test_a_mind_behind_the_wire_scores_as_the_built_in_one_and_its_use_is_told(self):
        database = self.place.database("minds")
        with self.serve(self.place.database("provider")) as (provider, _), \
                self.serve(database, COMPATIBLE_BASE_URL=provider + "/v1") as (address, _):
            run = self.launch(address, ["seeing", "compatible/causal-gym/seeing(stream=off)"], trials=2, models={"max_calls": 100})
            value = self.ended(address, run)
            self.assertEqual(value["state"], "finished", value)
            kept = ("scores", "counts", "seed")
            built_in, asked = ([{key: one[key] for key in kept} for one in value["episodes"] if ("/" in one["agent"]) == is_model]
                               for is_model in (False, True))
            self.assertEqual(built_in, asked)
            usage = [one["model_usage"] for one in value["episodes"] if "/" in one["agent"]]
            self.assertEqual(len(usage), 2)
            self.assertIn("compatible", json.dumps(usage) + json.dumps(value["spec"]))
            with urllib.request.urlopen(self.metrics, timeout=MOST_SECONDS) as response:
                counted = [line for line in response.read().decode().splitlines() if line.startswith("causal_llm_requests_total") and "compatible" in line]
            self.assertEqual(sum(float(line.split()[-1]) for line in counted), 8, counted)
            self.check_no_key_shows(database)

    def test_what_is_not_allowed_is_refused_before_anything_is_sent(self):
        with self.serve(self.place.database("none"), CAUSAL_GYM_MODELS_ALLOWED="") as (address, _):
            self.assertEqual(self.launch(address, [MODEL], 403)["code"], "unauthorized")
            self.launch(address, ["ideal"])
        with self.serve(self.place.database("some"), OPENAI_API_KEY="", OPENAI_BASE_URL="https://api.openai.com/v1") as (address, _):
            error = self.launch(address, [MODEL], 403)
            self.assertIn("OPENAI_API_KEY", json.dumps(error))
            self.assertIn("ideal", json.dumps(error))
            self.assertIn("anthropic/x", self.launch(address, ["anthropic/x"], 403)["message"])
            for models in ({"max_calls": 1001}, {"base_url": "http://127.0.0.1:1"}, {"prices": "/etc/passwd"}, [], None, {"cache_days": 3}):
                self.assertIn("models", self.launch(address, [MODEL], 400, models=models)["where"])
            for name, value, what in (("max_cost", -1, "number from 0"), ("max_calls", "1", "whole number from 0"), ("max_calls", 1.5, "whole number from 0"), ("cache", 1, "true or false")):
                error = self.launch(address, [MODEL], 400, models={name: value})
                self.assertEqual(error["where"], f"models.{name}")
                self.assertIn(f"'{name}' must be", error["message"])
                self.assertIn(what, error["message"])
            for name in ("max_calls", "max_input_tokens", "max_output_tokens", "max_cost", "max_time"):
                error = self.launch(address, [MODEL], 400, models={name: 0})
                self.assertEqual((error["where"], error["message"]), (f"models.{name}", "with a budget of 0 nothing could be asked"))
            self.launch(address, ["ideal"], 400, models={"max_calls": 1})
        with self.serve(self.place.database("priced"), CAUSAL_GYM_MODELS_MOST_COST="1") as (address, _):
            error = self.launch(address, [MODEL], 400)
            self.assertIn("price", error["message"])
            self.assertEqual(error["where"], "models.max_cost")
        self.assertEqual(self.place.server.requests(), [])

    def test_a_budget_a_key_and_an_outage_end_the_run_as_failed_and_it_goes_on_when_asked(self):
        database = self.place.database("failed")
        for fault, code in ((None, "limit_exceeded"), ({"kind": "status", "status": 401}, "unauthorized"), ({"kind": "status", "status": 404}, "not_found")):
            self.place.server.call("/_reset", {})
            self.place.server.script(*([{"match": {"nth": 2}, "fault": fault}] if fault else []), {"answer": {"belief": 0.5}})
            with self.subTest(code=code), self.serve(database) as (address, _):
                run = self.launch(address, [MODEL], models={"max_calls": 2 if fault is None else 100})
                value = self.ended(address, run)
                self.assertEqual(value["state"], "failed", value)
                self.assertIn(code, value["reason"])
                told = [json.loads(line) for line in self.logs[-1].read_text().splitlines() if f'"run":"{run}"' in line]
                # A budget is what was asked for; a provider that refuses is a fault.
                event, level = ("run_at_its_budget", "INFO") if fault is None else ("run_failed", "ERROR")
                self.assertEqual([one["level"] for one in told if one["event"] == event], [level], told)
                self.assertEqual("ERROR" in [one["level"] for one in told], fault is not None)
                if fault is None:
                    continue
                self.place.server.script({"answer": {"belief": 0.5}})
                self.assertEqual(self.ask(address, f"/api/v1/runs/{run}/retry", {}, "POST")[0], 204)
                self.assertEqual(self.ended(address, run)["state"], "finished")
        self.check_no_key_shows(database)

    def test_what_a_worker_is_not_allowed_or_cannot_read_fails_the_run_and_asks_nothing(self):
        database = self.place.database("taken_back")
        missing = str(self.place.folder)  # a folder is no file of prices
        with self.serve(database, CAUSAL_GYM_WORK_IN_SERVER="false") as (address, _):
            run = self.launch(address, [MODEL])
            for settings, code in (({"CAUSAL_GYM_MODELS_ALLOWED": "anthropic/*"}, "unauthorized"), ({"CAUSAL_GYM_MODELS_PRICES": missing}, missing)):
                with self.worker(database, **settings):
                    value = self.ended(address, run)
                    self.assertEqual(value["state"], "failed", value)
                    self.assertIn(code, value["reason"])
                self.assertEqual(self.place.server.requests(), [])
                self.assertEqual(self.ask(address, f"/api/v1/runs/{run}/retry", {}, "POST")[0], 204)
            with self.worker(database):
                self.assertEqual(self.ended(address, run)["state"], "finished")

    def test_what_a_worker_asks_is_counted_at_a_port_of_its_own(self):
        database = self.place.database("measured")
        self.place.server.script({"answer": {"belief": 0.5}})
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            refused = subprocess.run([PROGRAM, "worker", "--database", database], env={**self.place.environment, "CAUSAL_GYM_WORK_METRICS_PORT": port},
                                     stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=MOST_SECONDS)
            self.assertEqual(refused.returncode, 8, refused.stderr)
            self.assertIn(port, refused.stderr)
        with self.serve(database, CAUSAL_GYM_WORK_IN_SERVER="false") as (address, _), self.worker(database, CAUSAL_GYM_WORK_METRICS_PORT=port) as (metrics, _):
            run = self.launch(address, [MODEL])
            self.assertEqual(self.ended(address, run)["state"], "finished")
            with urllib.request.urlopen(metrics, timeout=MOST_SECONDS) as response:
                figures = dict(line.rsplit(" ", 1) for line in response.read().decode().splitlines() if not line.startswith("#"))
            asked = sum(float(value) for name, value in figures.items() if name.startswith("causal_llm_requests_total"))
            self.assertEqual(asked, len(self.place.server.requests()))
            self.assertGreater(asked, 0)
            self.assertEqual(figures['causal_experiments_total{state="finished"}'], "1")
            self.assertEqual(figures['causal_queue_jobs{state="waiting"}'], "0")

    def test_a_cancelled_run_leaves_its_calls(self):
        self.place.server.script({"answer": {"belief": 0.5, "delay_ms": 30000}})
        with self.serve(self.place.database("cancelled")) as (address, _):
            run = self.launch(address, [MODEL])
            time.sleep(1)
            self.assertEqual(self.ask(address, f"/api/v1/runs/{run}/cancel", {}, "POST")[0], 204)
            # The one thread that works is free again long before the reply.
            self.assertEqual(self.ended(address, self.launch(address, ["ideal"]))["state"], "finished")
            self.assertEqual(self.ended(address, run)["state"], "cancelled")

    @staticmethod
    def form(request):
        return json.dumps(json.loads(request), sort_keys=True)

    def asked(self):
        """The bodies that the provider was sent, in their order."""
        return [self.form(one["body_text"]) for one in self.place.server.requests()]

    def kill_and_go_on(self, name, trials, start):
        """Kills what works on the run at seeded moments until it has finished."""
        self.place.server.script({"answer": {"belief": 0.5, "delay_ms": 50}})
        database, chance, known = self.place.database(name), random.Random(SEED), []
        with self.serve(database, CAUSAL_GYM_WORK_IN_SERVER="false", CAUSAL_GYM_LEASE_SECONDS="1") as (address, _):
            run = self.launch(address, [MODEL], trials=trials)
            for _ in range(6):
                with start(database) as (_, process):
                    time.sleep(chance.uniform(0.05, 0.6))
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                known.append((len(self.asked()), {self.form(one["request"]) for one in Records(database).exchanges()}))
            with start(database):
                self.assertEqual(self.ended(address, run)["state"], "finished")
        self.check_spent_once(database, trials)
        # Of a reply that came as the program died nobody knows; what is on record is asked no more.
        asked = self.asked()
        self.assertTrue(any(0 < len(recorded) < 4 * trials for _, recorded in known), "no kill came in between")
        for count, recorded in known:
            self.assertEqual(recorded.intersection(asked[count:]), set())
        self.check_no_key_shows(database)

    def test_workers_that_are_killed_repeat_no_recorded_call(self):
        self.kill_and_go_on("workers", 40, self.worker)

    def test_servers_that_are_killed_repeat_no_recorded_call(self):
        self.kill_and_go_on("servers", 40, lambda database: self.serve(database, CAUSAL_GYM_LEASE_SECONDS="1"))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
