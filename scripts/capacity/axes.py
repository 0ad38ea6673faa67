"""Where an axis has its ticks."""
import datetime
import math

MOST_DATES = 9


def axis_ticks(top, wanted=5):
    """From 0, at 1, 2, 2.5 or 5 times a power of ten."""
    rough = top / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    return [index * step for index in range(int(top / step) + 1)]


def date_ticks(start, stop):
    """(time, text) of days that begin a month, half one or a week, as many as fit."""
    first = datetime.datetime.fromtimestamp(start, datetime.timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [first + datetime.timedelta(days=offset) for offset in range(1, int((stop - start) / 86400) + 1)]
    choices = ([day for day in days if day.weekday() == 0], [day for day in days if day.day in (1, 15)],
               [day for day in days if day.day == 1],
               [day for day in days if day.day == 1 and day.month % 3 == 1])
    chosen = next((choice for choice in choices if len(choice) <= MOST_DATES), choices[-1])
    return [(day.timestamp(), f"{day.day} {day:%b}" if len(days) < 300 else f"{day:%b %Y}") for day in chosen]
