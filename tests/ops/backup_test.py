"""backup.sh: what it makes is of one moment, whole, told truly and private; what goes wrong costs no backup that is there."""
import contextlib
import hashlib
import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from archived_stack import ArchivedStack
from native_stack import MOST_SECONDS, ROOT, UNITS, findings

SCRIPT = ROOT / "ops/procedures/backup.sh"
WRITE = "WITH one AS (INSERT INTO ledger (entry) VALUES (1) RETURNING number) INSERT INTO doubled SELECT 2 * number FROM one;\n"


@contextlib.contextmanager
def writing(stack):
    """Transactions one after another that put a row into each of two tables."""
    process = subprocess.Popen(["psql", "-h", "127.0.0.1", "-p", str(stack.ports["postgres"]), "-U", "postgres", "-d", "causal_experiments", "-X", "-q"],
                               stdin=subprocess.PIPE, env=os.environ | {"PGPASSWORD": stack.secret("postgres_password")}, text=True)
    ended = threading.Event()

    def write():
        while not ended.is_set():
            process.stdin.write(WRITE)
            process.stdin.flush()
            time.sleep(0.002)
    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        ended.set()
        writer.join(MOST_SECONDS)
        process.stdin.close()
        assert process.wait(MOST_SECONDS) == 0


def restored(stack, folder):
    """Counts and contents of a dump that was restored by hand beside the live database."""
    stack.psql("CREATE DATABASE beside TEMPLATE template0", database="postgres")
    given = os.environ | {"PGPASSWORD": stack.secret("postgres_password")}
    place = ["-h", "127.0.0.1", "-p", str(stack.ports["postgres"]), "-U", "postgres", "-d", "beside"]
    subprocess.run(["pg_restore", *place, "--exit-on-error", folder / "database.dump"], env=given, check=True, capture_output=True, timeout=MOST_SECONDS)
    found = {}
    for table, order in (("ledger", "number"), ("doubled", "number"), ("experiments", "number"), ("events", "episode, sequence")):
        rows = subprocess.run(["psql", *place, "-X", "-q", "-c", f"COPY (SELECT * FROM public.{table} ORDER BY {order}) TO STDOUT"], env=given, check=True,
                              capture_output=True, timeout=MOST_SECONDS).stdout
        found[f"public.{table}"] = {"rows": rows.count(b"\n"), "sha256": hashlib.sha256(rows).hexdigest()}
    stack.psql("DROP DATABASE beside", database="postgres")
    return found


def write_hook(stack, lines):
    """The program that copies off site."""
    hook = stack.folder / "hook"
    hook.write_text(f"#!/bin/sh\nset -e\n{lines}\n", encoding="ascii")
    hook.chmod(0o755)
    return str(hook)


def test_one_moment(stack):
    copies = stack.folder / "copies"
    copies.mkdir()
    stack.write_settings(backups={"offsite": write_hook(stack, f'cp -r "$1" {copies}')})
    stack.psql("CREATE TABLE ledger (number bigserial PRIMARY KEY, entry int); CREATE TABLE doubled (number bigint PRIMARY KEY)")
    with writing(stack):
        stack.wait(lambda: int(stack.psql("SELECT count(*) FROM ledger").stdout) > 20, "rows")
        code, report = stack.procedure("backup")
    assert code == 0, report
    name, = stack.backups()
    assert findings(report, "off site", "fine") and (copies / name / "manifest.json").exists(), report
    folder = stack.folder / "backups/logical" / name
    manifest = stack.manifest(name)
    tables = manifest["content"]["tables"]
    assert tables["public.ledger"]["rows"] == tables["public.doubled"]["rows"] > 20, "both tables are of one moment"
    found = restored(stack, folder)
    assert found == {table: tables[table] for table in found}, (found, tables)
    assert int(stack.psql("SELECT count(*) FROM ledger").stdout) > tables["public.ledger"]["rows"], "it was written all the while"
    assert manifest["schema_migration"] > 0 and manifest["program_version"] and manifest["lsn"] and manifest["server_version"].startswith("15."), manifest
    assert "pg_stat_statements" in manifest["extensions"] and manifest["content"]["sequences"]["public.ledger_number_seq"]["last"] > 20, manifest
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == dict.fromkeys(
        ("database.dump", "roles.sql", "manifest.json", "manifest.sha256"), 0o600)
    for file, told in manifest["files"].items():
        assert told == {"bytes": (folder / file).stat().st_size, "sha256": hashlib.sha256((folder / file).read_bytes()).hexdigest()}
    roles = (folder / "roles.sql").read_text(encoding="utf-8")
    assert "SCRAM-SHA-256" in roles and "CREATE ROLE postgres" not in roles and "causal_user" in roles
    assert stack.psql(roles, database="postgres").returncode == 0, "they can be restored where they are already"
    written = (stack.folder / "metrics/backup_logical.prom").read_text(encoding="ascii")
    assert f'causal_backup_size_bytes{{kind="logical"}} {sum(told["bytes"] for told in manifest["files"].values())}' in written, written
    for secret in ("postgres_password", "database_password"):
        assert stack.secret(secret) not in json.dumps(report) + roles


