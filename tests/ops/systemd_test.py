"""The units of a bare host: systemd accepts them, leaves them little, and they name what is there. usage: systemd_test.py PROGRAM

Nothing is started: systemd judges the files, with empty stand-ins for what an installation puts elsewhere.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNITS = ROOT / "ops/systemd"
PROGRAM = ""
SECONDS = 120
# The most exposure that systemd may find, of 10. A procedure acts for the operator, as root.
MOST_EXPOSURE = {"causal-gym-app@": 2.0, "causal-gym-worker@": 2.0, "causal-gym-failed@": 2.0, "causal-gym-procedure@": 4.0,
                 "causal-gym-backup@": 4.0}


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, timeout=SECONDS)


class Units(unittest.TestCase):
    def setUp(self):
        """An installation under a root of its own."""
        self.root = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        self.units = self.root / "etc/systemd/system"
        shutil.copytree(UNITS, self.units)
        shutil.copytree("/lib/systemd/system", self.root / "lib/systemd/system", symlinks=True)
        programs = ["/usr/local/bin/causal-gym", "/opt/causal-gym/ops/systemd/report_failure",
                    *(f"/opt/causal-gym/ops/procedures/{path.name}" for path in (ROOT / "ops/procedures").glob("*.sh"))]
        for program in programs:
            file = self.root / program.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("#!/bin/sh\n")
            file.chmod(0o755)

    def verify(self, *names):
        return run("systemd-analyze", f"--root={self.root}", "--man=no", "verify", *names)

    def named(self):
        for path in sorted(self.units.glob("causal-gym-*")):
            template = path.name.endswith("@.service")
            yield path, path.name.replace("@.", "@logical." if "backup" in path.name else "@1.") if template else path.name

    def problems(self):
        """What is said of our units; Debian's, which are there for what ours name, are Debian's."""
        said = self.verify(*(self.units / name for _, name in self.named())).stderr
        return [line for line in said.splitlines() if "causal-gym" in line and "not executable" not in line]

    def test_systemd_accepts_them(self):
        for path, name in list(self.named()):
            if "@" in path.name:
                shutil.copy(path, self.units / name)
        # The name of a procedure is the instance of its unit.
        (self.root / "opt/causal-gym/ops/procedures/1.sh").write_text("#!/bin/sh\n")
        (self.root / "opt/causal-gym/ops/procedures/1.sh").chmod(0o755)
        self.assertEqual(self.problems(), [])
        app = self.units / "causal-gym-app@1.service"
        app.write_text(app.read_text().replace("ProtectSystem=strict", "ProtectSystem=strictly\nNoSuchSetting=yes"))
        said = " ".join(self.problems())
        self.assertIn("NoSuchSetting", said)
        self.assertIn("strictly", said)

    def test_systemd_finds_little_exposure(self):
        def exposure(text, name):
            file = self.root / name
            file.write_text(text)
            said = run("systemd-analyze", "security", "--offline=true", "--no-pager", file)
            return float(re.search(r"exposure level for \S+: ([\d.]+)", said.stdout)[1])
        found = {path.name.partition("@")[0] + "@": exposure(path.read_text(), path.name.replace("@.", "@1."))
                 for path in UNITS.glob("*@.service")}
        self.assertEqual(set(found), set(MOST_EXPOSURE))
        self.assertEqual({name: value for name, value in found.items() if value > MOST_EXPOSURE[name]}, {})
        bare = re.sub(r"(?m)^(Protect|Private|Restrict|SystemCall|Capability|NoNew|DynamicUser|User).*\n", "",
                      (UNITS / "causal-gym-app@.service").read_text())
        self.assertGreater(exposure(bare, "causal-gym-bare@1.service"), 7.0)

    def test_timers_start_what_there_is(self):
        named = set()
        for path in UNITS.glob("*.timer"):
            unit = re.search(r"(?m)^Unit=(\S+)@(\S+)\.service$", path.read_text())
            self.assertTrue((UNITS / f"{unit[1]}@.service").exists(), path.name)
            named.add((unit[1], unit[2]))
            self.assertEqual(run("systemd-analyze", "calendar", re.search(r"(?m)^OnCalendar=(.*)$", path.read_text())[1]).returncode, 0, path.name)
        self.assertEqual({kind for unit, kind in named if unit.endswith("backup")}, {"logical", "physical"})
        procedures = {name for unit, name in named if unit.endswith("procedure")}
        self.assertEqual(procedures, {"daily_health_check", "daily_log_review", "weekly_performance_review", "weekly_security_audit",
                                      "monthly_capacity_planning", "monthly_backup_recovery_test"})
        for name in procedures:
            self.assertTrue((ROOT / f"ops/procedures/{name}.sh").exists(), name)

    def test_a_failure_is_told(self):
        for name in ("procedure", "backup"):
            self.assertRegex((UNITS / f"causal-gym-{name}@.service").read_text(), r"(?m)^OnFailure=causal-gym-failed@.*%i\.service$")

    def test_no_secret_is_in_a_unit_or_its_environment(self):
        for name in ("app", "worker"):
            text = (UNITS / f"causal-gym-{name}@.service").read_text()
            credentials = dict(re.findall(r"(?m)^LoadCredential=(\w+):(\S+)$", text))
            self.assertEqual(set(credentials), {"database_url", "redis_url", "jwt_secret_key", "second_factor_key"})
            files = dict(re.findall(r"(?m)^Environment=(\w+_FILE)=%d/(\w+)$", text))
            self.assertEqual(set(files.values()), set(credentials))
            for variable in re.findall(r"(?m)^Environment=(\w+)=", text):
                self.assertTrue(variable.endswith("_FILE") or not re.search("PASSWORD|SECRET|_KEY|_URL|_DB", variable), variable)

    def test_the_program_takes_their_settings(self):
        text = (UNITS / "causal-gym-app@.service").read_text()
        environment = {name: str(self.root / value.removeprefix("%d/")) if value.startswith("%d/") else value
                       for name, value in re.findall(r"(?m)^Environment=(\w+)=(.*)$", text)}
        for name in ("jwt_secret_key", "second_factor_key"):
            (self.root / name).write_text("x" * 43)
        (self.root / "database_url").write_text("postgresql://causal_user@127.0.0.1/causal_experiments")
        (self.root / "redis_url").write_text("redis://127.0.0.1:6379/0")
        done = subprocess.run([PROGRAM, "config", "check"], capture_output=True, text=True, check=False, timeout=SECONDS,
                              env=environment | {"HOME": str(self.root), "CAUSAL_GYM_PORT": "8511"})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
