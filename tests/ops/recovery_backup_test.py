"""disaster_recovery.sh --backup NAME: only a backup that is whole is taken, the others are told; the archive goes on from what was restored.
usage: recovery_backup_test.py PROGRAM"""
import datetime
import json
import subprocess
import sys
import time

from archived_stack import ArchivedStack, flip
from native_stack import UNITS, findings

NAME = "disaster_recovery"


def marks(stack):
    return stack.psql("SELECT string_agg(text, ' ' ORDER BY text) FROM marks").stdout.strip()


def mark(stack, text):
    stack.psql(f"CREATE TABLE IF NOT EXISTS marks (text text PRIMARY KEY); INSERT INTO marks VALUES ('{text}')")


def make_backup(stack, *arguments, area="logical"):
    before = stack.backups(area)
    time.sleep(1.1)  # their names are seconds
    code, report = stack.procedure("backup", *arguments)
    assert code == 0, report
    made, = set(stack.backups(area)) - set(before)
    return made


def refused(stack, *arguments):
    """The reason; nothing was changed."""
    code, report = stack.procedure(NAME, *arguments, "--yes")
    told = findings(report, "assess", "unchecked")
    assert code == 3 and len(told) == 1, report
    assert not (stack.folder / "backups/evidence").exists() and not list((stack.folder / "postgres").glob("data.*"))
    return told[0], report


def test_choice(stack):
    stack.first = make_backup(stack, "--kind", "both")
    mark(stack, "first")
    stack.second = make_backup(stack)
    mark(stack, "second")
    broken = make_backup(stack)
    drill = make_backup(stack, "--drill", area="drill")
    flip(stack.folder / "backups/logical" / broken / "database.dump", 0.5)
    for name, why in (("20000101T000000Z", "there is no backup"), (broken, "SHA-256"), (drill, "is a drill's"), ("", "is empty"), ("../..", "is no backup")):
        told, report = refused(stack, "--backup", name)
        listed = told.partition("to be chosen from: ")[2]
        assert why in told and stack.first in listed and stack.second in listed and broken not in listed and drill not in listed, told
        assert [row[0] for row in report["tables"][-1]["rows"]] == [stack.second, stack.first], report["tables"]
        assert any(broken in text and "left out" in text for text in findings(report, "assess", "warning")), report
    assert "yet to come" in refused(stack, "--until", "2101-01-01T00:00:00Z")[0]
    assert "not both" in refused(stack, "--backup", stack.first, "--until", "2026-11-27T10:00:00Z")[0]
    code, report = stack.procedure(NAME, "--backup", stack.folder / "backups/logical" / stack.first, "--dry-run")
    assert code == 1 and "never restored on trial" in findings(report, "assess", "warning")[0], report
    assert "would restore" in findings(report, "restore", "fine")[0] and report["findings"][1]["values"]["backups"] == [stack.first], report
    assert marks(stack) == "first second"


def archived(stack):
    done = subprocess.run(["pgbackrest", f"--config={stack.folder}/etc/pgbackrest.conf", "--stanza=causal", "--output=json", "info"], capture_output=True,
                          text=True, check=True, timeout=60)
    return json.loads(done.stdout)[0]


def test_archive_goes_on(stack):
    """What was set by ALTER SYSTEM is told; a moment of the new history can be had."""
    stack.psql("ALTER SYSTEM SET work_mem = '5MB'", database="postgres")
    code, report = stack.procedure(NAME, "--backup", stack.second, "--yes")
    assert code == 1 and "work_mem" in findings(report, "restore", "warning")[0], report
    assert marks(stack) == "first" and findings(report, "open", "fine") and "goes on" in findings(report, "archive", "fine")[0], report
    told = archived(stack)
    assert len(told["db"]) == 2 and told["backup"][-1]["database"]["id"] == told["db"][-1]["id"], told
    before = stack.psql("SELECT last_archived_wal FROM pg_stat_archiver").stdout
    stack.psql("CREATE TABLE notes (text text); INSERT INTO notes VALUES ('kept'); SELECT pg_switch_wal()")
    stack.wait(lambda: stack.psql("SELECT last_archived_wal FROM pg_stat_archiver").stdout != before, "a change of the new history in the archive")
    assert stack.psql("SELECT failed_count FROM pg_stat_archiver").stdout.strip() == "0"
    time.sleep(1)
    moment = datetime.datetime.now(datetime.timezone.utc).isoformat()
    time.sleep(1)
    stack.psql("DROP TABLE notes")
    code, report = stack.procedure(NAME, "--until", moment, "--yes")
    assert code == 1 and [text for text in findings(report, "assess", "warning") if "is left out" not in text] == [], report
    assert stack.psql("SELECT text FROM notes").stdout.strip() == "kept" and marks(stack) == "first", report


def test_archive_stops(stack):
    """The restored server does not archive, though the lost one did: it works, and that is told."""
    units = stack.folder / "units.json"
    told = json.loads(units.read_text(encoding="utf-8"))
    told[UNITS["postgres"]]["argv"] = [word.replace("archive_mode=on", "archive_mode=off") for word in told[UNITS["postgres"]]["argv"]]
    units.write_text(json.dumps(told), encoding="utf-8")
    code, report = stack.procedure(NAME, "--backup", stack.first, "--yes")
    assert code == 1 and "does not go on" in findings(report, "archive", "warning")[0] and "archive_mode = on" in findings(report, "archive")[0], report
    assert findings(report, "open", "fine"), report


def main():
    with ArchivedStack(sys.argv[1]) as stack:
        stack.add_run()
        for test in (test_choice, test_archive_goes_on, test_archive_stops):
            begun = time.monotonic()
            test(stack)
            print(f"{test.__name__}: {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    main()
