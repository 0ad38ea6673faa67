#!/usr/bin/env python3
"""When does each resource reach its limit? Reads the history from Prometheus and forecasts requests, latency, CPU, memory, disk, database
and spend.

Ends with 0: no limit within the forecast; 1: the interval of one touches it; 2: one is reached within it by the median; 3: refused (too
little data, Prometheus out of reach, wrong usage). Of several resources the worst counts: 2, 3, 1, 0. See docs/operations/capacity.md.
"""
import argparse
import json
import math
import pathlib
import re
import sys
import time

sys.dont_write_bytecode = True  # leaves no cache in the source tree
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "ops")]
from operations.errors import CouldNotCheck  # noqa: E402
from operations.settings import nearest, read_settings  # noqa: E402
from operations.web import Prometheus  # noqa: E402

from capacity import backtest, plot, tables  # noqa: E402
from capacity.days import FEWEST_DAYS, HOUR  # noqa: E402
from capacity.figures import parse_number  # noqa: E402
from capacity.forecast import Limit, exit_code  # noqa: E402
from capacity.reading import Options, forecast_resource  # noqa: E402
from capacity.resources import BY_NAME, RESOURCES  # noqa: E402

REFUSED_CODE = 3
LONGEST_DAYS = 400
MOST_PATHS = 10_000
MOST_BACKTEST_SERIES = 1000


class Parser(argparse.ArgumentParser):
    """2 means that a limit is reached, so wrong usage ends with another code. Options are typed whole."""

    wants_json = False

    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(refuse(message, self.wants_json))


def refuse(message, as_json):
    """Said on standard error, and in JSON where that was asked for; the exit code."""
    print(f"capacity_forecast.py: {message}", file=sys.stderr)
    if as_json:
        print(json.dumps({"outcome": "refused", "exit_code": REFUSED_CODE, "error": str(message)}, indent=2))
    return REFUSED_CODE


def days_option(text):
    match = re.fullmatch(r"(\d{1,4})([dw]?)", text)
    value = int(match[1]) * (7 if match[2] == "w" else 1) if match else 0
    if not 1 <= value <= LONGEST_DAYS:
        raise argparse.ArgumentTypeError(f"must be 1d to {LONGEST_DAYS}d, such as 30d or 13w, not {text!r}")
    return value


def period_option(text):
    if days_option(text) < FEWEST_DAYS:
        raise argparse.ArgumentTypeError(f"a forecast needs {FEWEST_DAYS} days of history, not {text}")
    return days_option(text)


def share_option(text):
    value = float(text)
    if not 0.5 <= value <= 0.99:
        raise argparse.ArgumentTypeError(f"must be 0.5 to 0.99, not {text}")
    return value


def count_option(most):
    def read(text):
        value = int(text)
        if not 20 <= value <= most:
            raise argparse.ArgumentTypeError(f"must be 20 to {most}, not {text}")
        return value
    return read


def limit_option(text):
    key, _, number = text.partition("=")
    check_name(key.split(":")[0], argparse.ArgumentTypeError)
    try:
        return key, Limit(parse_number(number), "--limit")
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def name_option(text):
    check_name(text, argparse.ArgumentTypeError)
    return text


def check_name(name, problem):
    if name not in BY_NAME:
        raise problem(f"no resource {name!r}{nearest(name, BY_NAME)}; there are {', '.join(BY_NAME)}")


def parse_options(arguments):
    parser = Parser(prog="capacity_forecast.py", allow_abbrev=False, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--period", type=period_option, default=30, metavar="DAYS", help="history that is fitted (30d)")
    parser.add_argument("--forecast", type=days_option, default=90, metavar="DAYS", help="how far ahead (90d)")
    parser.add_argument("--prometheus", metavar="URL", help="else urls.prometheus of operations.toml, else http://127.0.0.1:9090")
    parser.add_argument("--config", metavar="FILE", help="operations.toml; its table [capacity.limits] holds limits by name")
    parser.add_argument("--limit", type=limit_option, action="append", default=[], metavar="NAME=VALUE",
                        help="of a resource (requests=50, database=200GiB, latency=500ms, cpu=80%%) or of one series (disk:/data=1TB)")
    parser.add_argument("--resource", type=name_option, action="append", metavar="NAME", help=f"only this; of {', '.join(BY_NAME)}")
    parser.add_argument("--coverage", type=share_option, default=0.9, metavar="SHARE", help="of the intervals (0.9)")
    parser.add_argument("--paths", type=count_option(MOST_PATHS), default=1000, metavar="N", help="simulated futures (1000)")
    parser.add_argument("--at", type=float, metavar="SECONDS", help="forecast from this Unix time, not from now")
    parser.add_argument("--timeout", type=float, default=30.0, metavar="SECONDS", help="of one query (30)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--svg", metavar="FILE", help="write a plot")
    parser.add_argument("--backtest", type=count_option(MOST_BACKTEST_SERIES), nargs="?", const=40, metavar="N",
                        help="read no Prometheus: tell how often the intervals hold, on N synthetic series of each kind (40)")
    parser.wants_json = "--json" in (sys.argv[1:] if arguments is None else arguments)
    return parser.parse_args(arguments)


def configured_limits(settings):
    """[capacity.limits] of operations.toml."""
    limits = {}
    for key, value in settings.other.get("capacity", {}).get("limits", {}).items():
        where = f"{settings.file}: [capacity.limits] {key}"
        try:
            check_name(key.split(":")[0], ValueError)
            limits[key] = Limit(parse_number(str(value)), "configuration")
        except ValueError as error:
            raise CouldNotCheck(f"{where}: {error}") from error
    return limits


def run_backtest(given):
    options = backtest.default_options(period=given.period, horizon=given.forecast, coverage=given.coverage)
    tallies = backtest.run(given.backtest, options)
    print(json.dumps(backtest.as_json(tallies, options), indent=2) if given.json else backtest.as_text(tallies, options).rstrip())
    return 0


def run_forecast(given):
    settings = read_settings(given.config)
    prometheus = Prometheus(given.prometheus or settings.urls.prometheus, given.timeout, settings.urls.trust)
    at = given.at if given.at is not None else time.time()
    options = Options(given.period, given.forecast, given.coverage, given.paths, HOUR * math.floor(at / HOUR),
                      configured_limits(settings) | dict(given.limit))
    prometheus.query("vector(1)")  # out of reach: said once, not of each resource
    wanted = [BY_NAME[name] for name in dict.fromkeys(given.resource)] if given.resource else RESOURCES
    outcomes = [outcome for resource in wanted for outcome in forecast_resource(prometheus, resource, options)]
    if given.svg:
        pathlib.Path(given.svg).write_text(plot.as_svg(outcomes, options), encoding="utf-8")
    print(json.dumps(tables.as_json(outcomes, options), indent=2) if given.json else tables.as_text(outcomes, options).rstrip())
    return exit_code(outcomes)


def main(arguments=None):
    given = parse_options(arguments)
    try:
        return run_backtest(given) if given.backtest else run_forecast(given)
    except (CouldNotCheck, OSError) as error:
        return refuse(error, given.json)


if __name__ == "__main__":
    sys.exit(main())