def test_drill_and_dry_run(stack):
    before = stack.backups()
    assert stack.procedure("backup", "--dry-run", "--kind", "both")[0] == 0
    code, report = stack.procedure("backup", "--drill")
    assert code == 0 and stack.backups() == before and len(stack.backups("drill")) == 1, report


def old_backup(stack, name):
    source = stack.folder / "backups/logical" / stack.backups()[-1]
    return pathlib.Path(shutil.copytree(source, source.with_name(name)))


def test_retention(stack):
    recent = stack.backups()
    days = [f"202001{day:02}T020000Z" for day in range(1, 32)] + [f"2019{month:02}15T020000Z" for month in range(1, 13)]
    for name in days:
        old_backup(stack, name)
    verified = stack.folder / "backups/logical/20190415T020000Z"
    told = {"at": "2019-04-16T00:00:00+00:00", "manifest_sha256": hashlib.sha256((verified / "manifest.json").read_bytes()).hexdigest()}
    (verified / "verified.json").write_text(json.dumps(told), encoding="ascii")
    leftover = stack.folder / "backups/logical/.20200101T030000Z.partial"
    leftover.mkdir()
    hook = write_hook(stack, "echo the line is dead >&2; exit 7")
    stack.write_settings(backups={"keep_daily": 4, "keep_weekly": 3, "keep_monthly": 4, "offsite": hook})
    code, report = stack.procedure("backup")
    assert code == 1 and "the line is dead" in findings(report, "off site", "warning")[0], "it is made all the same"
    assert not leftover.exists(), report
    # Of the last day: all. Days: today and the last three of January 2020. Weeks: this one, that of 27 January, that of 20 January. Months: this one, January 2020, December
    # and November 2019. And the one that was verified.
    assert [name for name in stack.backups() if name < "2021"] == ["20190415T020000Z", "20191115T020000Z", "20191215T020000Z", "20200126T020000Z", "20200129T020000Z",
                                    "20200130T020000Z", "20200131T020000Z"], stack.backups()
    assert set(recent) < set(stack.backups()), "those of the last day"
    stack.write_settings()
    for name in [name for name in stack.backups() if name < "2021"]:
        shutil.rmtree(stack.folder / "backups/logical" / name)


