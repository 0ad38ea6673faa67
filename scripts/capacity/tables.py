"""The outcomes as text for people, and as JSON for programs."""
import datetime

from operations.report import text_table

from .days import DAY
from .figures import date, figure
from .forecast import ABSENT, exit_code

SCHEMA = 1


def as_text(outcomes, options):
    heads = ["resource", "verdict", "level", "growth a day", f"in {options.horizon} days", "limit", "earliest", "median", "latest"]
    rows = [_row(outcome, options) for outcome in outcomes if outcome.verdict != ABSENT]
    lines = [f"Capacity forecast of {date(options.at)}: {options.period} days of history, {options.horizon} days ahead, "
             f"{options.coverage:.0%} intervals", ""]
    lines += text_table(heads, rows)
    told = [f"{outcome.key}: {outcome.reason}" for outcome in outcomes if outcome.reason and outcome.verdict != ABSENT]
    absent = [outcome.key for outcome in outcomes if outcome.verdict == ABSENT]
    told += [f"absent, since Prometheus has too few data or none, and no limit is known: {', '.join(absent)}"] if absent else []
    shifts = [f"{outcome.key}: a new level since {', '.join(_shift_dates(outcome.forecast))}; its growth is that between shifts"
              for outcome in outcomes if outcome.forecast and outcome.forecast.model.shifts]
    notes = told + shifts
    return "\n".join(lines + ([""] + notes if notes else [])) + "\n"


def _shift_dates(forecast):
    return [date(forecast.series.end + (shift - 1) * DAY) for shift in forecast.model.shifts]


def _row(outcome, options):
    forecast, unit = outcome.forecast, outcome.resource.unit
    if forecast is None:
        return [outcome.key, outcome.verdict, *["-"] * 7]
    low, _, middle, _, high = forecast.bands[-1]
    reached = [_reached(forecast, days, options) if outcome.limit else "-" for days in forecast.reached]
    return [outcome.key, outcome.verdict, figure(level(forecast, outcome.resource), unit), figure(forecast.growth[1], unit, signed=True),
            f"{figure(middle, unit)} ({figure(low, unit)} to {figure(high, unit)})",
            figure(outcome.limit.value, unit) if outcome.limit else "-", *reached]


def _reached(forecast, days, options):
    if days is None:
        return f"after {date(options.at + options.horizon * DAY)}"
    return "now" if days == 0 else date(forecast.series.end + days * DAY)


def level(forecast, resource):
    """Where it stands today: the trend without season and noise; of spending, the last thirty days."""
    return forecast.series.values[-1] if resource.months else max(0.0, forecast.model.trend.line(0))


def as_json(outcomes, options):
    return {"schema": SCHEMA, "at": _time(options.at), "period_days": options.period, "forecast_days": options.horizon,
            "coverage": options.coverage, "exit_code": exit_code(outcomes), "resources": [_outcome_json(one, options) for one in outcomes]}


def _time(moment):
    return datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _outcome_json(outcome, options):
    told = {"resource": outcome.resource.name, "key": outcome.key, "title": outcome.resource.title, "unit": outcome.resource.unit,
            "verdict": outcome.verdict, "reason": outcome.reason,
            "limit": outcome.limit and {"value": outcome.limit.value, "source": outcome.limit.source}}
    forecast = outcome.forecast
    if forecast is None:
        return told | {"history": None, "growth_per_day": None, "reached": None, "forecast": None}
    model, series = forecast.model, forecast.series
    low, middle, high = forecast.growth
    dates = [None if days is None else date(series.end + days * DAY) for days in forecast.reached]
    return told | {
        "history": {"end": _time(series.end), "days": len(series.days), "missing_days": series.missing,
                    "level": level(forecast, outcome.resource), "level_shifts": _shift_dates(forecast), "spikes": len(model.noise.spikes),
                    "season_share": model.share_of_season},
        "growth_per_day": {"low": low, "median": middle, "high": high},
        "reached": outcome.limit and dict(zip(("earliest", "median", "latest"), dates)) | {"probability": forecast.chance},
        "forecast": [{"date": date(moment), "low": band[0], "lower_quartile": band[1], "median": band[2], "upper_quartile": band[3],
                      "high": band[4]} for moment, band in zip(forecast.dates, forecast.bands)]}
