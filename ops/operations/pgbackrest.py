"""pgBackRest: physical backups and the archive of changes, with which every moment since can be had again."""
import datetime
import json
import os
import pathlib
import shutil

from operations.errors import CouldNotCheck
from operations.programs import run_program

FULL_DAYS = 7
MOST_ARCHIVE_SECONDS = 60
WHAT_TO_SET = ("in postgresql.conf: archive_mode = on (needs a restart), archive_command = 'pgbackrest --stanza={stanza} archive-push %p', "
               "archive_timeout = 30s; see docs/operations/backups.md")


def run(context, words, *, seconds=None, check=True):
    """As the user whose files PostgreSQL's are; where it has to connect, it is the superuser."""
    settings, stack = context.settings, context.stack
    argv = ["pgbackrest", f"--config={settings.backups.pgbackrest_config}", f"--stanza={settings.backups.stanza}", *words]
    if stack.kind == "compose":
        return stack.run("postgres", argv, seconds=seconds or context.seconds_left, check=check)
    _, environment = stack.sql_command(settings.postgres.admin, settings.postgres.database)
    given = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    if "PGPASSFILE" in environment:
        given["PGPASSFILE"] = environment["PGPASSFILE"]
        give_to_owner(settings, environment["PGPASSFILE"])
    return run_program(stack.as_owner(argv), environment=given, seconds=seconds or context.seconds_left, check=check, folder="/")


def give_to_owner(settings, path):
    """A file of this procedure's own, for programs that run as PostgreSQL's owner; its folder lets them through."""
    if os.geteuid() == 0:
        pathlib.Path(path).parent.chmod(0o711)
        shutil.chown(path, settings.postgres.system_user)


def read_info(text, name):
    """What is told of a stanza, or None when there is none that could be used."""
    stanza = next((one for one in json.loads(text) if one["name"] == name), None)
    return stanza if stanza and stanza["status"]["code"] in (0, 2, 3) and stanza.get("db") else None  # 2 and 3: no backup yet


def info(context):
    return read_info(run(context, ["info", "--output=json"], seconds=60).stdout, context.settings.backups.stanza)


def backups_of(stanza):
    """Those without an error, oldest first."""
    return [one for one in (stanza or {}).get("backup", []) if not one.get("error")]


def check_archiving(context):
    """CouldNotCheck tells what to set."""
    mode, command, library, timeout = context.stack.admin_sql(
        "SELECT current_setting('archive_mode'), current_setting('archive_command'), current_setting('archive_library'),"
        " extract(epoch FROM current_setting('archive_timeout')::interval)::int")[0]
    wanted = WHAT_TO_SET.format(stanza=context.settings.backups.stanza)
    if mode not in ("on", "always") or ("pgbackrest" not in command and not library):
        raise CouldNotCheck(f"PostgreSQL does not archive its changes (archive_mode {mode}, archive_command {command or 'empty'}): {wanted}")
    if not 0 < int(timeout) <= MOST_ARCHIVE_SECONDS:
        context.warn(f"archive_timeout is {timeout} s: more than {MOST_ARCHIVE_SECONDS} s of changes may be lost with the disk", seconds=int(timeout))


def make_stanza(context, upgrade=False):
    """Nothing when it is there. `upgrade`: also for another database system than before, which a restored dump is."""
    try:
        run(context, ["stanza-create"])
    except CouldNotCheck as error:
        if not upgrade or "stanza-upgrade" not in str(error):
            raise
        run(context, ["stanza-upgrade"])


def back_up(context, full=False):
    """What pgBackRest tells of the backup that was made, after a change has been seen to reach the archive."""
    make_stanza(context)
    run(context, ["check"])
    made = backups_of(info(context))
    newest_full = max((one["timestamp"]["stop"] for one in made if one["type"] == "full"), default=0)
    age_days = (datetime.datetime.now().timestamp() - newest_full) / 86400
    run(context, [f"--type={'full' if full or age_days > FULL_DAYS else 'diff'}", "backup"])
    after = backups_of(info(context))
    if len(after) == 0 or (made and after[-1]["label"] == made[-1]["label"]):
        raise CouldNotCheck("pgBackRest ended well, but tells of no new backup")
    return after[-1]


def restore_words(target, *, path):
    """`target`: {} for all that is archived, or {"type": "time" | "name" | "lsn", "target": ...}. Changes are read again by the same road."""
    words = [f"--pg1-path={path}"]
    if target:
        words += [f"--type={target['type']}", f"--target={target['target']}", "--target-action=promote"]
        if target.get("exclusive"):
            words.append("--target-exclusive")
    return [*words, "restore"]
