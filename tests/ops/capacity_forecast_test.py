"""capacity_forecast.py: its figures against closed forms, its intervals against series whose future is known, its program against a real
Prometheus."""
import contextlib
import datetime
import io
import json
import math
import pathlib
import random
import re
import subprocess
import sys
import time
import tempfile
import xml.etree.ElementTree as ElementTree

from native_stack import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
import capacity_forecast  # noqa: E402
from capacity import backtest, figures, noise, plot, robust, synthetic  # noqa: E402
from capacity.days import DAY, Series, check_enough, high, reduce_days, total  # noqa: E402
from capacity.forecast import Limit, first_reached, judge, month_sums  # noqa: E402
from capacity.reading import Options  # noqa: E402
from capacity.resources import BY_NAME  # noqa: E402
from filled_prometheus import HOUR, FilledPrometheus  # noqa: E402
from filled_prometheus import Series as Filled  # noqa: E402
from operations.errors import CouldNotCheck  # noqa: E402

GIB = 2 ** 30
SCRIPT = ROOT / "scripts/capacity_forecast.py"
NOW = int(time.time()) // HOUR * HOUR


def days_of(values):
    return Series(list(range(1 - len(values), 1)), list(values), float(NOW))


def forecast_of(values, name="requests", limit=None, **options):
    return judge(BY_NAME[name], name, days_of(values), limit and Limit(limit, "test"), Options(at=NOW, **options))


def raises(call, words):
    try:
        call()
    except CouldNotCheck as error:
        assert words in str(error), error
        return
    raise AssertionError(f"did not refuse: {words}")


# Against closed forms


def least_squares(values):
    """(level on the last day, slope, residual standard deviation, mean day, sum of squares) of a straight line."""
    days = range(1 - len(values), 1)
    mean_day, mean = sum(days) / len(values), sum(values) / len(values)
    squares = sum((day - mean_day) ** 2 for day in days)
    slope = sum((day - mean_day) * (value - mean) for day, value in zip(days, values)) / squares
    level = mean - slope * mean_day
    left = sum((value - level - slope * day) ** 2 for day, value in zip(days, values))
    return level, slope, math.sqrt(left / (len(values) - 2)), mean_day, squares


def test_line_without_noise():
    """Slope, every future day and the date of the limit are those of least squares."""
    for slope in (0.75, 0.0, -0.25):
        values = [40 + slope * day for day in range(30)]
        level, fitted, *_ = least_squares(values)
        outcome = forecast_of(values, limit=100)
        found = outcome.forecast
        assert math.isclose(found.growth[1], fitted, abs_tol=1e-9), (found.growth, fitted)
        for ahead, band in enumerate(found.bands, 1):
            assert all(math.isclose(value, level + fitted * ahead, rel_tol=1e-9) for value in band), (slope, ahead, band)
        if slope > 0:
            day = math.ceil((100 - level) / fitted)
            assert found.reached == (day, day, day) and outcome.verdict == "within" and found.chance == 1
        else:
            assert found.reached == (None, None, None) and outcome.verdict == "clear"


def test_season_without_noise():
    """Weekdays come back as they are, also when their swing grows with the level."""
    for grows in (False, True):
        values = [(100 + day) * (1 + 0.02 * synthetic.WEEKDAYS[day % 7]) if grows else 100 + day + synthetic.WEEKDAYS[day % 7]
                  for day in range(150)]
        found = forecast_of(values[:60], period=60).forecast
        for ahead, band in enumerate(found.bands, 1):
            assert math.isclose(band[2], values[59 + ahead], rel_tol=0.02), (grows, ahead, band, values[59 + ahead])
        assert found.model.is_proportional is grows


def test_interval_of_white_noise():
    """As wide as the closed form of normal theory has it, on average over sixteen series."""
    ratios, slopes = [], []
    for seed in range(16):
        draw = random.Random(seed)
        values = [200 + 0.5 * day + draw.gauss(0, 4) for day in range(60)]
        level, slope, sigma, mean_day, squares = least_squares(values)
        found = forecast_of(values, period=60, paths=200).forecast
        for ahead in (7, 30, 90):
            half = 1.645 * sigma * math.sqrt(1 + 1 / 60 + (ahead - mean_day) ** 2 / squares)
            ratios.append((found.bands[ahead - 1][4] - found.bands[ahead - 1][0]) / (2 * half))
        slopes.append(found.growth[1] - slope)
    mean = sum(ratios) / len(ratios)
    assert 0.9 < mean < 1.4, mean
    assert max(map(abs, slopes)) < 0.1, slopes


