#!/usr/bin/env python3
"""Alertmanager's file: what is filled in and refused, where each alert goes by amtool's word, and what arrives in truth.

usage: alertmanager_test.py ROOT
"""
import contextlib
import io
import json
import pathlib
import re
import stat
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(sys.argv[1])
sys.path += [str(ROOT / "ops"), str(ROOT / "monitoring")]
import render_alertmanager  # noqa: E402
from live_stack import Monitors, fetch, free_port  # noqa: E402
from operations.webhook_receiver import WebhookReceiver  # noqa: E402
from yaml_file import read_yaml  # noqa: E402

MOST_SECONDS = 60
SECRETS = {"slack_url": "https://hooks.example/T0/s3cret", "pagerduty_key": "pd-s3cret-key", "smtp_password": "mail-s3cret",
           "webhook_url": "https://hook.example/w3bhook"}
VALUES = {"SLACK_CHANNEL_CRITICAL": "#critical", "SLACK_CHANNEL_WARNING": "#warning", "EMAIL_TO_CRITICAL": "oncall@example.org",
          "EMAIL_TO_WARNING": "team@example.org", "EMAIL_FROM": "alerts@example.org", "SMTP_SMARTHOST": "mail.example.org:587",
          "SMTP_USERNAME": "alerts", "RUNBOOK_BASE": "https://git.example/gym", "WATCHDOG_URL": "https://watch.example/x",
          "DRILL_URL": "http://127.0.0.1:9095/drill"}
ROUTES = {
    "alertname=AppDown severity=critical": "critical", "alertname=HostCpuHigh severity=warning": "warning", "alertname=Odd": "warning",
    "alertname=Odd severity=page": "warning", "alertname=Watchdog severity=none": "watchdog", "alertname=Drill drill=true": "drill",
    "alertname=AppDown severity=critical drill=true": "drill", "alertname=Watchdog severity=none drill=true": "drill",
    "alertname=AppDown severity=critical drill=false": "critical",
}


class Rendered(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.secrets = self.folder / "secrets"
        self.secrets.mkdir()
        self.output = self.folder / "alertmanager.yml"

    def keep(self, secrets):
        for name, text in secrets.items():
            (self.secrets / name).write_text(text + "\n", encoding="utf-8")

    def render(self, *options, code=0, **values):
        environment, told = {f"ALERT_{name}": value for name, value in values.items()}, io.StringIO()
        with contextlib.redirect_stderr(told):
            got = render_alertmanager.main(["--secrets", str(self.secrets), "--output", str(self.output), *map(str, options)], environment)
        self.assertEqual(got, code, told.getvalue())
        for secret in SECRETS.values():
            self.assertNotIn(secret, told.getvalue())
        return told.getvalue()

    def check(self):
        done = subprocess.run(["amtool", "check-config", self.output], capture_output=True, text=True, timeout=MOST_SECONDS)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return read_yaml(self.output)


class Rendering(Rendered):
    def test_a_site_that_has_everything(self):
        self.keep(SECRETS)
        self.render("--strict", "--secrets-at", "/run/secrets", **VALUES)
        critical, warning, watchdog, drill = self.check()["receivers"]
        kinds = {"slack_configs", "email_configs", "webhook_configs"}
        self.assertEqual([set(one) - {"name"} for one in (critical, warning, watchdog, drill)],
                         [kinds | {"pagerduty_configs"}, kinds, {"webhook_configs"}, {"webhook_configs"}])
        self.assertEqual(critical["slack_configs"][0]["api_url_file"], "/run/secrets/slack_url")
        self.assertEqual(critical["slack_configs"][0]["title_link"], "https://git.example/gym/{{ .CommonAnnotations.runbook_url }}")
        self.assertEqual(critical["pagerduty_configs"][0]["routing_key_file"], "/run/secrets/pagerduty_key")
        self.assertEqual(warning["email_configs"][0]["auth_password_file"], "/run/secrets/smtp_password")
        self.assertEqual(stat.S_IMODE(self.output.stat().st_mode), 0o640)
        text = self.output.read_text(encoding="utf-8")
        self.assertEqual([name for name, secret in SECRETS.items() if secret in text], ["webhook_url"])
        self.assertNotRegex(text, r"@[a-z_]+@")

    def test_receivers_without_secrets_are_left_out(self):
        self.assertIn("nobody will hear", self.render(code=1))
        self.assertEqual([set(one) for one in self.check()["receivers"]], [{"name"}] * 4)
        committed = ROOT / "monitoring/alertmanager.yml"
        self.assertEqual(committed.read_text(encoding="utf-8"), self.output.read_text(encoding="utf-8"), "render_alertmanager.py --output alertmanager.yml")
        self.assertEqual(stat.S_IMODE(self.output.stat().st_mode), 0o644)
        self.keep({"slack_url": SECRETS["slack_url"], "pagerduty_key": " \n"})
        self.render(**{name: VALUES[name] for name in VALUES if name.startswith(("SLACK", "RUNBOOK"))})
        self.assertEqual([set(one) - {"name"} for one in self.check()["receivers"]], [{"slack_configs"}, {"slack_configs"}, set(), set()])

    def test_what_is_unset_or_unfit_is_named_and_nothing_is_written(self):
        self.assertIn("nobody would hear", self.render("--strict", code=3))
        self.keep(SECRETS)
        for name in VALUES:
            if name not in ("SMTP_SMARTHOST", "WATCHDOG_URL", "DRILL_URL"):  # these leave their parts out
                self.assertIn(f"unset: {name.lower()} (line ", self.render(code=3, **{key: VALUES[key] for key in VALUES if key != name}))
        for unfit in ('a"b', "a'b", "a\\b", "a\nb", "{{ .x }}", "@secrets@"):
            self.assertIn("slack_channel_warning is no text", self.render(code=3, **{**VALUES, "SLACK_CHANNEL_WARNING": unfit}))
        for text, said in (("# part slak", "no part slak"), ("# end slack", "has not begun"), ("# part slack", "does not end"),
                           ("# part slack\n# end email", "line 2: email ends")):
            template = self.folder / "template"
            template.write_text(text + "\n", encoding="utf-8")
            self.assertIn(said, self.render("--template", template, code=3, **VALUES))
        self.assertFalse(self.output.exists())
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["secrets", "template"])

    def test_values_come_from_a_file_and_variables_count_before_it(self):
        self.keep({"slack_url": "https://x.example"})
        values = self.folder / "operations.toml"
        values.write_text('[alerts]\nslack_channel_critical = "#a"\nslack_channel_warning = "#b"\nrunbook_base = "https://r.example"\ndrill_seconds = 3\n')
        self.render("--values", values, SLACK_CHANNEL_WARNING="#c")
        critical, warning, *_ = self.check()["receivers"]
        self.assertEqual([one["slack_configs"][0]["channel"] for one in (critical, warning)], ["#a", "#c"])
        values.write_text("[alerts\n")
        self.assertIn("operations.toml", self.render("--values", values, code=3))


