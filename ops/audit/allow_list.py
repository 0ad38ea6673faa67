"""Vulnerabilities that somebody has looked at and lives with, each until a day; after it, it counts again.

    [[allow]]
    id = "CVE-2099-12345"        # or an alias of it
    package = "libexample1"      # of any package without
    until = 2027-01-31           # at most a year ahead
    reason = "Not reachable: only the test programs parse this format."
"""
import dataclasses
import datetime
import pathlib
import tomllib

from operations.errors import CouldNotCheck

MOST_DAYS = 366
KEYS = {"id", "package", "until", "reason"}


@dataclasses.dataclass(frozen=True)
class Allowed:
    id: str
    package: str
    until: datetime.date
    reason: str

    def covers(self, vulnerability):
        return self.id in (vulnerability.id, *vulnerability.aliases) and self.package in ("", vulnerability.package)


def read_entry(entry, where, today):
    if not isinstance(entry, dict) or set(entry) - KEYS:
        raise CouldNotCheck(f"{where}: an entry has id, package, until and reason; not {sorted(set(entry) - KEYS)}")
    if not isinstance(entry.get("until"), datetime.date):
        raise CouldNotCheck(f"{where}: until must be a day such as {today.isoformat()}")
    if (entry["until"] - today).days > MOST_DAYS:
        raise CouldNotCheck(f"{where}: until may be at most a year ahead, not {entry['until']}")
    for key in ("id", "reason"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise CouldNotCheck(f"{where}: {key} is missing")
    return Allowed(entry["id"], str(entry.get("package", "")), entry["until"], entry["reason"])


def read_allow_list(path, today):
    """Its entries; none when there is no file. CouldNotCheck names what is wrong: an unread list must not silence anything."""
    try:
        content = tomllib.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CouldNotCheck(f"{path}: {error}") from error
    if set(content) - {"allow"} or not isinstance(content.get("allow", []), list):
        raise CouldNotCheck(f"{path}: holds [[allow]] entries and nothing else")
    return [read_entry(entry, f"{path}: entry {number}", today) for number, entry in enumerate(content.get("allow", []), 1)]
