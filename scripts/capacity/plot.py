"""The outcomes as one SVG: a panel for each series, with its history, the forecast, the intervals and the limit."""
import datetime
import math
from xml.sax.saxutils import escape

from .axes import axis_ticks, date_ticks
from .days import DAY
from .figures import axis_unit, date, figure
from .forecast import CLEAR, NO_LIMIT, POSSIBLE, REFUSED, WITHIN

WIDTH, MARGIN, GAP, HEAD = 1240, 32, 36, 104
PANEL_HEIGHT, LONE_HEIGHT = 300, 430
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 66, 34  # around a panel's plot
CHIPS = {WITHIN: ("#b42318", "#fef3f2"), POSSIBLE: ("#93590d", "#fef8e7"), CLEAR: ("#1e6b42", "#edf8f1"), NO_LIMIT: ("#52606d", "#f2f4f7")}
STYLE = """
text { font-family: "Inter", "Segoe UI", "Helvetica Neue", "DejaVu Sans", Arial, sans-serif; fill: #1f2933; font-size: 12px }
.head { font-size: 22px; font-weight: 650 } .sub { font-size: 13px; fill: #52606d } .title { font-size: 14.5px; font-weight: 650 }
.tick { font-size: 11px; fill: #616e7c } .grid { stroke: #e4e7eb; stroke-width: 1 } .axis { stroke: #9aa5b1; stroke-width: 1 }
.today { stroke: #9aa5b1; stroke-width: 1; stroke-dasharray: 2 3 } .wide { fill: #d3e3fb } .narrow { fill: #a5c6f5 }
.median { fill: none; stroke: #1957b8; stroke-width: 2; stroke-linejoin: round }
.history { fill: none; stroke: #323f4b; stroke-width: 1.5; stroke-linejoin: round } .day { fill: #323f4b }
.limit { stroke: #b42318; stroke-width: 1.5; stroke-dasharray: 7 4 }
.span { stroke: #b42318; stroke-width: 5; stroke-linecap: round; opacity: .35 }
.hit { fill: #b42318; stroke: #fff; stroke-width: 1.5 } .limit-text { fill: #b42318; font-size: 11.5px; font-weight: 600 }
.chip { font-size: 12px; font-weight: 600 }
"""


