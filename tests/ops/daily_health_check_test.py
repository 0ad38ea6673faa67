"""daily_health_check.sh on a whole stack: fine when all is well, and each thing that breaks is told by its step, with the right code."""
import datetime
import fcntl
import hashlib
import json
import resource
import subprocess
import sys

from native_stack import ROOT, UNITS, NativeStack, findings


def make_backup(stack):
    """Its folder. Without an archive of changes there is no physical backup, and what to set is told."""
    code, report = stack.procedure("backup", "--kind", "both")
    assert code == 2 and "archive_mode = on" in findings(report, "physical", "critical")[0], report
    folder, = (stack.folder / "backups/logical").iterdir()
    return folder


def processor_seconds():
    told = resource.getrusage(resource.RUSAGE_CHILDREN)
    return told.ru_utime + told.ru_stime


def check(stack):
    """Its time is that of processors, so that what else this machine does is not counted."""
    begun = processor_seconds()
    code, report = stack.procedure("daily_health_check")
    assert processor_seconds() - begun < 10, "the daily check takes under ten seconds"
    return code, report


def test_well(stack, backup):
    stack.wait(stack.all_scraped, "the scrapes after the backup")
    code, report = check(stack)
    assert code == 1 and findings(report, "backups", "warning"), report  # never verified
    told = {"at": datetime.datetime.now(datetime.timezone.utc).isoformat(),
            "manifest_sha256": hashlib.sha256((backup / "manifest.json").read_bytes()).hexdigest()}
    (backup / "verified.json").write_text(json.dumps(told), encoding="ascii")
    code, report = check(stack)
    assert code == 0 and report["outcome"] == "fine", report
    assert {finding["step"] for finding in report["findings"]} == {"services", "health", "metrics", "resources", "database", "cache", "errors", "backups",
                                                                 "certificates"}
    written = (stack.folder / "metrics/procedure_daily_health_check.prom").read_text(encoding="ascii")
    assert 'causal_procedure_last_exit_code{procedure="daily_health_check"} 0' in written


def test_dead(stack):
    """Each service in turn, started again after."""
    tells = {"redis": "cache", "postgres": "database", "nginx": "health", "prometheus": "metrics", "node-exporter": "metrics", "alertmanager": "services"}
    for service, step in tells.items():
        stack.supervise("stop", UNITS[service])
        if service == "node-exporter":
            unscraped = f"http://127.0.0.1:{stack.ports['prometheus']}/api/v1/query?query=up==0"
            stack.wait(lambda: b'"node"' in (stack.get(unscraped) or b""), "the missed scrape")
        code, report = check(stack)
        assert code == 2 and any(service in text for text in findings(report, "services", "critical")), (service, report)
        assert findings(report, step, "critical") or findings(report, step, "unchecked"), (service, report)
        stack.supervise("start", UNITS[service])
    stack.wait(lambda: stack.psql("SELECT 1", check=False).returncode == 0 and stack.all_scraped(), "everything back")


def test_backups(stack, backup):
    dump = backup / "database.dump"
    whole = dump.read_bytes()
    broken = bytearray(whole)
    broken[len(broken) // 2] ^= 1
    dump.write_bytes(broken)
    code, report = check(stack)
    assert code == 2 and "SHA-256" in findings(report, "backups", "critical")[0], report
    dump.write_bytes(whole)
    old = backup.rename(backup.with_name("20200101T000000Z"))
    code, report = check(stack)
    assert code == 2 and "hours old" in findings(report, "backups", "critical")[0], report
    old.rename(backup)


def test_limits(stack):
    stack.write_settings(limits={"disk_critical": 0.001, "disk_warning": 0.0005})
    code, report = check(stack)
    assert code == 2 and findings(report, "resources", "critical"), report
    stack.write_settings()


def test_errors(stack):
    log = stack.folder / "log/app-1.log"
    line = json.dumps({"ts": datetime.datetime.now(datetime.timezone.utc).isoformat().replace("+00:00", "Z"), "level": "ERROR", "event": "store_failed"})
    with open(log, "a", encoding="ascii") as file:
        file.write((line + "\n") * 20 + "no json, error_rate=0\n")
    code, report = check(stack)
    assert code == 1 and findings(report, "errors", "warning"), report
    assert ["store_failed", "20"] in report["tables"][-1]["rows"], report["tables"]


def test_frame(stack):
    """What all procedures share: dry run, lock, deadline, wrong usage, wrong configuration."""
    script = ROOT / "ops/procedures/daily_health_check.sh"

    def run(*arguments):
        return subprocess.run([script, *arguments], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert run("--no-such-option").returncode == 3
    assert run("--help").returncode == 0
    bad = stack.folder / "bad.toml"
    bad.write_text("[limits]\ndisk_warnin = 1\n", encoding="ascii")
    done = run("--config", bad)
    assert done.returncode == 3 and "did you mean disk_warning" in done.stdout, done.stdout
    done = run("--config", stack.settings_file, "--deadline", "0.05")
    assert done.returncode in (2, 3) and "not finished within 0.05 s" in done.stdout, done.stdout
    lock = stack.folder / "state/daily_health_check.lock"
    with open(lock, "a", encoding="ascii") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        done = run("--config", stack.settings_file)
    assert done.returncode == 3 and "is held by" in done.stdout, done.stdout


def main():
    with NativeStack(sys.argv[1]) as stack:
        backup = make_backup(stack)
        test_well(stack, backup)
        test_limits(stack)
        test_backups(stack, backup)
        test_frame(stack)
        test_dead(stack)
        test_errors(stack)


if __name__ == "__main__":
    main()
