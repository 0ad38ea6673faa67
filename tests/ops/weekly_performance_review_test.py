"""weekly_performance_review.sh on a real PostgreSQL and a real Prometheus whose two weeks are known: what got worse is told, and nothing
else."""
import re
import sys
import time

from native_stack import UNITS, NativeStack, findings

from filled_prometheus import DAY, HOUR, FilledPrometheus, Series

NOW = int(time.time()) // HOUR * HOUR
START = NOW - 15 * DAY
GIB = 2 ** 30
METHODS = {"identify": 0.01, "infer": 0.02}  # seconds within which 95 of 100 are answered
BOUNDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
TROUBLES = ("slow", "failing", "full", "cold")


class Counter:
    """Adds up a rate a second; asked for moments in order."""

    def __init__(self, rate, step=300):
        self.rate, self.step, self.sum = rate, step, 0.0

    def __call__(self, moment):
        self.sum += self.step * self.rate(moment)
        return self.sum


def this_week(moment):
    return moment > NOW - 7 * DAY


def steady(_):
    return 1.0


def histories(*troubles):
    """A server that is asked twice a second; `troubles` came with this week."""
    def factor(trouble, times):
        return lambda moment: times if trouble in troubles and this_week(moment) else 1.0
    slower, colder = factor("slow", 4.0), factor("cold", 0.2)
    for method, seconds in METHODS.items():
        for bound in (*BOUNDS, "+Inf"):
            def share(moment, seconds=seconds, bound=bound, slower=slower if method == "identify" else steady):
                late = seconds * slower(moment)
                return 1.0 if bound == "+Inf" else min(1.0, 0.95 * bound / late)
            yield Series("causal_inference_duration_seconds_bucket", {"method": method, "le": str(bound)}, Counter(share), True)
        yield Series("causal_inference_duration_seconds_count", {"method": method}, Counter(lambda _: 1.0), True)
        yield Series("causal_inference_duration_seconds_sum", {"method": method}, Counter(lambda _, seconds=seconds: 0.5 * seconds), True)
        for status, rate in (("ok", 0.98), ("error", 0.02)):
            yield Series("causal_inference_requests_total", {"method": method, "status": status}, Counter(lambda _, rate=rate: rate), True)
    failing = (lambda m: 0.8 if NOW - 3 * DAY - 3 * HOUR < m <= NOW - 3 * DAY else 0.02 if this_week(m)
               else 0.0) if "failing" in troubles else lambda _: 0.001
    yield Series("http_requests_total", {"method": "POST", "status": "200"}, Counter(lambda m: 2 - failing(m)), True)
    yield Series("http_requests_total", {"method": "POST", "status": "503"}, Counter(failing), True)
    full = factor("full", 1.9)
    peak = lambda m: 0.5 * full(m) if NOW - 2 * DAY < m <= NOW - 2 * DAY + HOUR else 0.1  # noqa: E731
    yield Series("container_cpu_usage_seconds_total", {"name": "app"}, Counter(lambda m: 2 * peak(m), 120), True, step=120)
    yield Series("container_spec_cpu_quota", {"name": "app"}, lambda _: 200000.0)
    yield Series("container_spec_cpu_period", {"name": "app"}, lambda _: 100000.0)
    yield Series("container_memory_working_set_bytes", {"name": "app"}, lambda m: 2 * GIB * peak(m))
    yield Series("container_spec_memory_limit_bytes", {"name": "app"}, lambda _: 2.0 * GIB)
    for name, rate in (("hit", lambda m: 0.7 * colder(m)), ("miss", lambda m: 1 - 0.7 * colder(m))):
        yield Series("causal_cache_operations_total", {"cache": "redis", "result": name}, Counter(rate), True)
    yield Series("redis_keyspace_hits_total", {}, Counter(lambda _: 0.6), True)
    yield Series("redis_keyspace_misses_total", {}, Counter(lambda _: 0.4), True)


def filled(*troubles, start=START):
    return FilledPrometheus(list(histories(*troubles)), start, NOW + 2 * HOUR)  # it is NOW for an hour


def review(stack, server, **tables):
    stack.write_settings(urls={"prometheus": server.url if server else "http://127.0.0.1:9"},
                         limits={"cpu_warning": 0.85, "cpu_critical": 0.98,
                         "memory_warning": 0.85, "memory_critical": 0.95}, **tables)
    return stack.procedure("weekly_performance_review")


def rows(report, title):
    return next(table["rows"] for table in report["tables"] if table["title"].startswith(title))