class Routing(Rendered):
    def setUp(self):
        super().setUp()
        self.keep(SECRETS)
        self.render(**VALUES)

    def test_amtool_routes_each_as_it_should(self):
        for labels, receiver in ROUTES.items():
            done = subprocess.run(["amtool", "config", "routes", "test", f"--config.file={self.output}", f"--verify.receivers={receiver}",
                                   *labels.split()], capture_output=True, text=True, timeout=MOST_SECONDS)
            self.assertEqual((done.returncode, done.stdout.strip()), (0, receiver), labels)

    def test_inhibition_names_alerts_that_there_are_and_no_drill_inhibits(self):
        alerts = {rule["alert"] for group in read_yaml(ROOT / "monitoring/alert.rules.yml")["groups"] for rule in group["rules"]}
        for rule in self.check()["inhibit_rules"]:
            self.assertIn('drill!="true"', rule["source_matchers"])
            for matcher in rule["source_matchers"] + rule["target_matchers"]:
                name, how, value = re.fullmatch(r'(\w+)(=~|!=|=)"(.*)"', matcher).groups()
                if name == "alertname":
                    pattern = value if how == "=~" else re.escape(value)
                    self.assertTrue([alert for alert in alerts if re.fullmatch(pattern, alert)], matcher)


class Delivery(Rendered):
    """A real Alertmanager and receivers that listen."""

    def post(self, *alerts):
        body = [{"labels": labels, "annotations": {"summary": labels["alertname"], "runbook_url": "docs/x.md#y"}} for labels in alerts]
        self.assertEqual(fetch(f"{self.place.alertmanager}/api/v2/alerts", body)[0], 200)

    def names(self, path):
        return {labels["alertname"] for labels, _, _ in self.receiver.alerts(path)}

    def arrived(self, path, *names):
        return self.receiver.wait_for(lambda receiver: set(names) <= self.names(path), MOST_SECONDS)

    def start(self):
        self.receiver = WebhookReceiver()
        self.receiver.__enter__()
        self.addCleanup(self.receiver.__exit__)
        self.keep({"slack_url": f"{self.receiver.url}/slack", "webhook_url": f"{self.receiver.url}/people"})
        self.render(**{**VALUES, "SMTP_SMARTHOST": "", "WATCHDOG_URL": f"{self.receiver.url}/watchdog", "DRILL_URL": f"{self.receiver.url}/drill"})
        text = re.sub(r"group_wait: \d+s", "group_wait: 1s", self.output.read_text(encoding="utf-8"))
        self.output.write_text(text, encoding="utf-8")
        self.place = Monitors()
        self.addCleanup(self.place.close)
        self.place.start_alertmanager(self.output, free_port())

    def test_each_alert_reaches_who_it_is_for(self):
        self.start()
        self.post({"alertname": "AppDown", "area": "app", "severity": "critical", "drill": "true"})
        self.assertTrue(self.arrived("/drill", "AppDown"))
        self.post({"alertname": "LatencyP95High", "area": "requests", "severity": "warning"}, {"alertname": "Watchdog", "severity": "none"})
        self.assertTrue(self.arrived("/people", "LatencyP95High"), "a drill inhibits nothing")
        self.assertTrue(self.arrived("/watchdog", "Watchdog"))
        self.post({"alertname": "AppDown", "area": "app", "severity": "critical"})
        self.assertTrue(self.arrived("/people", "AppDown"))
        self.post({"alertname": "LatencyP95High", "area": "requests", "severity": "warning", "job": "other"},
                  {"alertname": "HostCpuHigh", "area": "host", "severity": "warning"})
        self.assertTrue(self.arrived("/people", "HostCpuHigh"))
        time.sleep(1.5)  # longer than any group of this test waits
        self.assertEqual([labels for labels, _, _ in self.receiver.alerts("/people") if labels.get("job") == "other"], [], "AppDown inhibits it")
        self.assertEqual([labels for labels, _, _ in self.receiver.alerts("/people") if "drill" in labels], [])
        self.assertEqual((self.names("/drill"), self.names("/watchdog")), ({"AppDown"}, {"Watchdog"}))
        slack = [message for path, message in self.receiver.messages if path == "/slack"]
        self.assertIn("#critical", {message["channel"] for message in slack})
        self.assertEqual({message["attachments"][0]["title_link"] for message in slack}, {"https://git.example/gym/docs/x.md#y"})
        self.assertNotIn("drill", json.dumps(slack).lower())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
