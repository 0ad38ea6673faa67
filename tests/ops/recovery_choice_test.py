"""disaster_recovery.sh without an archive: what it takes to be lost, which backup it chooses, and that what was there is kept."""
import json
import os
import pathlib
import shutil
import signal
import sys
import time

from archived_stack import flip
from native_stack import UNITS, NativeStack, findings

NAME = "disaster_recovery"
CONTROL = "postgres/data/global/pg_control"


def marks(stack):
    return stack.psql("SELECT string_agg(text, ' ' ORDER BY text) FROM marks").stdout.strip()


def mark(stack, text):
    """A row that tells which backup was restored; the backup is made after it, unless told not to."""
    stack.psql(f"CREATE TABLE IF NOT EXISTS marks (text text PRIMARY KEY); INSERT INTO marks VALUES ('{text}')")


def test_only_stopped(stack):
    mark(stack, "first")
    stack.supervise("stop", UNITS["postgres"])
    code, report = stack.procedure(NAME)
    assert code == 3 and "--yes" in findings(report, "confirm", "unchecked")[0], report
    code, report = stack.procedure(NAME, "--yes")
    assert code == 0 and "nothing is lost" in findings(report, "start as it is", "fine")[0], report
    assert marks(stack) == "first" and not list((stack.folder / "postgres").glob("data.*"))


def test_nothing_to_restore_from(stack):
    stack.supervise("stop", UNITS["postgres"])
    data = (stack.folder / "postgres/data").rename(stack.folder / "postgres/elsewhere")
    code, report = stack.procedure(NAME, "--yes")
    data.rename(stack.folder / "postgres/data")
    assert code == 3 and "nothing to restore it from" in findings(report, "assess", "unchecked")[0], report
    code, report = stack.procedure(NAME, "--until", "2026-11-27T10:00:00Z", "--yes")
    assert code == 3 and "give --backup" in findings(report, "assess", "unchecked")[0], report
    stack.supervise("start", UNITS["postgres"])
    stack.wait(lambda: stack.psql("SELECT 1", check=False).returncode == 0, "PostgreSQL")


def test_broken(stack):
    """The newest backup has a flipped bit, a newer one is a drill's, the secret was changed since: the older one is restored, with the secret of now."""
    assert stack.procedure("backup")[0] == 0
    older, = (stack.folder / "backups/logical").glob("2*")
    mark(stack, "second")
    assert stack.procedure("backup")[0] == 0
    newer = max((stack.folder / "backups/logical").glob("2*"))
    mark(stack, "third")
    assert newer != older and stack.procedure("backup", "--drill")[0] == 0
    flip(newer / "database.dump", 0.9)
    stack.supervise("stop", UNITS["postgres"])
    control = stack.folder / CONTROL
    control.write_bytes(b"\0" * control.stat().st_size)
    stack.write_secret("database_password", "a-password-of-after-the-backup")
    stack.write_urls()
    code, report = stack.procedure(NAME, "--yes")
    assert code == 1 and "SHA-256" in findings(report, "assess", "warning")[0], report
    assert "does not start on the data directory" in findings(report, "start as it is", "warning")[0], report
    assert f"restored from the backup {older.name}" in " ".join(findings(report, "restore", "fine")), report
    assert marks(stack) == "first", "not that of the drill, and not the broken one"
    aside, = (stack.folder / "postgres").glob("data.broken-*")
    assert set((aside / "global/pg_control").read_bytes()) == {0}, "what was there is kept"
    assert findings(report, "open", "fine"), report
    shutil.rmtree(newer)


def test_database_dropped(stack):
    stack.supervise("stop", "causal-gym-app@1.service")
    stack.psql("DROP DATABASE causal_experiments WITH (FORCE)", database="postgres")
    code, report = stack.procedure(NAME, "--yes")
    assert code == 1 and "has no database causal_experiments" in findings(report, "assess", "warning")[0], report
    assert marks(stack) == "first" and findings(report, "open", "fine"), report
    record = json.loads(pathlib.Path(report["findings"][-1]["values"]["evidence"]).read_text(encoding="utf-8"))
    assert record["plan"]["action"] == "restore" and record["lost_at_most_seconds"] > 0, record


def test_killed_behind_pgbouncer(program):
    """PostgreSQL alone was killed: the server, which never ended, is waited for until PgBouncer lets it through again."""
    with NativeStack(program, only=("app", "postgres", "pgbouncer", "nginx")) as stack:
        configuration = stack.folder / "etc/pgbouncer.ini"
        configuration.write_text(configuration.read_text(encoding="ascii") + "server_login_retry = 30\n", encoding="ascii")
        stack.supervise("restart", UNITS["pgbouncer"])
        os.kill(int((stack.folder / "run" / f"{UNITS['postgres']}.pid").read_text(encoding="ascii")), signal.SIGQUIT)
        stack.wait(lambda: stack.psql("SELECT 1", check=False).returncode != 0, "the end of PostgreSQL")
        stack.get(stack.app_url() + "/api/v1/runs")  # PgBouncer has tried, and waits before it tries again
        code, report = stack.procedure(NAME, "--yes")
        assert code == 0 and findings(report, "open", "fine"), report


def main():
    with NativeStack(sys.argv[1], only=("app", "postgres", "nginx")) as stack:
        for test in (test_only_stopped, test_nothing_to_restore_from, test_broken, test_database_dropped):
            begun = time.monotonic()
            test(stack)
            print(f"{test.__name__}: {time.monotonic() - begun:.1f} s", flush=True)
    test_killed_behind_pgbouncer(sys.argv[1])


if __name__ == "__main__":
    main()
