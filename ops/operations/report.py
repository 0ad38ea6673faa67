"""What a procedure found, as text for people and as JSON for programs; the worst of it is the exit code."""
import dataclasses
import datetime
import enum
import json


class Severity(enum.Enum):
    """In the order of what counts more; the value is the exit code."""
    FINE = 0
    WARNING = 1
    UNCHECKED = 3
    CRITICAL = 2

    @property
    def weight(self):
        return list(Severity).index(self)


MARKS = {Severity.FINE: "ok", Severity.WARNING: "WARNING", Severity.UNCHECKED: "NOT CHECKED", Severity.CRITICAL: "CRITICAL"}


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def stamp(moment):
    """ISO 8601 in UTC, to the second."""
    return moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclasses.dataclass(frozen=True)
class Finding:
    step: str
    severity: Severity
    message: str
    values: dict = dataclasses.field(default_factory=dict)

    def as_json(self):
        return {"step": self.step, "severity": self.severity.name.lower(), "message": self.message, "values": self.values}


class Report:
    """Findings in the order in which they were made. Tables are (title, heads, rows), for people; `values` of findings are the same for programs."""

    def __init__(self, procedure, title, dry_run=False):
        self.procedure, self.title, self.dry_run = procedure, title, dry_run
        self.begun, self.ended = now(), None
        self.findings, self.tables = [], []

    def add(self, step, severity, message, **values):
        self.findings.append(Finding(step, severity, message, values))

    def table(self, step, title, heads, rows):
        self.tables.append((step, title, list(heads), [list(map(str, row)) for row in rows]))

    @property
    def worst(self):
        return max((finding.severity for finding in self.findings), key=lambda severity: severity.weight, default=Severity.UNCHECKED)

    def as_json(self):
        seconds = ((self.ended or now()) - self.begun).total_seconds()
        return {"procedure": self.procedure, "begun": stamp(self.begun), "seconds": round(seconds, 3), "dry_run": self.dry_run,
                "outcome": self.worst.name.lower(), "exit_code": self.worst.value,
                "findings": [finding.as_json() for finding in self.findings],
                "tables": [{"step": step, "title": title, "columns": heads, "rows": rows} for step, title, heads, rows in self.tables]}

    def as_text(self):
        lines = [f"{self.title} - {stamp(self.begun)}" + (" (dry run: nothing was changed)" if self.dry_run else ""), ""]
        steps = list(dict.fromkeys([finding.step for finding in self.findings] + [table[0] for table in self.tables]))
        for step in steps:
            lines.append(step)
            lines += [f"  {MARKS[finding.severity]:<12}{finding.message}" for finding in self.findings if finding.step == step]
            for _, title, heads, rows in (table for table in self.tables if table[0] == step):
                lines += [f"  {title}", *("    " + line for line in text_table(heads, rows))]
        counts = {severity: sum(finding.severity is severity for finding in self.findings) for severity in Severity}
        told = ", ".join(f"{count} {MARKS[severity].lower()}" for severity, count in counts.items() if count)
        seconds = ((self.ended or now()) - self.begun).total_seconds()
        return "\n".join([*lines, "", f"{MARKS[self.worst]}: {told or 'nothing was checked'}; {seconds:.1f} s"]) + "\n"

    def text(self, as_json):
        return json.dumps(self.as_json(), indent=2, ensure_ascii=False) + "\n" if as_json else self.as_text()


def text_table(heads, rows):
    """Lines of a table: columns of numbers stand to the right, others to the left."""
    if not rows:
        return ["(none)"]
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    numeric = [all(is_number(row[column]) for row in rows) for column in range(len(heads))]

    def line(row):
        cells = (text.rjust(width) if right else text.ljust(width) for text, width, right in zip(row, widths, numeric))
        return "  ".join(cells).rstrip()
    return [line(heads), *(line(row) for row in rows)]


def is_number(text):
    head = text.split(" ")[0].rstrip("%")
    try:
        float(head)
    except ValueError:
        return text == "-"
    return True
