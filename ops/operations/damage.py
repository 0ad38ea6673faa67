"""What is lost, and what a recovery does about it: decided before anything is changed, from what is found.

    asked for with --backup or --until            that is restored
    PostgreSQL answers, its database is whole     nothing is restored: what does not run is started
    PostgreSQL answers, without the database      restored: from the archive up to where it was dropped, else from the newest backup
      or without some of its tables
    PostgreSQL is down, its data directory there  started; when it does not start, as if the directory were lost
    the data directory is lost                    restored: all that the archive has, else the newest backup that is whole
"""
import dataclasses
import datetime
import pathlib

from operations import backups, pgbackrest
from operations.errors import CouldNotCheck, Refused
from operations.report import now, stamp

NOTHING, START, RESTORE = "nothing", "start", "restore"


@dataclasses.dataclass
class Plan:
    action: str
    reason: str
    target: dict | None = None  # of the archive: {} is all of it; None: from a backup
    candidates: list = dataclasses.field(default_factory=list)  # backups, in the order in which they are tried

    def as_json(self):
        return {"action": self.action, "reason": self.reason, "archive_target": self.target, "backups": [one.name for one in self.candidates]}


def whole_backups(context):
    """Those whose files are what their manifests say, newest first; others are told."""
    found = []
    for backup in backups.list_backups(context.settings.paths.backups):
        try:
            backups.check_files(backup)
            found.append(backup)
        except CouldNotCheck as error:
            context.warn(f"{backup.name} is left out: {error}")
    return found


def chosen_backup(context, name):
    """The backup of this name, or of this path, when it is whole; Refused with those that can be chosen."""
    root, bare = context.settings.paths.backups, pathlib.PurePath(name).name
    try:
        if not bare or (not (pathlib.Path(root) / backups.AREA / bare).is_dir() and (pathlib.Path(root) / backups.DRILL_AREA / bare).is_dir()):
            raise CouldNotCheck(f"{name} is a drill's" if bare else "its name is empty")
        chosen = backups.find_backup(root, bare)
        backups.check_files(chosen)
    except CouldNotCheck as error:
        whole = whole_backups(context)
        list_choices(context, whole)
        known = ", ".join(f"{one.name} ({tried(one)})" for one in whole) or "none"
        raise Refused(f"--backup {name}: {error}. Whole, and to be chosen from: {known}") from error
    if not chosen.verified:
        context.warn(f"{chosen.name} is what its manifest says, but was never restored on trial")
    return chosen


def tried(backup):
    return f"restored on trial {stamp(backup.verified)}" if backup.verified else "never restored on trial"


def list_choices(context, whole):
    context.table("backups to choose from with --backup", ["name", "bytes", "on trial"], [[one.name, one.size, tried(one)] for one in whole])


def archive_state(place, stanza):
    """What pgBackRest tells, when it has a backup to begin from; else None."""
    try:
        return pgbackrest.read_info(place.pgbackrest(["info", "--output=json"], seconds=60).stdout, stanza)
    except CouldNotCheck:
        return None


def read_moment(text):
    """A time with its offset, such as 2026-11-27T10:00:00Z; ValueError else."""
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no offset from UTC: write {text}Z or {text}+01:00")
    return moment


def time_target(moment, stanza):
    """For pgBackRest; Refused when no backup is old enough."""
    if moment > now():
        raise Refused(f"{stamp(moment)} is yet to come: now it is {stamp(now())}")
    ended = [one["timestamp"]["stop"] for one in pgbackrest.backups_of(stanza)]
    if moment.timestamp() < min(ended):
        oldest = datetime.datetime.fromtimestamp(min(ended), datetime.timezone.utc)
        raise Refused(f"the archive begins at {stamp(oldest)}; for an older state, give --backup")
    return {"type": "time", "target": moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f+00")}


def lost_content(context, newest):
    """A sentence when the server that answers lacks the database or tables of the newest backup; else empty."""
    database = context.settings.postgres.database
    if not context.stack.admin_sql(f"SELECT 1 FROM pg_database WHERE datname = '{database}'", database="postgres"):
        return f"PostgreSQL answers, but has no database {database}"
    if newest is None:
        return ""
    there = {name for name, in context.stack.admin_sql("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables")}
    missing = sorted(newest.manifest["content"]["tables"].keys() - there)
    return f"{database} lacks {', '.join(missing)}" if missing else ""


def answers(context):
    try:
        context.stack.admin_sql("SELECT 1", database="postgres", seconds=20)
        return True
    except CouldNotCheck:
        return False


def decide(context, place):
    """The plan, by the tree above."""
    options = context.options
    stanza = archive_state(place, context.settings.backups.stanza)
    context.kept["stanza"] = stanza
    if options.backup is not None and options.until:
        raise Refused("--backup restores the state of its own time: give that or --until, not both")
    if options.backup is not None:
        return Plan(RESTORE, f"--backup {options.backup}", None, [chosen_backup(context, options.backup)])
    whole = whole_backups(context)
    list_choices(context, whole)
    if options.until:
        if not pgbackrest.backups_of(stanza):
            raise Refused("--until needs pgBackRest's archive, which has no backup or is out of reach; give --backup")
        return Plan(RESTORE, f"--until {options.until}", time_target(options.until, stanza))
    if answers(context):
        lost = lost_content(context, whole[0] if whole else None)
        if not lost:
            return Plan(NOTHING, "PostgreSQL answers, and its database has its tables")
        context.warn(f"{lost}; what was written after the backup is not in it: a moment before the loss is had with --until TIME")
        return with_backup(Plan(RESTORE, lost, None, whole))
    source = {} if pgbackrest.backups_of(stanza) else None
    if place.exists(place.data / "global/pg_control"):
        return Plan(START, f"PostgreSQL does not answer; its data directory {place.data} is there", source, whole)
    return with_backup(Plan(RESTORE, f"there is no data directory {place.data}", source, whole))


def with_backup(plan):
    if plan.target is None and not plan.candidates:
        raise Refused(f"{plan.reason}, and there is nothing to restore it from: neither a physical nor a logical backup that is whole")
    return plan