def test_well(stack):
    with filled() as server:
        code, report = review(stack, server)
        assert code == 0 and report["outcome"] == "fine", report
        assert {finding["step"] for finding in report["findings"]} == {"data", "response times", "errors", "peaks", "database", "caches"}
        times = {row[0]: row for row in rows(report, "response times")}
        for method, seconds in METHODS.items():
            assert times[method][2] == times[method][3] == f"{1000 * seconds:.3g} ms", times
            assert times[method][4] == f"{500 * seconds:.3g} ms", times
            assert abs(float(times[method][1]) / (7 * DAY) - 1) < 0.01, times
        assert findings(report, "errors")[0].endswith("10% of the week's error budget"), report
        assert {row[0]: row[3] for row in rows(report, "errors by method")} == dict.fromkeys(METHODS, "2.0%"), report
        peaks = findings(report, "peaks")
        assert "CPU of app: at most 50% of its limit" in peaks and "memory of app: at most 50% of its limit" in peaks, peaks
        assert {row[0]: row[2] for row in rows(report, "caches")} == {"redis": "70.0%", "keys of Redis": "60.0%"}, report
        assert any("experiments" in row[5] for row in rows(report, "statements that cost most")), report["tables"]
        statements(stack, server)


def statements(stack, server):
    """Slow ones are told by what they are, without their values; without the extension nothing can be told; without a database neither."""
    for _ in range(12):
        stack.psql("SELECT pg_sleep(0.03), 'planted-secret'", user="causal_user")
    code, report = review(stack, server, performance={"statement_warning_ms": 25.0})
    assert code == 1 and "SELECT pg_sleep($1), $2" in findings(report, "database", "warning")[0] and "planted" not in str(report), report
    code, report = review(stack, server, performance={"statement_warning_ms": 25.0, "fewest_calls": 50})
    assert code == 0, report
    stack.psql("DROP EXTENSION pg_stat_statements")
    code, report = review(stack, server)
    assert code == 3 and "pg_stat_statements is not in this database" in findings(report, "database", "unchecked")[0], report
    stack.psql("CREATE EXTENSION pg_stat_statements")
    stack.supervise("stop", UNITS["postgres"])
    code, report = review(stack, server)
    assert code == 3 and findings(report, "database", "unchecked") and findings(report, "caches", "fine"), report
    stack.supervise("start", UNITS["postgres"])
    stack.wait(lambda: stack.psql("SELECT 1", check=False).returncode == 0, "PostgreSQL")
    code, report = review(stack, server, performance={"availabilty": 0.9})
    assert code == 3 and "did you mean availability" in findings(report, "data", "unchecked")[0], report


def test_worse(stack):
    with filled(*TROUBLES) as server:
        code, report = review(stack, server)
        assert code == 2, report
        slow = findings(report, "response times", "critical")
        assert len(slow) == 1 and slow[0].startswith("identify: 95 % within 47"), slow
        errors = findings(report, "errors", "critical")
        assert len(errors) == 2 and "5xx" in errors[0] and "the worst hour spent the error budget at 80" in errors[1], errors
        peaks = findings(report, "peaks", "warning") + findings(report, "peaks", "critical")
        assert sorted(peaks) == ["CPU of app: at most 95% of its limit", "memory of app: at most 95% of its limit"], peaks
        assert findings(report, "caches", "warning") == [text for text in findings(report, "caches")
                                                         if text.startswith("redis: 14.0%")], report
        code, report = review(stack, server, performance={"slower_critical": 5.0, "availability": 0.5, "hit_ratio_drop_warning": 0.9,
                                                          "hit_ratio_warning": 0.1})
        assert findings(report, "response times", "warning") and not findings(report, "errors", "critical"), report
        assert not findings(report, "caches", "warning"), report


def test_little_known(stack):
    with filled(start=NOW - 2 * DAY) as server:
        code, report = review(stack, server)
        assert code == 3 and re.search("(48|49|50) of the week's 168 hours", findings(report, "data", "unchecked")[0]), report
        assert any("no earlier week" in text for text in findings(report, "response times")), report
    code, report = review(stack, None)
    assert code == 3 and findings(report, "database", "fine") and findings(report, "data", "unchecked"), report


def main():
    with NativeStack(sys.argv[1], only=("app", "postgres")) as stack:
        for _ in range(3):
            stack.post("/api/v1/experiments", {"environments": ["chain-v1"], "agents": ["ideal"], "trials": 1}, stack.app_url())
        for test in (test_well, test_worse, test_little_known):
            begun = time.monotonic()
            test(stack)
            print(f"{test.__name__}: {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    main()
