"""Runs a procedure as an operator does, in a folder of its own, for tests that need no whole stack."""
import json
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
MOST_SECONDS = 200


class ProcedurePlace:
    """`tables` of operations.toml are kept in `settings` and written before each run."""

    def __init__(self, name):
        self.name, self.temporary = name, tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name)
        self.secrets = self.folder / "secrets"
        self.secrets.mkdir()
        (self.folder / "metrics").mkdir()
        self.settings = {"stack": {"kind": "host"}, "urls": {},
                         "paths": {"state": str(self.folder / "state"), "metrics": str(self.folder / "metrics"), "secrets": str(self.secrets)}}

    def close(self):
        self.temporary.cleanup()

    def run(self, *options):
        """(exit code, report, all that it printed)"""
        lines = []
        for table, values in self.settings.items():
            lines += [f"[{table}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
        (self.folder / "operations.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        done = subprocess.run([ROOT / f"ops/procedures/{self.name}.sh", "--config", self.folder / "operations.toml", "--json", *options],
                              capture_output=True, text=True, timeout=MOST_SECONDS, stdin=subprocess.DEVNULL)
        report = json.loads(done.stdout)
        assert report["exit_code"] == done.returncode, done.stdout + done.stderr
        return done.returncode, report, done.stdout + done.stderr


def said(report, severity):
    return "\n".join(finding["message"] for finding in report["findings"] if finding["severity"] == severity)