def test_backtest():
    """Nominal 90 %: of every kind of series, and of all together."""
    tallies = backtest.run(16, backtest.default_options(paths=100))
    text = backtest.as_text(tallies, backtest.default_options())
    print(text)
    mean = sum(tally.coverage for tally in tallies) / len(tallies)
    assert 0.86 <= mean <= 0.95, text
    for tally in tallies:
        assert 0.76 <= tally.coverage <= 0.99, text
    held = sum(tally.dates_held for tally in tallies) / sum(tally.series for tally in tallies)
    assert 0.84 <= held <= 0.99, text
    narrow = backtest.run(16, backtest.default_options(paths=100, coverage=0.5), families=(synthetic.seasonal, synthetic.lasting_noise))
    assert all(0.3 <= tally.coverage <= 0.68 for tally in narrow), [tally.coverage for tally in narrow]


# Parts


def test_robust():
    draw = random.Random(3)
    for _ in range(50):
        values = [draw.gauss(0, 1) for _ in range(draw.randrange(1, 30))]
        ordered = sorted(values)
        half = len(values) // 2
        assert robust.median(values) == (ordered[half] + ordered[-half - 1 if len(values) % 2 else -half - 1]) / 2
        assert robust.quantile(ordered, 0) == ordered[0] and robust.quantile(ordered, 1) == ordered[-1]
    pairs = []
    for _ in range(1500):
        x = draw.gauss(0, 1)
        pairs.append((x, 0.6 * x + 0.8 * draw.gauss(0, 1)))
    assert abs(robust.rank_correlation(pairs[:700]) - 0.6) < 0.08
    smooth, spikes = noise.without_spikes([1.0, 2.0, 1.5, 90.0, 2.0, 1.0, 1.2, 1.8])
    assert smooth[3] == 1.35 and spikes == [90.0 - 1.35]


def test_outliers_and_shifts():
    clean = [50 + 0.5 * day for day in range(30)]
    spoiled = [value + (500 if day in (4, 11, 25) else 0) for day, value in enumerate(clean)]
    found = forecast_of(spoiled, limit=150).forecast
    assert abs(found.growth[1] - 0.5) < 0.02 and found.chance < 0.1, (found.growth, found.chance)
    draw = random.Random(9)
    shifted = [value + draw.gauss(0, 0.5) + (30 if day >= 17 else 0) for day, value in enumerate(clean)]
    found = forecast_of(shifted).forecast
    assert [day + 29 for day in found.model.shifts] == [17], found.model.shifts
    assert abs(found.growth[1] - 0.5) < 0.1 and abs(found.bands[0][2] - (clean[-1] + 30.5)) < 2, (found.growth, found.bands[0])
    for values in ([7.0] * 30, [0.0] * 30):
        found = forecast_of(values, limit=10).forecast
        assert all(band == (values[0],) * 5 or list(band) == [values[0]] * 5 for band in found.bands), found.bands[0]
        assert found.chance == 0
    assert forecast_of([7.0] * 30, limit=7).forecast.reached == (0, 0, 0), "at its limit now"


def test_reached():
    assert first_reached([1, 9, 1, 1, 1, 1, 1, 1, 9, 1], 9) is None, "two days a week apart"
    assert first_reached([1, 9, 1, 1, 1, 1, 1, 9, 1, 1], 9) == 1
    assert first_reached([9, 9], 9) == 0 and first_reached([], 1) is None and first_reached([9], 9) is None