def as_svg(outcomes, options):
    drawn = [outcome for outcome in outcomes if outcome.forecast]
    others = [outcome for outcome in outcomes if outcome.verdict == REFUSED]
    columns = 1 if len(drawn) == 1 else 2
    height = LONE_HEIGHT if columns == 1 else PANEL_HEIGHT
    width = (WIDTH - 2 * MARGIN - (columns - 1) * GAP) / columns
    rows = math.ceil(len(drawn) / columns)
    notes_top = HEAD + rows * (height + GAP / 2) + 8
    total = notes_top + 18 * len(others) + MARGIN - 8
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{total:.0f}" viewBox="0 0 {WIDTH} {total:.0f}" role="img" '
             f'aria-labelledby="title about">', f'<title id="title">Capacity forecast of {date(options.at)}</title>',
             f'<desc id="about">{escape(_about(outcomes))}</desc>', f"<style>{STYLE}</style>",
             f'<rect width="{WIDTH}" height="{total:.0f}" fill="#fff"/>', *_head(options)]
    for index, outcome in enumerate(drawn):
        x, y = MARGIN + index % columns * (width + GAP), HEAD + index // columns * (height + GAP / 2)
        panel = "".join(_Panel(outcome, options, width, height, index).parts())
        parts.append(f'<g transform="translate({x:.1f} {y:.1f})">' + panel + "</g>")
    parts += [f'<text class="sub" x="{MARGIN}" y="{notes_top + 18 * index:.0f}">{escape(f"{outcome.key}: {outcome.reason}")}</text>'
              for index, outcome in enumerate(others)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _about(outcomes):
    return "; ".join(f"{outcome.key}: {_verdict(outcome)}" for outcome in outcomes)


def _verdict(outcome):
    if outcome.forecast is None:
        return outcome.verdict
    earliest, middle, latest = outcome.forecast.reached
    if outcome.verdict == WITHIN and middle == 0:
        return "at its limit now"
    if outcome.verdict == WITHIN:
        return f"limit around {_day(outcome, middle)} ({_day(outcome, earliest)} to {_day(outcome, latest) if latest else 'later'})"
    if outcome.verdict == POSSIBLE:
        return f"limit possible from {_day(outcome, earliest)}"
    return {CLEAR: "clear of its limit", NO_LIMIT: "no limit is known"}[outcome.verdict]


def _day(outcome, days):
    moment = datetime.datetime.fromtimestamp(outcome.forecast.series.end + days * DAY, datetime.timezone.utc)
    return f"{moment.day} {moment:%b}"


def _head(options):
    y, x = 80, MARGIN
    parts = [f'<text class="head" x="{MARGIN}" y="40">Capacity forecast</text>',
             f'<text class="sub" x="{MARGIN}" y="60">{date(options.at)}: {options.period} days of history, {options.horizon} days ahead. '
             f'A day counts with its busy hour.</text>']
    legend = ((f'<line class="history" x1="{{0}}" y1="{y}" x2="{{1}}" y2="{y}"/><circle class="day" cx="{{2}}" cy="{y}" r="2.2"/>',
               "measured"),
              (f'<line class="median" x1="{{0}}" y1="{y}" x2="{{1}}" y2="{y}"/>', "forecast, median"),
              (f'<rect class="narrow" x="{{0}}" y="{y - 6}" width="24" height="12"/>', "50% interval"),
              (f'<rect class="wide" x="{{0}}" y="{y - 6}" width="24" height="12"/>', f"{options.coverage:.0%} interval"),
              (f'<line class="limit" x1="{{0}}" y1="{y}" x2="{{1}}" y2="{y}"/>', "limit"),
              (f'<line class="span" x1="{{0}}" y1="{y}" x2="{{1}}" y2="{y}"/><circle class="hit" cx="{{2}}" cy="{y}" r="4.5"/>',
               f"when it is reached: median, {options.coverage:.0%} interval"))
    for shape, text in legend:
        parts.append(shape.format(x, x + 24, x + 12) + f'<text class="tick" x="{x + 31}" y="{y + 4}">{escape(text)}</text>')
        x += 31 + 6.2 * len(text) + 24
    return parts


class _Panel:
    """One outcome, with its own axes."""

    def __init__(self, outcome, options, width, height, number):
        self.outcome, self.forecast, self.options, self.number = outcome, outcome.forecast, options, number
        self.width, self.height = width, height
        series = self.forecast.series
        first = max(0, next((i for i, day in enumerate(series.days) if day > -options.period), 0))
        self.history = list(zip([series.end + day * DAY for day in series.days[first:]], series.values[first:]))
        self.start, self.stop = series.end - (options.period - 1) * DAY, self.forecast.dates[-1]
        self.limit = outcome.limit.value if outcome.limit else None
        self.top_value = self._top_value()
        self.one, self.unit = axis_unit(self.top_value, outcome.resource.unit)

    def _top_value(self):
        seen = max([value for _, value in self.history])
        typical = max(seen, max(band[3] for band in self.forecast.bands))
        highest = max(typical, min(max(band[4] for band in self.forecast.bands), 2.5 * typical))
        if self.limit is not None and self.limit <= 2.2 * highest:
            highest = max(highest, self.limit * 1.04)
        return highest * 1.06 or 1.0

    @property
    def shows_limit(self):
        return self.limit is not None and self.limit <= self.top_value

    def x(self, moment):
        return LEFT + (moment - self.start) / (self.stop - self.start) * (self.width - LEFT - RIGHT)

    def y(self, value):
        return self.height - BOTTOM - value / self.top_value * (self.height - TOP - BOTTOM)

    def points(self, pairs):
        return " ".join(f"{self.x(moment):.1f},{self.y(value):.1f}" for moment, value in pairs)

    def parts(self):
        return [self._title(), self._axes(),
                f'<clipPath id="plot{self.number}"><rect x="{LEFT}" y="{TOP - 4}" width="{self.width - LEFT - RIGHT:.1f}" '
                f'height="{self.height - TOP - BOTTOM + 4:.1f}"/></clipPath><g clip-path="url(#plot{self.number})">', self._bands(),
                self._lines(),
                "</g>", self._limit()]

    def _title(self):
        text, paper = CHIPS[self.outcome.verdict]
        label = self.outcome.key.partition(":")[2]
        name = self.outcome.resource.title + (f": {label}" if label else "")
        told = _verdict(self.outcome)
        wide = 6.7 * len(told) + 18
        return (f'<text class="title" x="0" y="18">{escape(name)}</text>'
                f'<rect x="{self.width - wide - RIGHT:.1f}" y="2" width="{wide:.1f}" height="22" rx="11" '
                f'fill="{paper}" stroke="{text}" stroke-opacity=".35"/>'
                f'<text class="chip" x="{self.width - wide / 2 - RIGHT:.1f}" y="17" text-anchor="middle" '
                f'style="fill:{text}">{escape(told)}</text>')

    def _axes(self):
        low = self.height - BOTTOM
        parts = [f'<text class="tick" x="{LEFT - 8}" y="{TOP - 14}" text-anchor="end">{escape(self.unit)}</text>']
        for tick in axis_ticks(self.top_value / self.one):
            y = self.y(tick * self.one)
            parts.append(f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{self.width - RIGHT:.1f}" y2="{y:.1f}"/>'
                         f'<text class="tick" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
        for moment, text in date_ticks(self.start, self.stop):
            x = self.x(moment)
            parts.append(f'<line class="axis" x1="{x:.1f}" y1="{low}" x2="{x:.1f}" y2="{low + 4}"/>'
                         f'<text class="tick" x="{x:.1f}" y="{low + 18}" text-anchor="middle">{text}</text>')
        today = self.x(self.forecast.series.end)
        parts.append(f'<line class="axis" x1="{LEFT}" y1="{low}" x2="{self.width - RIGHT:.1f}" y2="{low}"/>'
                     f'<line class="today" x1="{today:.1f}" y1="{TOP - 10}" x2="{today:.1f}" y2="{low}"/>'
                     f'<text class="tick" x="{today:.1f}" y="{TOP - 14}" text-anchor="middle">'
                     f'{"today" if self._is_fresh() else "last data"}</text>')
        return "".join(parts)

    def _is_fresh(self):
        return self.options.at - self.forecast.series.end < DAY

    def _bands(self):
        parts = []
        for name, low, high in (("wide", 0, 4), ("narrow", 1, 3)):
            there = [(moment, band[high]) for moment, band in zip(self.forecast.dates, self.forecast.bands)]
            back = [(moment, band[low]) for moment, band in zip(self.forecast.dates, self.forecast.bands)]
            parts.append(f'<polygon class="{name}" points="{self.points(there + back[::-1])}"/>')
        return "".join(parts)

    def _lines(self):
        middle = [(moment, band[2]) for moment, band in zip(self.forecast.dates, self.forecast.bands)]
        dots = "".join(f'<circle class="day" cx="{self.x(moment):.1f}" cy="{self.y(value):.1f}" r="1.9"/>'
                       for moment, value in self.history)
        pieces = [[]]
        for before, point in zip([None, *self.history], self.history):
            if before and point[0] - before[0] > 1.5 * DAY:  # a gap stays one
                pieces.append([])
            pieces[-1].append(point)
        lines = "".join(f'<polyline class="history" points="{self.points(piece)}"/>' for piece in pieces)
        return lines + dots + f'<polyline class="median" points="{self.points(middle)}"/>'

    def _limit(self):
        if self.limit is None:
            return ""
        told = f"limit {figure(self.limit, self.outcome.resource.unit)}"
        if not self.shows_limit:
            return f'<text class="limit-text" x="{LEFT + 8}" y="{TOP + 12}">\u2191 {escape(told)}, above this plot</text>'
        y, end = self.y(self.limit), self.forecast.series.end
        parts = [f'<line class="limit" x1="{LEFT}" y1="{y:.1f}" x2="{self.width - RIGHT:.1f}" y2="{y:.1f}"/>',
                 f'<text class="limit-text" x="{LEFT + 8}" y="{y - 6:.1f}">{escape(told)}</text>']
        earliest, middle, latest = self.forecast.reached
        if earliest is not None:
            last = self.options.horizon if latest is None else latest
            parts.append(f'<line class="span" x1="{self.x(end + earliest * DAY):.1f}" y1="{y:.1f}" '
                         f'x2="{self.x(end + last * DAY):.1f}" y2="{y:.1f}"/>')
        if middle is not None:
            parts.append(f'<circle class="hit" cx="{self.x(end + middle * DAY):.1f}" cy="{y:.1f}" r="5"/>')
        return "".join(parts)