def test_killed(stack):
    """Halfway, by either signal: no folder is left that anyone takes for a backup, and what is left goes with the next one."""
    stack.psql("CREATE TABLE big AS SELECT n, md5(random()::text) || md5(random()::text) AS text FROM generate_series(1, 80000) AS n")
    before, logical = stack.backups(), stack.folder / "backups/logical"
    for number in (signal.SIGTERM, signal.SIGKILL):
        process = subprocess.Popen([SCRIPT, "--config", stack.settings_file, "--json"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                                   env=os.environ | {"TMPDIR": str(stack.folder)})
        stack.wait(lambda: any(path.stat().st_size > 0 for path in logical.glob(".*.partial/database.dump")), "half a dump")
        process.send_signal(number)
        out, _ = process.communicate(timeout=MOST_SECONDS)
        assert stack.backups() == before, "no half backup"
        if number == signal.SIGTERM:
            assert process.returncode == 2 and "SIGTERM" in out and not list(logical.glob(".*")), out
        else:
            assert process.returncode == -number and len(list(logical.glob(".*.partial"))) == 1
    code, report = stack.procedure("backup")
    assert code == 0 and not list(logical.glob(".*")) and len(stack.backups()) == len(before) + 1, report
    stack.psql("DROP TABLE big")


def on_small_disk(stack, size, fill="true"):
    """backup.sh in a mount namespace of its own, where the backups are on a file system of that size."""
    run = f"{fill}; exec {shlex.join(map(str, [SCRIPT, '--config', stack.settings_file, '--json']))}"
    script = f'mount -t tmpfs -o size={size},mode=711 none {stack.folder}/backups && {{ {run}; }}'
    done = subprocess.run(["unshare", "-m" if os.geteuid() == 0 else "-rm", "bash", "-c", script], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL)
    return done.returncode, json.loads(done.stdout)


def test_full_disk(stack):
    code, report = on_small_disk(stack, "4m")
    assert code == 2 and "a backup may need" in findings(report, "logical", "critical")[0], report
    # One that looked small enough by the backup before it, and is not.
    newest = stack.folder / "backups/logical" / stack.backups()[0]  # of a small database
    with tempfile.TemporaryDirectory() as aside:
        shutil.copytree(newest, pathlib.Path(aside) / newest.name)
        stack.psql("CREATE TABLE big AS SELECT n, md5(random()::text) || md5(random()::text) AS text FROM generate_series(1, 80000) AS n")
        within = f"mkdir {newest.parent}; cp -r {aside}/{newest.name} {newest.parent}; dd if=/dev/zero of={stack.folder}/backups/other bs=1M count=34 status=none"
        code, report = on_small_disk(stack, "36m", f"{within}")
    assert code == 2 and "No space left" in findings(report, "logical", "critical")[0], report
    stack.psql("DROP TABLE big")


def test_physical(stack):
    code, report = stack.procedure("backup", "--kind", "physical")
    assert code == 0, report
    told = subprocess.run(["pgbackrest", f"--config={stack.folder}/etc/pgbackrest.conf", "--stanza=causal", "info"], capture_output=True, text=True,
                          timeout=MOST_SECONDS, check=True).stdout
    assert "status: ok" in told and "full backup: " in told, told
    assert 'causal_backup_last_success_timestamp_seconds{kind="physical"}' in (stack.folder / "metrics/backup_physical.prom").read_text(encoding="ascii")
    config = stack.folder / "etc/pgbackrest.conf"
    whole = config.read_text(encoding="ascii")
    config.write_text(whole.replace("/backups/pgbackrest", "/backups/nowhere/else"), encoding="ascii")
    (stack.folder / "backups/nowhere").write_text("no folder", encoding="ascii")
    code, report = stack.procedure("backup", "--kind", "physical")
    assert code == 2 and findings(report, "physical", "critical"), report
    config.write_text(whole, encoding="ascii")


def test_out_of_reach(stack):
    before = stack.backups()
    right = stack.secret("postgres_password")
    stack.write_secret("postgres_password", "wrong")
    code, report = stack.procedure("backup")
    assert code == 2 and "password authentication failed" in findings(report, "logical", "critical")[0], report
    stack.write_secret("postgres_password", right)
    stack.supervise("stop", UNITS["postgres"])
    code, report = stack.procedure("backup")
    assert code == 2 and "no backup was made" in findings(report, "logical", "critical")[0], report
    assert stack.backups() == before and not list((stack.folder / "backups/logical").glob(".*"))


def main():
    with ArchivedStack(sys.argv[1], only=("postgres",)) as stack:
        stack.add_run()
        for test in (test_one_moment, test_drill_and_dry_run, test_retention, test_killed, test_full_disk, test_physical, test_out_of_reach):
            begun = time.monotonic()
            test(stack)
            print(f"{test.__name__}: {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    main()