def test_days():
    samples = [(NOW - hour * HOUR, 5.0 if hour % 24 else 100.0) for hour in range(20 * 24)]
    series = reduce_days(samples, NOW, high)
    assert series.days == list(range(-19, 1)) and set(series.values) == {5.0}, "one hour of an incident is not a day's high"
    assert reduce_days(samples, NOW, total).values == [5.0 * 23 + 100] * 20
    holes = [(moment, value) for moment, value in samples if int((NOW - moment) // DAY) not in (3, 4, 9)]
    assert reduce_days(holes, NOW, high).missing == 3
    assert reduce_days([(moment, math.nan) for moment, _ in samples], NOW, high).days == []
    few = [(moment, value) for moment, value in samples if (NOW - moment) % DAY < 11 * HOUR]
    assert reduce_days(few, NOW, high).days == [], "eleven hours are no day"
    check_enough(reduce_days(holes, NOW, high), NOW)
    raises(lambda: check_enough(reduce_days(samples[:13 * 24], NOW, high), NOW), "14 are needed")
    raises(lambda: check_enough(reduce_days([s for s in samples if int((NOW - s[0]) // DAY) % 7 not in (1, 2, 5)], NOW, high), NOW), "")
    raises(lambda: check_enough(reduce_days(samples, NOW, high), NOW + 3 * DAY), "no data of the last 3 days")


def test_months():
    """Sums of thirty days, by brute force, also across today."""
    draw = random.Random(5)
    series = days_of([draw.uniform(0, 20) for _ in range(59)])
    sums = month_sums(series)
    assert math.isclose(sums.values[-1], sum(series.values[-30:])) and sums.days[0] == -52
    outcome = judge(BY_NAME["llm_spend"], "llm_spend", series, Limit(1e6, "test"), Options(at=NOW, paths=50))
    flat = judge(BY_NAME["llm_spend"], "llm_spend", days_of([10.0] * 40), Limit(301, "test"), Options(at=NOW, paths=50))
    assert all(math.isclose(value, 300) for band in flat.forecast.bands for value in band) and flat.verdict == "clear"
    growing = [float(day) for day in range(60)]
    found = judge(BY_NAME["llm_spend"], "llm_spend", days_of(growing), Limit(2000, "test"), Options(at=NOW, paths=50)).forecast
    for ahead, band in enumerate(found.bands, 1):
        assert math.isclose(band[2], sum(59 + ahead - back for back in range(30)), rel_tol=1e-6), (ahead, band)
    assert found.reached[1] == next(ahead for ahead in range(1, 91) if sum(59 + ahead - back for back in range(30)) >= 2000)
    assert outcome.verdict == "clear"


def test_figures():
    for text, value in (("12", 12), ("1.5k", 1500), ("80Gi", 80 * GIB), ("200GiB", 200 * GIB), ("1TB", 1e12), ("500ms", 0.5), ("80%", 0.8)):
        assert math.isclose(figures.parse_number(text), value), text
    for text in ("", "x", "-3", "0", "12parsec", "inf", "nan"):
        try:
            figures.parse_number(text)
            raise AssertionError(text)
        except ValueError:
            pass
    shown = {("bytes", 1536): "1.5 KiB", ("s", 0.25): "250 ms", ("dollars", 12.345): "$12.3", ("share", 0.5): "50%", ("bytes", 0): "0 B"}
    for (unit, value), text in shown.items():
        assert figures.figure(value, unit) == text, (text, figures.figure(value, unit))
    assert figures.figure(-2.5, "dollars", signed=True) == "-$2.5" and figures.figure(2.5, "dollars", signed=True) == "+$2.5"


# Against a real Prometheus


def steady(start, per_day, jitter=0.0, name=""):
    """A value that grows evenly up to `start` now; jitter is drawn anew each day."""
    def value(moment):
        ago = (moment - NOW) / DAY
        return start + per_day * ago + (jitter * random.Random(f"{name} {math.ceil(ago)}").gauss(0, 1) if jitter else 0)
    return value


def counter(rate, resets=()):
    """A counter whose rate is `rate(days from now)`, by trapezes, and that begins at zero again at each reset (days from now)."""
    kept = {}

    def value(moment):
        if not kept:
            running, before = 0.0, rate(-40)
            for at in range(NOW - 40 * DAY, NOW + 1, 300):
                after = rate((at - NOW) / DAY)
                running = 0.0 if any(0 <= at - NOW - reset * DAY < 300 for reset in resets) else running + 150 * (before + after)
                before, kept[at] = after, running
        return kept[moment]
    return value


def busy(ago):
    return 10 + 0.1 * ago + 0.5 * synthetic.WEEKDAYS[math.floor(ago) % 7] / 8


def histories():
    flat = {"instance": "a"}
    yield Filled("causal_inference_requests_total", {"status": "ok", "method": "identify"}, counter(busy, resets=(-20.3, -7.5)), True)
    yield Filled("causal_llm_cost_dollars_total", {"provider": "openai"}, lambda _: 0.0, True)
    for le, share in (("0.1", 0.9), ("0.2", 1.0), ("+Inf", 1.0)):
        yield Filled("http_request_duration_seconds_bucket", {"le": le}, counter(lambda _, share=share: 5 * share), True)
    for mode, share in (("idle", 0.7), ("user", 0.3)):
        yield Filled("node_cpu_seconds_total", flat | {"cpu": "0", "mode": mode}, counter(lambda _, share=share: share), True)
    yield Filled("node_memory_MemTotal_bytes", flat, lambda _: 16.0 * GIB)
    yield Filled("node_memory_MemAvailable_bytes", flat, lambda _: 12.0 * GIB)
    for mount, used, growth in (("/", 20, 0.0), ("/data", 60, 0.8)):
        disk = {"mountpoint": mount, "fstype": "ext4", "device": mount}
        yield Filled("node_filesystem_size_bytes", disk, lambda _: 100.0 * GIB)
        yield Filled("node_filesystem_avail_bytes", disk, lambda m, used=used, growth=growth: (100 - steady(used, growth)(m)) * GIB)
    for name, used, growth, jitter in (("app", 1.0, 0.0, 0.02), ("worker", 1.3, 0.006, 0.12)):
        yield Filled("container_memory_working_set_bytes", {"name": name}, lambda m, v=steady(used, growth, jitter, name): v(m) * GIB)
        yield Filled("container_spec_memory_limit_bytes", {"name": name}, lambda _: 2.0 * GIB)
    yield Filled("pg_database_size_bytes", {"datname": "causal_experiments"}, steady(9.0 * GIB, -0.05 * GIB))
    yield Filled("pg_stat_activity_count", {"server": "a", "state": "idle"}, lambda m: 20.0 if m > NOW - 10 * DAY else None)
    yield Filled("pg_settings_max_connections", {"server": "a"}, lambda _: 100.0)
    yield Filled("causal_queue_jobs", {"state": "waiting"}, lambda m: 3.0 if (m - NOW) // DAY % 2 else None)
    yield Filled("causal_experiments_total", {"state": "created"}, counter(lambda _: 0.5), True)


def run(*arguments, at=NOW):
    """As an operator does; the same in this process is `quick`."""
    return subprocess.run([SCRIPT, "--paths=200", *map(str, arguments), f"--at={at}"], capture_output=True, text=True, timeout=120)


def quick(*arguments, at=NOW):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = capacity_forecast.main(["--paths=100", *map(str, arguments), f"--at={at}"])
        except SystemExit as stopped:
            code = stopped.code
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def forecast_json(*arguments):
    done = run(*arguments, "--json")
    told = json.loads(done.stdout)
    assert told["exit_code"] == done.returncode, (told["exit_code"], done.returncode, done.stderr)
    return done.returncode, {one["key"]: one for one in told["resources"]}


def iso(ahead):
    return datetime.datetime.fromtimestamp(NOW + ahead * DAY, datetime.timezone.utc).strftime("%Y-%m-%d")


def test_everything(server):
    """As the runbook types it: each resource has its own verdict, and the worst is the exit code."""
    code, told = forecast_json("--period=30d", "--forecast=90d", f"--prometheus={server.url}", "--limit=database=20GiB", "--limit",
                               "llm_spend=100",
                               "--limit=requests=15", "--limit=latency=500ms")
    verdicts = {key: one["verdict"] for key, one in told.items()}
    assert verdicts == {"requests": "within", "latency": "clear", "cpu": "clear", "memory": "clear", "disk:/": "clear",
                        "disk:/data": "within",
                        "container_memory:app": "clear", "container_memory:worker": "possible", "database:causal_experiments": "clear",
                        "connections": "refused", "llm_spend": "clear", "queue_age": "absent", "container_cpu": "absent"}, verdicts
    assert code == 2
    disk = told["disk:/data"]
    assert math.isclose(disk["growth_per_day"]["median"], 0.8 * GIB, rel_tol=1e-3) and (
        disk["limit"] == {"value": 100 * GIB, "source": "measured"}), disk
    dates = {disk["reached"][name] for name in ("earliest", "median", "latest")}
    assert dates <= {iso(50), iso(51)}, (dates, iso(50))
    assert math.isclose(told["requests"]["growth_per_day"]["median"], 0.1, rel_tol=0.1), "two resets change no rate"
    assert math.isclose(told["latency"]["history"]["level"], 0.15, rel_tol=0.02), told["latency"]["history"]
    assert math.isclose(told["cpu"]["history"]["level"], 0.3, rel_tol=1e-3) and told["llm_spend"]["history"]["level"] == 0
    assert told["database:causal_experiments"]["growth_per_day"]["median"] < 0
    assert "14 are needed" in told["connections"]["reason"] and told["connections"]["forecast"] is None
    assert all(len(one["forecast"]) == 90 and one["forecast"][0]["date"] == iso(1) for one in told.values() if one["forecast"])


def test_exit_codes(server):
    at = f"--prometheus={server.url}"
    for code, arguments in ((0, ["--resource=memory", "--resource=cpu"]), (1, ["--resource=container_memory"]), (2, ["--resource=disk"]),
                            (3, ["--resource=connections"]), (2, ["--resource=connections", "--resource=disk"]),
                            (3, ["--resource=connections", "--resource=container_memory"]),
                            (3, ["--resource=queue_age", "--limit=queue_age=60"]),
                            (3, ["--resource=container_cpu"]), (3, ["--resource=requests"]),
                            (0, ["--resource=requests", "--limit=requests=1M"]),
                            (2, ["--resource=memory", "--limit=memory=3GiB"]), (0, ["--resource=disk", "--forecast=30d"])):
        done = quick(at, *arguments)
        assert done.returncode == code, (arguments, code, done.returncode, done.stdout, done.stderr)
    for words, arguments in (("out of reach", ["--prometheus=http://127.0.0.1:9"]), ("did you mean disk", [at, "--limit=dsk=3"]),
                             ("30d", [at, "--period=x"]),
                             ("14 days", [at, "--period=7d"]), ("no unit", [at, "--limit=disk=3parsec"]), ("", [at, "--no-such-option"]),
                             ("No such file", [at, "--svg=/no/such/folder/x.svg", "--resource=cpu"])):
        done = quick(*arguments)
        assert done.returncode == 3 and (words in done.stderr or words == "out of reach"
                                         and "127.0.0.1:9" in done.stderr), (words, done.stderr)
    early = quick(at, "--resource=disk", at=NOW - 20 * DAY)
    assert early.returncode == 3 and "are needed" in early.stdout, early.stdout


def test_shown(server):
    """The same data give the same bytes; table and plot tell what JSON tells."""
    with tempfile.TemporaryDirectory() as folder:
        plots = [pathlib.Path(folder) / name for name in ("a.svg", "b.svg")]
        texts = [run(f"--prometheus={server.url}", "--limit=requests=15", f"--svg={path}").stdout for path in plots]
        assert texts[0] == texts[1] and plots[0].read_bytes() == plots[1].read_bytes()
        drawn = ElementTree.parse(plots[0]).getroot()
        words = " ".join(drawn.itertext())
    assert iso(50) in texts[0] or iso(51) in texts[0], texts[0]
    for word in ("Disk: /data", "Memory of a container: worker", "limit possible from", "requests/s", "GiB", "percent", "today",
                 "connections: 10 days"):
        assert word in words, word
    for shape in drawn.iter():
        for name in ("points", "x", "y", "x1", "y1", "cx", "cy"):
            assert "nan" not in shape.get(name, "") and "inf" not in shape.get(name, ""), shape.attrib
    assert "nan" not in plot.as_svg([forecast_of([0.0] * 30)], Options(at=NOW))


def test_recorded():
    """Every rule that is read first is one of monitoring/recording.rules.yml."""
    rules = (ROOT / "monitoring/recording.rules.yml").read_text(encoding="utf-8")
    for resource in BY_NAME.values():
        for name in re.findall(r"capacity:[a-z0-9_:]+", resource.recorded):
            assert f"- record: {name}\n" in rules, name
        assert resource.recorded or resource.name == "queue_age"


def test_configured(server):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "operations.toml"
        file.write_text(f'[urls]\nprometheus = "{server.url}"\n[capacity.limits]\nrequests = 15\n"disk:/data" = "2TB"\n', encoding="ascii")
        code, told = forecast_json(f"--config={file}", "--resource=disk", "--resource=requests", "--limit=requests=1000")
        sources = {key: told[key]["limit"]["source"] for key in ("disk:/data", "requests")}
        assert code == 0 and sources == {"disk:/data": "configuration", "requests": "--limit"}, told
        file.write_text("[capacity.limits]\ndiks = 15\n", encoding="ascii")
        done = run(f"--config={file}")
        assert done.returncode == 3 and "did you mean disk" in done.stderr, done.stderr


def main():
    for test in (test_robust, test_recorded, test_figures, test_days, test_months, test_reached,
                 test_line_without_noise, test_season_without_noise,
                 test_outliers_and_shifts, test_interval_of_white_noise, test_backtest):
        begun = time.monotonic()
        test()
        print(f"{test.__name__}: {time.monotonic() - begun:.1f} s", flush=True)
    with FilledPrometheus(list(histories()), NOW - 31 * DAY, NOW) as server:
        for test in (test_everything, test_exit_codes, test_shown, test_configured):
            begun = time.monotonic()
            test(server)
            print(f"{test.__name__}: {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    main()
