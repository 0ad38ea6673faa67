#!/usr/bin/env python3
"""setup_dashboards.sh: files that are sound and broken, no Grafana, one that provisions, one that does not, and one that refuses.

usage: setup_dashboards_test.py
"""
import json
import shutil
import sys
import unittest

sys.dont_write_bytecode = True
from grafana_stand_in import TOKEN, GrafanaStandIn  # noqa: E402
from procedure_place import ROOT, ProcedurePlace, said  # noqa: E402


class SetupDashboards(unittest.TestCase):
    def setUp(self):
        self.place = ProcedurePlace("setup_dashboards")
        self.addCleanup(self.place.close)
        self.monitoring = self.place.folder / "monitoring"
        shutil.copytree(ROOT / "monitoring", self.monitoring)
        self.place.settings["dashboards"] = {"folder": str(self.monitoring / "dashboards"), "provisioning": str(self.monitoring / "grafana/provisioning")}
        self.grafana = GrafanaStandIn()
        self.addCleanup(self.grafana.close)
        self.place.settings["urls"]["grafana"] = self.grafana.url

    def run_with(self, code, *options):
        got, report, printed = self.place.run(*options)
        self.assertEqual(got, code, printed)
        self.assertNotIn(TOKEN, printed)
        return report

    def test_what_grafana_lacks_is_given_to_it_and_compared(self):
        report = self.run_with(3, "--yes")
        self.assertIn("grafana_token", said(report, "unchecked"))
        (self.place.secrets / "grafana_token").write_text("wrong\n")
        self.assertIn("refuses the token", said(self.run_with(3, "--yes"), "unchecked"))
        (self.place.secrets / "grafana_token").write_text(TOKEN + "\n")
        self.assertIn("would give causal-reasoning", said(self.run_with(0, "--dry-run"), "fine"))
        self.assertEqual(self.grafana.pushed, [])
        self.run_with(0, "--yes")
        self.assertEqual(self.grafana.pushed, ["causal-reasoning", "system-metrics"])
        self.assertIn("as it is here", said(self.run_with(0, "--yes"), "fine"))
        self.assertEqual(len(self.grafana.pushed), 2, "what is there already is left alone")
        # Grafana provisions an older file: it is told, and not overwritten.
        self.grafana.dashboards["system-metrics"] = ({**self.grafana.dashboards["system-metrics"][0], "panels": []}, True)
        self.assertIn("another system-metrics", said(self.run_with(2, "--yes"), "critical"))
        self.grafana.sources.clear()
        self.assertIn("no data source causal-gym-prometheus", said(self.run_with(2, "--yes"), "critical"))
        self.grafana.database = "failing"
        self.assertIn("not well", said(self.run_with(2, "--yes"), "critical"))

    def test_without_grafana_it_says_what_is_not_checked(self):
        self.place.settings["urls"]["grafana"] = "http://127.0.0.1:1"
        self.assertIn("not checked: whether Grafana shows causal-reasoning, system-metrics", said(self.run_with(3, "--yes"), "unchecked"))
        self.place.settings["urls"]["grafana"] = self.grafana.url.replace("//", "//admin:admin@")
        report = self.run_with(3, "--yes")
        self.assertIn("use a token", said(report, "unchecked"))
        self.assertNotIn("admin:admin", json.dumps(report))

    def test_broken_files_are_told_before_grafana_is_asked(self):
        path = self.monitoring / "dashboards/system-metrics.json"
        sound = path.read_text(encoding="utf-8")
        for before, after, told in (('"unit": "bytes"', '"unit": ""', "has no unit"), ("{", "", "system-metrics.json: ")):
            path.write_text(sound.replace(before, after, 1), encoding="utf-8")
            self.assertIn(told, said(self.run_with(2, "--yes"), "critical"))
        path.unlink()
        self.assertIn("there is no system-metrics.json", said(self.run_with(2, "--yes"), "critical"))
        self.assertEqual(self.grafana.pushed, [])
        path.write_text(sound, encoding="utf-8")
        source = self.monitoring / "grafana/provisioning/datasources/prometheus.yml"
        source.write_text(source.read_text(encoding="utf-8").replace("uid: causal", "uid: other"), encoding="utf-8")
        self.assertIn("no data source is provisioned as causal-gym-prometheus", said(self.run_with(2, "--yes"), "critical"))
        self.place.settings["dashboards"]["tokn"] = "x"
        self.assertIn("did you mean token", said(self.run_with(3, "--yes"), "unchecked"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
