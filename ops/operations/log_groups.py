"""Log lines of the server and of workers, grouped: what happened, how often, when first and last.

A line is one JSON object {"ts", "level", "event", fields...}. What differs between two happenings of the same kind (numbers, identifiers,
names in quotes) is taken out of a message before it is compared; what is left, with event and level, is the kind's fingerprint.
"""
import collections
import dataclasses
import hashlib
import json
import re

FURTHER = "of further kinds"
MOST_KINDS = 2000  # beyond, new kinds are counted as one
SHOWN_CHARACTERS = 90
BAD_LEVELS = ("ERROR", "CRITICAL")
MESSAGES = ("reason", "message", "what", "error")  # the fields that say what happened, the first that is there
PLACES = ("operation", "route", "provider")
DIFFERING = ((re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.I), "<id>"),
             (re.compile(r"\b(?=\w*\d)[0-9a-f]{12,}\b", re.I), "<id>"),
             (re.compile(r"'[^']*'|\"[^\"]*\""), "<name>"), (re.compile(r"\d+(?:\.\d+)*"), "<n>"))


@dataclasses.dataclass
class Kind:
    fingerprint: str
    level: str
    event: str
    message: str  # without what differs
    count: int = 0
    first: str = ""
    last: str = ""


def readable(text):
    """Without what a terminal would obey."""
    return "".join(character if character.isprintable() else "?" for character in str(text))[:4 * SHOWN_CHARACTERS]


def without_details(text):
    text = readable(text)
    for pattern, sign in DIFFERING:
        text = pattern.sub(sign, text)
    return text[:SHOWN_CHARACTERS]


def message_of(line):
    told = [str(line[name]) for name in PLACES if isinstance(line.get(name), str) and line[name]]
    message = next((line[name] for name in MESSAGES if isinstance(line.get(name), str) and line[name]), "")
    return without_details(": ".join([*told, message] if message else told))


def parse_line(text):
    """The object of a line with ts, level and event, or None."""
    if not text.startswith("{"):
        return None
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) and all(isinstance(line.get(name), str) for name in ("ts", "level", "event")) else None


class Kinds:
    """Kinds of lines, by fingerprint."""

    def __init__(self):
        self.by_fingerprint = {}

    def add(self, line):
        self.count(line["level"], readable(line["event"])[:60], message_of(line), line["ts"])

    def count(self, level, event, message, moment):
        fingerprint = hashlib.sha256(f"{level} {event} {message}".encode()).hexdigest()[:8]
        kind = self.by_fingerprint.get(fingerprint)
        if kind is None:
            if len(self.by_fingerprint) >= MOST_KINDS and event != FURTHER:
                return self.count("-", FURTHER, "", moment)
            kind = self.by_fingerprint[fingerprint] = Kind(fingerprint, level, event, message, first=moment, last=moment)
        kind.count += 1
        kind.first, kind.last = min(kind.first, moment), max(kind.last, moment)
        return kind

    def sorted(self):
        """The gravest first, and of these the most frequent."""
        return sorted(self.by_fingerprint.values(), key=lambda kind: (kind.level != "CRITICAL", kind.level != "ERROR", -kind.count,
                                                                      kind.event))

    def __len__(self):
        return len(self.by_fingerprint)


def count_by(lines, fields):
    """[(values of the fields, count, first, last)], the most frequent first."""
    counts, span = collections.Counter(), {}
    for line in lines:
        key = tuple(readable(line.get(field, "-"))[:60] for field in fields)
        counts[key] += 1
        first, last = span.get(key, (line["ts"], line["ts"]))
        span[key] = (min(first, line["ts"]), max(last, line["ts"]))
    return [(key, count, *span[key]) for key, count in counts.most_common()]
