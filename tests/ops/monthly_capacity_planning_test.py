"""monthly_capacity_planning.sh on a real PostgreSQL and a real Prometheus whose five weeks are known: growth, memory, tables, and the
forecast's verdicts."""
import datetime
import json
import sys
import time
import xml.etree.ElementTree as ElementTree

from native_stack import UNITS, NativeStack, findings

from filled_prometheus import DAY, HOUR, FilledPrometheus, Series

NOW = int(time.time()) // HOUR * HOUR
GIB = 2 ** 30


class Counter:
    """Adds up a rate a second; asked for moments in order."""

    def __init__(self, rate):
        self.rate, self.sum = rate, 0.0

    def __call__(self, moment):
        self.sum += 300 * self.rate(moment)
        return self.sum


def histories(rate=lambda _: 1.0, working=1.0, filling=0.0, days=36):
    """rate: of requests. working: GiB of memory of a container of 2. filling: GiB a day of a disk of 100 that holds 60 now."""
    def known(value):
        return lambda moment: value(moment) if moment > NOW - days * DAY else None
    yield Series("causal_inference_requests_total", {"method": "identify", "status": "ok"}, known(Counter(rate)), True)
    yield Series("container_memory_working_set_bytes", {"name": "app"}, known(lambda _: working * GIB))
    yield Series("container_spec_memory_limit_bytes", {"name": "app"}, lambda _: 2.0 * GIB)
    disk = {"mountpoint": "/data", "fstype": "ext4"}
    yield Series("node_filesystem_size_bytes", disk, lambda _: 100.0 * GIB)
    yield Series("node_filesystem_avail_bytes", disk, known(lambda moment: (40 - filling * (moment - NOW) / DAY) * GIB))


def filled(**told):
    return FilledPrometheus(list(histories(**told)), NOW - 36 * DAY, NOW + 2 * HOUR)  # it is NOW for an hour


def plan(stack, server, *arguments, **tables):
    stack.write_settings(urls={"prometheus": server.url if server else "http://127.0.0.1:9"},
                         limits={"memory_warning": 0.85, "memory_critical": 0.95}, **tables)
    return stack.procedure("monthly_capacity_planning", *arguments)


def rows(report, title):
    return next(table["rows"] for table in report["tables"] if table["title"].startswith(title))


def snapshots(stack):
    return stack.folder / "state/capacity/database.jsonl"


def test_well(stack):
    with filled() as server:
        code, report = plan(stack, server, "--dry-run")
        assert code == 0 and not snapshots(stack).exists() and "would keep a snapshot of the sizes" in findings(report, "database"), report
        code, report = plan(stack, server)
        assert code == 0 and report["outcome"] == "fine", report
        assert {finding["step"] for finding in report["findings"]} == {"growth", "memory", "database", "forecast"}
        weeks = rows(report, "requests by week")
        assert all(row[3] in ("+0.0%", "-0.0%") for row in weeks[:4]), weeks
        assert all(abs(int(row[1]) / (7 * DAY) - 1) < 0.01 for row in weeks[:4]), weeks
        assert rows(report, "working memory") == [["app", "1 GiB", "1 GiB", "1 GiB", "0 B", "2 GiB"]], report["tables"]
        verdicts = {row[0]: row[1] for row in rows(report, "forecast")}
        assert verdicts == {"requests": "no limit", "disk:/data": "clear", "container_memory:app": "clear"}, verdicts
        plots = list((stack.folder / "state/capacity").glob("forecast-*.svg"))
        assert len(plots) == 1 and "Disk: /data" in " ".join(ElementTree.parse(plots[0]).getroot().itertext()), plots
        told = {row[0]: row for row in rows(report, "tables")}
        assert "public.experiments" in told and 'public."Odd ""Table"""' in told, told
        database(stack, server)


