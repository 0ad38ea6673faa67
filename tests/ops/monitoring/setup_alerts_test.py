#!/usr/bin/env python3
"""setup_alerts.sh on a real Prometheus and Alertmanager: well, and with each thing broken that it is there to find.

usage: setup_alerts_test.py
"""
import shutil
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
from live_stack import ROOT, Monitors, fetch, free_port, until  # noqa: E402
from procedure_place import ProcedurePlace, said  # noqa: E402
sys.path.append(str(ROOT / "ops"))
from operations.webhook_receiver import WebhookReceiver  # noqa: E402

SMALL_TESTS = """
rule_files: [../alert.rules.yml]
tests:
  - interval: 1m
    input_series: [{series: 'up{job="prometheus",instance="p"}', values: 1x5}]
    alert_rule_test: [{alertname: QueueDeep, eval_time: 5m, exp_alerts: []}]
"""


class SetupAlerts(unittest.TestCase):
    def setUp(self):
        self.place = ProcedurePlace("setup_alerts")
        self.addCleanup(self.place.close)
        self.monitoring = self.place.folder / "monitoring"
        shutil.copytree(ROOT / "monitoring", self.monitoring)
        shutil.rmtree(self.monitoring / "tests")  # theirs take long, and are ops_alert_rules
        (self.monitoring / "tests").mkdir()
        (self.monitoring / "tests/small_test.yml").write_text(SMALL_TESTS, encoding="utf-8")
        self.monitors = Monitors()
        self.addCleanup(self.monitors.close)
        self.people = WebhookReceiver()
        self.people.__enter__()
        self.addCleanup(self.people.__exit__)
        self.place.secrets.joinpath("webhook_url").write_text(f"{self.people.url}/people\n", encoding="utf-8")
        self.drill_port = free_port()
        self.place.settings["alerts"] = {"folder": str(self.monitoring), "drill_listen": f"127.0.0.1:{self.drill_port}", "drill_seconds": 20.0,
                                         "drill_url": f"http://127.0.0.1:{self.drill_port}/drill"}
        self.start()

    def start(self):
        self.place.run("--dry-run")  # writes operations.toml, of which the renderer reads [alerts]
        self.render()
        ports = {9090: free_port(), 9093: free_port()}
        path = self.monitoring / "prometheus.host.yml"
        text = path.read_text(encoding="utf-8")
        for usual, port in ports.items():
            text = text.replace(f"127.0.0.1:{usual}", f"127.0.0.1:{port}")
        path.write_text(text, encoding="utf-8")
        self.monitors.start_alertmanager(self.monitoring / "alertmanager.yml", ports[9093])
        self.monitors.start_prometheus(path, ports[9090])
        self.place.settings["urls"] |= {"prometheus": self.monitors.prometheus, "alertmanager": self.monitors.alertmanager}
        until(lambda: "127.0.0.1" in fetch(f"{self.monitors.prometheus}/api/v1/alertmanagers")[1], "Prometheus knows Alertmanager")

    def render(self, code=0):
        done = subprocess.run([self.monitoring / "render_alertmanager.py", "--values", self.place.folder / "operations.toml", "--secrets",
                               self.place.secrets, "--output", self.monitoring / "alertmanager.yml"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr)

    def edit(self, name, before, after):
        path = self.monitoring / name
        text = path.read_text(encoding="utf-8")
        self.assertIn(before, text)
        path.write_text(text.replace(before, after), encoding="utf-8")
        self.addCleanup(path.write_text, text, encoding="utf-8")
        return lambda: path.write_text(text, encoding="utf-8")

    def check_well(self):
        code, report, printed = self.place.run("--yes")
        self.assertEqual(code, 0, printed)
        self.assertIn("the drill arrived after", said(report, "fine"))
        self.assertIn("alerts are in force", said(report, "fine"))
        self.assertEqual(self.people.messages, [], "no person hears of a drill")
        self.assertNotIn(self.people.url, printed)
        self.assertIn('causal_procedure_last_exit_code{procedure="setup_alerts"} 0', (self.place.folder / "metrics/procedure_setup_alerts.prom").read_text())

    def test_what_works_and_what_is_broken(self):
        self.check_well()
        code, report, printed = self.place.run("--dry-run")
        self.assertEqual(code, 0, printed)
        self.assertIn("would send a drill", said(report, "fine"))
        for name, before, after, told in (
                ("alert.rules.yml", "expr: max by (job) (pg_up) == 0", "expr: max by (job (pg_up) == 0", "promtool refuses"),
                ("tests/small_test.yml", "exp_alerts: []", "exp_alerts: [{exp_labels: {severity: warning}}]", "unit tests of rules fail"),
                ("alertmanager.yml", "resolve_timeout: 5m", "resolve_timeout: soon", "amtool refuses"),
                ("alertmanager.yml", 'matchers: [drill="true"]', 'matchers: [drill="yes"]', "goes to critical, not to drill")):
            restore = self.edit(name, before, after)
            code, report, printed = self.place.run("--yes")
            self.assertEqual(code, 2, printed)
            self.assertIn(told, said(report, "critical"))
            self.assertNotIn("reloaded", printed, "nothing broken is put in force")
            restore()
        # Another address than the one that is listened at: the drill is lost.
        restore = self.edit("alertmanager.yml", f"{self.drill_port}/drill", f"{free_port()}/drill")
        self.place.settings["alerts"]["drill_seconds"] = 3.0
        code, report, printed = self.place.run("--yes")
        self.assertEqual(code, 2, printed)
        self.assertIn("did not arrive", said(report, "critical"))
        restore()
        self.place.settings["alerts"]["drill_seconds"] = 20.0
        # No receivers: nobody hears, and the drill has nowhere to go.
        shutil.copy(ROOT / "monitoring/alertmanager.yml", self.monitoring)
        code, report, printed = self.place.run("--yes")
        self.assertEqual(code, 3, printed)
        self.assertIn("nobody hears", said(report, "warning"))
        self.assertIn("no receiver for drills", said(report, "unchecked"))
        self.render()
        self.check_well()

    def test_wrong_settings_and_what_is_out_of_reach_are_told(self):
        self.place.settings["alerts"]["drill_listten"] = "x"
        code, report, printed = self.place.run("--yes")
        self.assertEqual(code, 3, printed)
        self.assertIn("did you mean drill_listen", said(report, "unchecked"))
        del self.place.settings["alerts"]["drill_listten"]
        self.place.settings["urls"]["alertmanager"] = f"http://127.0.0.1:{free_port()}"
        code, report, printed = self.place.run("--yes")
        self.assertEqual(code, 3, printed)
        self.assertIn("refused", said(report, "unchecked"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
