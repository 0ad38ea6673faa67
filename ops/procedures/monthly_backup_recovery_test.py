"""Can a backup be restored, does the program work on it, and how long would it take? On an instance of its own, never on the live one.

Of a fresh backup in BACKUPS/drill, or with --backup of one that is there. When all is as its manifest says, verified.json is put beside it.
With pgBackRest, a moment of the past is restored too: a table that was dropped after it is there again.
"""
import contextlib
import datetime
import secrets
import time

from operations import backups, pgbackrest
from operations.database_content import differences
from operations.errors import CouldNotCheck
from operations.evidence import Evidence
from operations.logical_backup import check_list, make_logical, summary
from operations.place import open_place
from operations.private_postgres import PrivatePostgres
from operations.procedure import Procedure, Step, main, state_folder, take_lock, write_metrics
from operations.report import now, stamp
from operations.smoke import check_application
from operations.stack import wait_until
from operations.trial import open_trial

ROOM = 3  # a restored database, with its indexes and changes, takes at most so many times its size
ARCHIVED_SECONDS = 120


def add_options(parser):
    parser.add_argument("--backup", metavar="NAME", help="try this one, of BACKUPS/logical or BACKUPS/drill, instead of making one")
    parser.add_argument("--without-archive", action="store_true", help="restore no moment of pgBackRest's archive")


def backup(context):
    take_lock(state_folder(context.settings), "backup", context.cleanup)
    if context.options.backup:
        found = backups.find_backup(context.settings.paths.backups, context.options.backup, (backups.AREA, backups.DRILL_AREA))
    else:
        found = context.change("make a backup in the drill area", lambda: make_logical(context, backups.DRILL_AREA))
    if found is None:
        context.fine("would try it on an instance of its own")
        return
    try:
        backups.check_files(found)
        check_list(context, found.folder)
    except CouldNotCheck as error:
        context.critical(f"{found.name} is refused: {error}")
        return
    context.kept["backup"] = found
    context.fine(f"{summary(found)}; its files are what the manifest says", name=found.name, folder=str(found.folder))


def restore(context):
    found = context.kept.get("backup")
    if found is None:
        return
    place = open_place(context, context.cleanup) if context.stack.kind == "host" else None
    needed = ROOM * found.manifest["database_bytes"]
    if place is not None and place.free_bytes(place.scratch) < needed:
        context.critical(f"{place.scratch} has no room for {found.name} on trial, which may need {needed} bytes: set recovery.scratch")
        return
    begun = time.monotonic()
    try:
        trial = open_trial(context, context.cleanup)
        trial.restore(found)
    except CouldNotCheck as error:
        context.critical(f"{found.name} cannot be restored: {error}")
        return
    context.kept |= {"trial": trial, "restore_seconds": time.monotonic() - begun}
    context.fine(f"{found.name} was restored in {context.kept['restore_seconds']:.1f} s", seconds=context.kept["restore_seconds"])


def compare(context):
    """With what the manifest tells of the moment of the dump; the live database has gone on since."""
    found, trial = context.kept.get("backup"), context.kept.get("trial")
    if trial is None:
        return
    told = differences(found.manifest["content"], trial.content())
    for difference in told:
        context.critical(f"not as the manifest says: {difference}")
    if not told:
        content = found.manifest["content"]
        rows = sum(table["rows"] for table in content["tables"].values())
        context.fine(f"{len(content['tables'])} tables with {rows} rows, {len(content['sequences'])} sequences and {len(content['definitions'])} definitions "
                     "are as the manifest says")
    context.kept["same"] = not told


def application(context):
    found, trial = context.kept.get("backup"), context.kept.get("trial")
    if trial is None:
        return
    begun = time.monotonic()
    experiments = found.manifest["content"]["tables"].get("public.experiments", {"rows": 0})["rows"]
    try:
        url = trial.start_application()
        context.kept["start_seconds"] = time.monotonic() - begun
        told = check_application(url, trial.program, access=trial.access, expected=experiments, replays=trial.settings.replays)
    except CouldNotCheck as error:
        context.critical(f"the program does not work on the restored database: {error}")
        return
    for sentence in told:
        context.fine(sentence)
    context.kept["works"] = True