def database(stack, server):
    """Growth is that since the snapshot of ten days ago; dead rows and broken snapshots are told; without a database nothing is."""
    file = snapshots(stack)
    first = json.loads(file.read_text(encoding="ascii"))
    old = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=10)
    first["at"], first["database"] = old.strftime("%Y-%m-%dT%H:%M:%SZ"), first["database"] - 50 * 2 ** 20
    first["tables"]["public.experiments"] -= 10 * 2 ** 20
    stack.psql('DELETE FROM "Odd ""Table""" WHERE a % 2 = 0', user="causal_user")
    stack.wait(lambda: stack.psql("SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname LIKE 'Odd%'").stdout.strip() == "15000",
               "PostgreSQL's counts")
    file.write_text(json.dumps(first) + "\nnonsense\n", encoding="ascii")
    code, report = plan(stack, server)
    assert code == 1, report
    fine = findings(report, "database", "fine")
    assert fine[0].startswith("causal_experiments: ") and " MiB a day over 10.0 days" in fine[0], fine
    growth = next(finding["values"]["bytes_a_day"] for finding in report["findings"] if "a day over" in finding["message"])
    assert 4.9 * 2 ** 20 <= growth < 5.5 * 2 ** 20, growth
    assert next(row[6] for row in rows(report, "tables") if row[0] == "public.experiments") == "+1 MiB", report["tables"]
    warnings = findings(report, "database", "warning")
    assert any("1 lines are no snapshots" in text for text in warnings) and (
        any("15000 of 30000 rows are dead" in text for text in warnings)), warnings
    assert len(file.read_text(encoding="ascii").splitlines()) == 2, "the broken line is gone, the new one is there"
    stack.psql('TRUNCATE "Odd ""Table"""', user="causal_user")
    stack.supervise("stop", UNITS["postgres"])
    code, report = plan(stack, server)
    assert code == 3 and findings(report, "database", "unchecked") and findings(report, "memory", "fine"), report
    stack.supervise("start", UNITS["postgres"])
    stack.wait(lambda: stack.psql("SELECT 1", check=False).returncode == 0, "PostgreSQL")


def test_growing(stack):
    with filled(rate=lambda moment: 1.8 if moment > NOW - 7 * DAY else 1.0, working=1.95, filling=0.8) as server:
        code, report = plan(stack, server)
        assert code == 2, report
        assert "week over week +" in findings(report, "growth", "warning")[0], report
        assert findings(report, "memory", "critical") == ["app: within 98% of its 2 GiB in 95 % of the hours"], report
        reached = findings(report, "forecast", "critical")
        days = [(datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc) + datetime.timedelta(days=ahead)).strftime("%Y-%m-%d")
                for ahead in (49, 50, 51)]
        assert len(reached) == 1 and reached[0].startswith("disk:/data reaches 100 GiB around ") and (
            any(day in reached[0] for day in days)), reached
        code, report = plan(stack, server, "--forecast=30d", capacity={"growth_warning": 2.0})
        assert not findings(report, "forecast", "critical") and not findings(report, "growth", "warning"), report
        code, report = plan(stack, server, capacity={"limits": {"requests": 1.5}})
        assert any(text.startswith("requests reaches") for text in findings(report, "forecast", "critical")), report
        code, report = plan(stack, server, capacity={"growth_warnin": 1.0})
        assert code == 3 or "did you mean growth_warning" in str(report), report


def test_little_known(stack):
    with filled(days=10) as server:
        code, report = plan(stack, server)
        assert code == 3 and "no two whole weeks in a row" in findings(report, "growth", "unchecked")[0], report
        assert any("14 are needed" in text for text in findings(report, "forecast", "unchecked")), report
    code, report = plan(stack, None)
    assert code == 3 and findings(report, "database", "fine") and findings(report, "forecast", "unchecked"), report


def main():
    with NativeStack(sys.argv[1], only=("app", "postgres")) as stack:
        stack.psql('CREATE TABLE "Odd ""Table""" (a int) WITH (autovacuum_enabled = false); '
                   'INSERT INTO "Odd ""Table""" SELECT generate_series(1, 30000)', user="causal_user")
        for test in (test_well, test_growing, test_little_known):
            begun = time.monotonic()
            test(stack)
            print(f"{test.__name__}: {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    main()
