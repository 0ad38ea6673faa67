#!/usr/bin/env python3
"""Dashboards: judged by Grafana's type and Prometheus' grammar, by our own rules, and by a Prometheus that scrapes the real thing: each
query returns a series. The selectors of alerts and recorded values exist there too.

usage: dashboards_test.py PROGRAM LLM_SERVER
"""
import json
import math
import pathlib
import re
import subprocess
import sys
import threading
import unittest

sys.dont_write_bytecode = True
from live_stack import LiveStack, ROOT, until  # noqa: E402
from yaml_file import READER, read_yaml  # noqa: E402

sys.path.append(str(ROOT / "ops"))
from operations.dashboards import faults_of, targets_of  # noqa: E402

FILES = sorted((ROOT / "monitoring/dashboards").glob("*.json"))
DASHBOARDS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FILES}
PROVISIONING = ROOT / "monitoring/grafana/provisioning"
MOST_SECONDS = 200
# As Grafana fills them in, for a Prometheus that looks every two seconds.
VARIABLES = {"$__rate_interval": "30s", "$__interval": "5s", "$__range": "5m"}


def judged(expressions):
    done = subprocess.run(["node", READER.parent / "check_promql.mjs"], input=json.dumps(expressions), capture_output=True, text=True, timeout=MOST_SECONDS)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def filled_in(expression):
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    return expression


def rule_expressions():
    return [rule["expr"] for name in ("alert.rules.yml", "recording.rules.yml") for group in read_yaml(ROOT / "monitoring" / name)["groups"] for rule in group["rules"]]


class Files(unittest.TestCase):
    def test_there_are_two_and_our_own_rules_find_nothing(self):
        self.assertEqual(set(DASHBOARDS), {"causal-reasoning", "system-metrics"})
        for name, dashboard in DASHBOARDS.items():
            self.assertEqual(faults_of(dashboard), [], name)

    def test_our_own_rules_find_each_fault(self):
        def panel(dashboard):
            return next(panel for panel in dashboard["panels"] if panel["type"] != "row")
        faults = {
            "has no title": lambda board: panel(board).update(title=""), "has no description": lambda board: panel(board).pop("description"),
            "has no unit": lambda board: panel(board)["fieldConfig"]["defaults"].pop("unit"),
            "id 1 is used twice": lambda board: [one.update(id=1) for one in board["panels"][:2]],
            "data source": lambda board: panel(board)["targets"][0].update(datasource={"uid": "x", "type": "prometheus"}),
            "fixed window": lambda board: panel(board)["targets"][0].update(expr="rate(x[5m])"),
            "refId": lambda board: panel(board)["targets"].append(dict(panel(board)["targets"][0])), "no query": lambda board: panel(board).update(targets=[]),
            "overlaps": lambda board: panel(board)["gridPos"].update(w=24), "beyond the grid": lambda board: panel(board)["gridPos"].update(x=20, w=8),
            "no id of its own": lambda board: board.update(id=3), "uid": lambda board: board.update(uid=""), "schemaVersion": lambda board: board.pop("schemaVersion"),
            "no variable datasource": lambda board: board["templating"].update(list=[]),
            "is titled as another": lambda board: [one.update(title="Same") for one in board["panels"] if one["type"] != "row"],
        }
        for said, break_it in faults.items():
            broken = json.loads(json.dumps(DASHBOARDS["causal-reasoning"]))
            break_it(broken)
            self.assertIn(said, "\n".join(faults_of(broken)))

    def test_grafanas_type_takes_them(self):
        done = subprocess.run(["node", READER.parent / "check_types.mjs", *FILES], capture_output=True, text=True, timeout=MOST_SECONDS)
        self.assertEqual(done.returncode, 0, done.stderr[:3000])

    def test_prometheus_grammar_takes_their_queries(self):
        expressions = [filled_in(target["expr"]) for dashboard in DASHBOARDS.values() for target in targets_of(dashboard)]
        self.assertEqual([one for one, answer in zip(expressions, judged(expressions)) if answer["wrong"]], [])
        self.assertTrue(judged(["sum(rate(x[5m])"])[0]["wrong"])

    def test_the_data_source_and_the_folder_are_provisioned(self):
        source, = read_yaml(PROVISIONING / "datasources/prometheus.yml")["datasources"]
        for dashboard in DASHBOARDS.values():
            variable = next(one for one in dashboard["templating"]["list"] if one["name"] == "datasource")
            self.assertEqual((variable["query"], variable["current"]["value"]), (source["type"], source["uid"]))
        scraped = read_yaml(ROOT / "monitoring/prometheus.yml")["global"]["scrape_interval"]
        self.assertEqual(source["jsonData"]["timeInterval"], scraped)
        provider, = read_yaml(PROVISIONING / "dashboards/causal-gym.yml")["providers"]
        self.assertEqual((provider["type"], provider["allowUiUpdates"]), ("file", False))


