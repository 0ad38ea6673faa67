"""monthly_backup_recovery_test.sh: a backup is restored and tried apart from the live stack; what is wrong with one is told, and nothing stays behind."""
import json
import signal
import subprocess
import sys
import time

from archived_stack import ArchivedStack, flip, sum_manifest
from native_stack import MOST_SECONDS, ROOT, SECRETS, UNITS, findings

NAME = "monthly_backup_recovery_test"


def nothing_stays(stack):
    """No file and no process of what was restored, and nothing in the live database."""
    assert not list((stack.folder / "scratch").iterdir()), list((stack.folder / "scratch").rglob("*"))[:20]
    running = subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True, check=True).stdout
    assert f"{stack.folder}/scratch" not in running, running
    assert stack.psql("SELECT count(*) FROM users").stdout.strip() == "0"
    assert stack.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", database="postgres").stdout.strip() == "0"


def test_well(stack):
    code, report = stack.procedure("backup", "--kind", "both")
    assert code == 0, report
    code, report = stack.procedure(NAME, "--dry-run")
    assert code == 0 and not stack.backups("drill"), report
    code, report = stack.procedure(NAME)
    assert code == 0, report
    said = " ".join(findings(report, "application"))
    assert "a stranger is refused, and a user signs in" in said and "1 runs are listed" in said and "1 of them were shown, and scored anew" in said, said
    assert "with a table that was dropped after it" in findings(report, "archive", "fine")[0], report
    name, = stack.backups("drill")
    told = json.loads((stack.folder / "backups/drill" / name / "verified.json").read_text(encoding="utf-8"))
    evidence = json.loads(open(told["evidence"], encoding="utf-8").read())
    assert evidence["whole"] and 0 < evidence["recovery_seconds"] < MOST_SECONDS * 2 and evidence["archive"]["restore_seconds"] > 0, evidence
    assert "causal_backup_last_verified_timestamp_seconds" in (stack.folder / "metrics/backup_verified.prom").read_text(encoding="ascii")
    written = json.dumps(report) + json.dumps(evidence)
    assert not [secret for secret in SECRETS if stack.secret(secret) in written]
    nothing_stays(stack)


def test_flipped(stack):
    """One bit of any of its files, and it is refused before anything is restored."""
    name = stack.backups()[-1]
    folder = stack.folder / "backups/logical" / name
    for file, at in (("database.dump", 0.99), ("roles.sql", 0.5), ("manifest.json", 0.3)):
        put_back = flip(folder / file, at)
        code, report = stack.procedure(NAME, "--backup", name)
        put_back()
        assert code == 2 and file in findings(report, "backup", "critical")[0], (file, report)
        assert not findings(report, "restore"), report
    assert not (folder / "verified.json").exists()
    nothing_stays(stack)


def test_other_content(stack):
    """A manifest that tells of another content than the dump's, and a secret that is not the restored role's."""
    name = stack.backups()[-1]
    path = stack.folder / "backups/logical" / name / "manifest.json"
    whole, right = path.read_text(encoding="utf-8"), stack.secret("database_password")
    manifest = json.loads(whole)
    manifest["content"]["tables"]["public.events"]["sha256"] = "0" * 64
    manifest["content"]["tables"]["public.experiments"]["rows"] += 1
    path.write_text(json.dumps(manifest), encoding="utf-8")
    sum_manifest(path)
    stack.write_secret("database_password", "another")
    code, report = stack.procedure(NAME, "--backup", name, "--without-archive")
    stack.write_secret("database_password", right)
    path.write_text(whole, encoding="utf-8")
    sum_manifest(path)
    told = " ".join(findings(report, "compare", "critical"))
    assert code == 2 and "table public.events has" in told and "not with the same content" in told and "table public.experiments has 1 rows, not 2" in told, report
    assert "does not work on the restored database" in findings(report, "application", "critical")[0], report
    assert not path.with_name("verified.json").exists()
    nothing_stays(stack)


def test_stopped(stack):
    process = subprocess.Popen([ROOT / f"ops/procedures/{NAME}.sh", "--config", stack.settings_file, "--backup", stack.backups()[-1], "--json"],
                               stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    stack.wait(lambda: list((stack.folder / "scratch").glob("*/data/postmaster.pid")), "the restored instance")
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=MOST_SECONDS)
    assert process.returncode == 2 and "SIGTERM" in out, out
    nothing_stays(stack)


def test_dead(stack):
    stack.supervise("stop", UNITS["postgres"])
    code, report = stack.procedure(NAME)
    assert code in (2, 3) and findings(report, "backup"), report
    code, report = stack.procedure(NAME, "--backup", "20000101T000000Z")
    assert code == 3 and "there is no backup 20000101T000000Z" in findings(report, "backup")[0], report


def main():
    with ArchivedStack(sys.argv[1], only=("postgres",)) as stack:
        stack.add_run()
        (stack.folder / "scratch").mkdir()
        (stack.folder / "scratch").chmod(0o777)
        stack.write_settings(recovery={"scratch": str(stack.folder / "scratch")})
        for test in (test_well, test_flipped, test_other_content, test_stopped, test_dead):
            begun = time.monotonic()
            test(stack)
            print(f"{test.__name__}: {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    main()
