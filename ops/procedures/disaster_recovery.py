"""Brings the system back: assesses what is lost, keeps evidence, restores into a new data directory, checks, and only then opens.

By itself it takes all that pgBackRest's archive has, else the newest logical backup that is whole. Nothing that is found is deleted. With
--dry-run it tells what it finds and would do.
"""
import argparse
import contextlib
import time

from operations import pgbackrest
from operations.damage import NOTHING, RESTORE, START, answers, decide, read_moment, with_backup
from operations.errors import CouldNotCheck
from operations.evidence import Evidence
from operations.place import open_place
from operations.procedure import Procedure, Step, main, state_folder, take_lock
from operations.programs import run_program
from operations.recovery import begin_archive, lost_settings, restore_beside, swap
from operations.recovery_settings import recovery_settings
from operations.report import now, stamp
from operations.serving import hold_traffic, open_traffic, start_application, start_database, start_stores

START_SECONDS = 90


def moment_option(text):
    try:
        return read_moment(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def add_options(parser):
    parser.add_argument("--backup", metavar="NAME", help="restore this logical backup, of BACKUPS/logical; --dry-run lists them")
    parser.add_argument("--until", metavar="TIME", type=moment_option, help="restore the state of this moment, such as 2026-11-27T10:00:00Z, from the archive")


def assess(context):
    """What is up, what is lost, and the plan."""
    if not context.dry_run:
        take_lock(state_folder(context.settings), "backup", context.cleanup)
    states = context.stack.states()
    context.table("services", ["service", "instance", "running", "detail"],
                  [[state.service, state.instance, "yes" if state.running else "no", state.health or state.detail] for state in states])
    context.kept["place"] = place = open_place(context, context.cleanup)
    context.kept["plan"] = plan = decide(context, place)
    down = sorted({state.service for state in states if not state.well})
    context.fine(f"{plan.reason}; to do: {plan.action}" + (f"; not running: {', '.join(down)}" if down else ""), **plan.as_json(), down=down)


def evidence(context):
    """Before anything is changed."""
    kept = context.change("keep evidence of the state that was found", lambda: Evidence(context, "recovery"))
    if kept is None:
        return
    context.kept["evidence"] = kept
    names = kept.gather()
    context.fine(f"{len(names)} pieces are in {kept.folder}", folder=str(kept.folder), pieces=names)


def confirm(context):
    plan, place = context.kept["plan"], context.kept["place"]
    if plan.action == NOTHING:
        return
    source = "the archive" if plan.target is not None else plan.candidates[0].name if plan.candidates else "nothing"
    what = {START: f"Start PostgreSQL on {place.data}, and restore from {source} if it does not start?",
            RESTORE: f"Restore from {source}, and keep what is at {place.data} beside it?"}[plan.action]
    context.confirm(f"{plan.reason}. {what}")


def try_start(context):
    """A server that was only stopped, or killed, loses nothing."""
    plan = context.kept["plan"]
    if plan.action != START:
        return
    context.change("start PostgreSQL as it is", lambda: start_or_restore(context, plan))


def start_or_restore(context, plan):
    try:
        context.stack.start("postgres")
        start_database(context, START_SECONDS)
        plan.action = NOTHING
        context.fine("PostgreSQL has started on the data directory that was there: nothing is lost")
    except CouldNotCheck as error:
        context.warn(f"PostgreSQL does not start on the data directory that is there, which is kept: {error}")
        plan.action = RESTORE
        with_backup(plan)


def restore(context):
    plan, place = context.kept["plan"], context.kept["place"]
    if plan.action != RESTORE:
        return
    context.change(f"restore into a new data directory beside {place.data}, and put it in its place", lambda: restore_and_swap(context, plan, place))


def restore_and_swap(context, plan, place):
    hold_traffic(context)
    if answers(context) and plan.target is not None:
        with contextlib.suppress(CouldNotCheck):  # the last changes reach the archive
            context.stack.admin_sql("SELECT pg_switch_wal()", database="postgres")
    with contextlib.suppress(CouldNotCheck):
        context.stack.stop("postgres")
    moment = now()
    restored = restore_beside(context, place, plan, place.data.with_name(f"{place.data.name}.new-{moment.strftime('%Y%m%dT%H%M%SZ')}"))
    settings = lost_settings(place, restored)
    aside = swap(context, place, restored, moment)
    if settings:
        context.warn(f"what ALTER SYSTEM had set is not in force any more: {', '.join(settings)}; the values are in {aside}/postgresql.auto.conf",
                     settings=settings)
    context.kept |= {"restored": restored, "aside": aside}
    context.fine(f"{restored.path} is {place.data} now" + (f"; what was there is {aside}" if aside else ""), aside=aside)


def start(context):
    """The stores, then the program, looked at before anyone else reaches it."""
    if context.dry_run:
        return
    if context.kept["plan"].action != NOTHING or not answers(context):
        context.stack.start("postgres")
        start_database(context, START_SECONDS)
        context.fine("PostgreSQL answers, and the program's role signs in")
    start_stores(context)
    restored = context.kept.get("restored")
    for sentence in start_application(context, restored.experiments if restored else 0, recovery_settings(context.settings).replays):
        context.fine(sentence)
    context.kept["works"] = True


def open_again(context):
    if context.dry_run or not context.kept.get("works"):
        return
    open_traffic(context)
    context.kept["opened"] = now()
    context.fine(f"{context.settings.urls.public}/health answers: the system is open")


def archive(context):
    """Opened or not, the next disaster finds a backup of the new history."""
    if context.kept.get("restored") is None:
        return
    try:
        pgbackrest.check_archiving(context)
    except CouldNotCheck as error:
        if context.kept["stanza"]:
            context.warn(f"the archive does not go on, though there is one: from now on only backup.sh keeps anything. {error}")
        return
    made = begin_archive(context)
    context.fine(f"{made['label']}: the archive goes on from here")


def record(context):
    """Also of a recovery that failed."""
    kept, settings = context.kept.get("evidence"), recovery_settings(context.settings)
    if kept is None:
        return
    restored, opened, begun = context.kept.get("restored"), context.kept.get("opened"), context.report.begun
    seconds = (opened - begun).total_seconds() if opened else None
    lost = (begun - read_moment(restored.point)).total_seconds() if restored and restored.point else 0.0 if opened else None
    told = {"procedure": context.procedure.name, "begun": stamp(begun), "opened": opened and stamp(opened), "plan": context.kept["plan"].as_json(),
            "source": restored and restored.source, "recovered_until": restored and restored.point, "kept_aside": context.kept.get("aside", ""),
            "recovery_seconds": seconds and round(seconds, 3), "lost_at_most_seconds": lost and round(lost, 3),
            "findings": [finding.as_json() for finding in context.report.findings]}
    path = kept.record(told)
    if opened:
        context.judge(seconds, settings.most_seconds, 4 * settings.most_seconds, f"open again after {seconds:.1f} s")
    if opened and restored:
        context.fine(f"the last change that is there was made {lost:.1f} s before this began: no more than what was written in them is lost",
                     lost_at_most_seconds=lost)
    context.fine(f"the record is {path}", evidence=str(path))
    notify(context, settings.notify, path)


def notify(context, hook, path):
    if not hook:
        return
    try:
        run_program([hook, path], seconds=60)
        context.fine(f"{hook} was told")
    except CouldNotCheck as error:
        context.warn(f"nobody was told: {error}")


STEPS = [Step("assess", assess, needed=True), Step("evidence", evidence, needed=True), Step("confirm", confirm, needed=True),
         Step("start as it is", try_start), Step("restore", restore, needed=True), Step("start", start), Step("open", open_again),
         Step("archive", archive), Step("record", record, always=True)]

if __name__ == "__main__":
    main(Procedure("disaster_recovery", "Disaster recovery", __doc__, seconds=3600, steps=STEPS, changes=True, options=add_options))
