"""disaster_recovery.sh from an empty machine, with what was acknowledged over HTTP until the end against what is there after; and from a moment before a mistake.

What is promised: open again in under 5 minutes, with less than the last 60 s of acknowledged writes lost.
"""
import contextlib
import datetime
import json
import os
import pathlib
import shutil
import signal
import sys
import threading
import time

from archived_stack import ARCHIVE_SECONDS, ArchivedStack
from native_stack import SECRETS, UNITS, findings

NAME = "disaster_recovery"
MOST_SECONDS, MOST_LOST_SECONDS = 300, 60
WRITERS = 2
EXPERIMENT = {"environments": ["sprinkler-v1"], "agents": ["ideal"], "trials": 1}


class Writers:
    """Ask for experiments, one after another, until the server is gone; `acknowledged` has id and time of each that was said to be kept."""

    def __init__(self, stack):
        self.stack, self.ended, self.acknowledged = stack, threading.Event(), []
        self.threads = [threading.Thread(target=self.write) for _ in range(WRITERS)]
        for thread in self.threads:
            thread.start()

    def write(self):
        while not self.ended.is_set():
            with contextlib.suppress(OSError, ValueError):
                answer = self.stack.post("/api/v1/experiments", EXPERIMENT)
                self.acknowledged.append((answer["result"]["id"], time.time()))
            time.sleep(0.1)

    def end(self):
        self.ended.set()
        for thread in self.threads:
            thread.join(60)


def kill(stack, unit):
    """With SIGKILL: the process and those that it started."""
    pid = int((stack.folder / "run" / f"{unit}.pid").read_text(encoding="ascii"))
    os.kill(pid, signal.SIGSTOP)
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    for one in (pid, *map(int, children)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)


def experiments(stack):
    return set(stack.psql("SELECT id FROM experiments").stdout.split())


def evidence_of(report):
    path = next((finding["values"]["evidence"] for finding in report["findings"] if "evidence" in finding["values"]), None)
    assert path, report
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8")), pathlib.Path(path).parent


def test_empty_machine(stack):
    """Everything of PostgreSQL's is gone, and nothing runs: there are the backups, the archive and the secrets."""
    code, report = stack.procedure("backup", "--kind", "both")
    assert code == 0, report
    writers = Writers(stack)
    stack.wait(lambda: writers.acknowledged, "an acknowledged write")
    time.sleep(4 * ARCHIVE_SECONDS)
    for unit in (UNITS["postgres"], "causal-gym-app@1.service", UNITS["nginx"]):
        kill(stack, unit)
    ended = time.time()
    shutil.rmtree(stack.folder / "postgres")
    writers.end()
    code, report = stack.procedure(NAME, "--dry-run")
    assert code == 0 and not (stack.folder / "postgres").exists() and "no data directory" in findings(report, "assess", "fine")[0], report
    code, report = stack.procedure(NAME)
    assert code == 3 and "--yes" in findings(report, "confirm", "unchecked")[0] and not (stack.folder / "postgres").exists(), report
    hook = stack.folder / "notify"
    hook.write_text(f'#!/bin/sh\ncp "$1" {stack.folder}/told.json\n', encoding="ascii")
    hook.chmod(0o755)
    stack.write_settings(recovery={"notify": str(hook)})
    begun = time.monotonic()
    code, report = stack.procedure(NAME, "--yes")
    record, folder = evidence_of(report)
    assert code == 0 and record["opened"], report
    assert record["recovery_seconds"] < MOST_SECONDS and record["lost_at_most_seconds"] is not None, record
    there = experiments(stack)
    lost = [moment for identifier, moment in writers.acknowledged if identifier not in there]
    assert ended - min(lost, default=ended) < MOST_LOST_SECONDS, (ended, lost)
    print(f"open after {record['recovery_seconds']:.1f} s ({time.monotonic() - begun:.1f} s with a new backup); of {len(writers.acknowledged)} acknowledged "
          f"writes {len(lost)} are lost, of the last {ended - min(lost, default=ended):.1f} s", flush=True)
    assert len(there) > 1 and len(lost) < len(writers.acknowledged), (len(there), len(lost))
    told = json.loads((stack.folder / "told.json").read_text(encoding="utf-8"))
    assert told["recovered_until"] == record["recovered_until"] and told["source"], told
    written = "".join(path.read_text(encoding="utf-8") for path in folder.iterdir()) + json.dumps(report)
    assert {"log-postgres.txt", "states.json", "operations.toml"} <= {path.name for path in folder.iterdir()}
    assert not [secret for secret in SECRETS if stack.secret(secret) in written]
    answer = stack.post("/api/v1/experiments", EXPERIMENT)
    stack.wait(lambda: stack.psql(f"SELECT state FROM experiments WHERE id = '{answer['result']['id']}'").stdout.strip() == "finished", "a new run")


def test_moment_before_a_mistake(stack):
    """A table was dropped; the archive has the moment before, also on the history that began with the recovery."""
    before = experiments(stack)
    stack.psql("CREATE TABLE notes (text text); INSERT INTO notes VALUES ('kept')")
    time.sleep(1)
    moment = datetime.datetime.now(datetime.timezone.utc).isoformat()
    time.sleep(1)
    stack.psql("DROP TABLE notes; DROP TABLE events CASCADE")
    code, report = stack.procedure(NAME, "--until", "2001-01-01T00:00:00Z", "--yes")
    assert code == 3 and "the archive begins at" in findings(report, "assess")[0], report
    code, report = stack.procedure(NAME, "--dry-run")
    assert "lacks public.events" in findings(report, "assess", "warning")[0], report
    code, report = stack.procedure(NAME, "--until", moment, "--yes")
    assert code == 0, report
    assert stack.psql("SELECT text FROM notes").stdout.strip() == "kept" and experiments(stack) == before
    record, _ = evidence_of(report)
    aside = pathlib.Path(record["kept_aside"])
    assert (aside / "global/pg_control").exists() and aside.parent == stack.folder / "postgres", record
    print(f"a dropped table is back after {record['recovery_seconds']:.1f} s", flush=True)


def main():
    with ArchivedStack(sys.argv[1]) as stack:
        stack.add_run()
        for test in (test_empty_machine, test_moment_before_a_mistake):
            begun = time.monotonic()
            test(stack)
            print(f"{test.__name__}: {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    main()