class Live(unittest.TestCase):
    """One stack for all, with users and their mistakes all the while."""

    @classmethod
    def setUpClass(cls):
        cls.stack = LiveStack(*sys.argv[1:3])
        cls.stopped = threading.Event()
        cls.traffic = threading.Thread(target=cls.make_traffic)
        cls.addClassCleanup(cls.stack.close)
        cls.addClassCleanup(cls.traffic.join)
        cls.addClassCleanup(cls.stopped.set)
        cls.traffic.start()
        cls.stack.all_up()

    @classmethod
    def make_traffic(cls):
        seconds = 0
        while not cls.stopped.wait(0.4):
            seconds += 0.1
            cls.stack.use_container(seconds)
            cls.stack.make_traffic()
            cls.stack.run_experiment()

    def answers(self, expression):
        """Whether it returns a series with a number."""
        return any(not math.isnan(float(one["value"][1])) for one in self.stack.series(expression))

    def test_every_query_of_a_dashboard_returns_a_series(self):
        left = {filled_in(target["expr"]) for dashboard in DASHBOARDS.values() for target in targets_of(dashboard)}
        self.assertGreater(len(left), 90)

        def all_answer():
            left.difference_update([one for one in left if self.answers(one)])
            return not left
        try:
            until(all_answer, "every query returns a series")
        except AssertionError:
            self.fail("no series: " + "\n".join(sorted(left)))

    def exists(self, selector):
        """The series; where only its labels' values have not been seen, the metric with these labels."""
        if self.stack.series(selector):
            return True
        name, _, matchers = selector.partition("{")
        labels = re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", re.sub(r'"[^"]*"', '""', matchers))
        return bool(self.stack.series(name + "{" + ",".join(f'{label}!=""' for label in labels) + "}"))

    def test_what_alerts_and_recorded_values_select_exists(self):
        expressions = rule_expressions()
        answers = judged(expressions)
        self.assertEqual([one for one, answer in zip(expressions, answers) if answer["wrong"]], [])
        left = {selector for answer in answers for selector in answer["selectors"]}
        self.assertGreater(len(left), 80)

        def all_exist():
            left.difference_update([one for one in left if self.exists(one)])
            return not left
        try:
            until(all_exist, "every selector finds a series")
        except AssertionError:
            self.fail("selects nothing: " + "\n".join(sorted(left)))

    def test_rules_are_computed_and_a_sound_system_raises_no_alarm(self):
        rules = [rule for group in self.stack.get("rules")["groups"] for rule in group["rules"]]
        self.assertEqual(len(rules), len(rule_expressions()))
        until(lambda: all(rule["health"] == "ok" for group in self.stack.get("rules")["groups"] for rule in group["rules"]), "every rule is computed")
        until(lambda: self.stack.series('ALERTS{alertname="Watchdog",alertstate="firing"}'), "the watchdog barks")
        firing = {one["metric"]["alertname"] for one in self.stack.series('ALERTS{alertstate="firing"}')}
        self.assertEqual(firing - {"HostOomKill"}, {"Watchdog"})  # the machine that tests run on has a life of its own
        # The runbook's own words.
        self.assertTrue(self.stack.series("avg_over_time(causal_inference_duration_seconds[7d])"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