def archive(context):
    """The live server makes a table in the database postgres, marks the moment, and drops it; what is restored has it."""
    if context.options.without_archive:
        return
    stanza = pgbackrest.info(context)
    if not pgbackrest.backups_of(stanza):
        context.warn("there is no physical backup: no moment between two dumps can be had again (backup.sh --kind physical)")
        return
    context.change("restore a moment of the archive", lambda: restore_moment(context))


def restore_moment(context):
    name, word = f"recovery_drill_{secrets.token_hex(4)}", secrets.token_hex(16)
    with contextlib.ExitStack() as cleanup:
        def ask(text):
            return context.stack.admin_sql(text, database="postgres")
        cleanup.callback(ask, f"DROP TABLE IF EXISTS public.{name}")
        ask(f"CREATE TABLE public.{name} (word text); INSERT INTO public.{name} VALUES ('{word}')")
        ask(f"SELECT pg_create_restore_point('{name}')")
        ask(f"DROP TABLE public.{name}")
        begun = time.monotonic()
        segment = ask("SELECT pg_walfile_name(pg_switch_wal())")[0][0]
        wait_until(lambda: ask("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver")[0][0] >= segment, f"the segment {segment} in the archive",
                   ARCHIVED_SECONDS)
        archived = time.monotonic() - begun
        place = open_place(context, cleanup)
        postgres = PrivatePostgres(place, cleanup)
        begun = time.monotonic()
        place.make_folder(postgres.data)
        place.pgbackrest(pgbackrest.restore_words({"type": "name", "target": name}, path=postgres.data))
        postgres.start(context.seconds_left)
        seconds = time.monotonic() - begun
        try:
            found = postgres.psql(f"SELECT word FROM public.{name}")
        except CouldNotCheck as error:
            found = str(error)
        if found != word:
            context.critical(f"the moment that was restored lacks a table that there was: {found}")
            return
    context.kept["archive"] = {"archived_seconds": round(archived, 3), "restore_seconds": round(seconds, 3)}
    context.fine(f"a moment of the archive was restored in {seconds:.1f} s, with a table that was dropped after it; a change is archived "
                 f"{archived:.1f} s after its segment is full", **context.kept["archive"])


def record(context):
    """Also of a test that failed. The recovery point is what would be lost of now, were there only the newest of these."""
    found = context.kept.get("backup")
    if context.dry_run or found is None:
        return
    whole = bool(context.kept.get("same") and context.kept.get("works"))
    recovery = context.kept.get("restore_seconds", 0) + context.kept.get("start_seconds", 0)
    real = backups.list_backups(context.settings.paths.backups)
    age = (now() - real[0].made).total_seconds() if real else None
    told = {"procedure": context.procedure.name, "begun": stamp(context.report.begun), "backup": found.name, "whole": whole,
            "recovery_seconds": round(recovery, 3), "newest_backup_age_seconds": age and round(age), "archive": context.kept.get("archive"),
            "findings": [finding.as_json() for finding in context.report.findings]}
    path = Evidence(context, "drill").record(told)
    if whole:
        backups.mark_verified(found, {"by": context.procedure.name, "evidence": str(path), "recovery_seconds": told["recovery_seconds"]})
        write_metrics(context.settings, "backup_verified", {"causal_backup_last_verified_timestamp_seconds": now().timestamp()})
    message = f"the record is {path}"
    if whole:
        message = f"from a backup to a server that works took {recovery:.1f} s; " + message
    context.fine(message, evidence=str(path), recovery_seconds=told["recovery_seconds"])
    if age is None:
        context.warn("there is no backup but those of drills: run backup.sh on a schedule")
    else:
        limit = context.settings.limits.backup_age_hours * 3600
        context.judge(age, limit, 2 * limit, f"the newest backup that a recovery may take is {datetime.timedelta(seconds=round(age))} old")


STEPS = [Step("backup", backup, needed=True), Step("restore", restore), Step("compare", compare), Step("application", application), Step("archive", archive),
         Step("record", record, always=True)]

if __name__ == "__main__":
    main(Procedure("monthly_backup_recovery_test", "Backup and recovery test", __doc__, seconds=90 * 60, steps=STEPS, options=add_options))
