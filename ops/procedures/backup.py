"""Makes a backup, checks it, copies it off site and lets old ones go.

logical    dump, roles and manifest of one moment, in a folder of its own below BACKUPS/logical
physical   pgBackRest: the data directory, and with the archive of changes every moment since
"""
import contextlib

from operations import backups, pgbackrest
from operations.errors import CouldNotCheck
from operations.logical_backup import copy_off_site, make_logical, summary
from operations.procedure import Procedure, Step, main, write_metrics

KINDS = ("logical", "physical", "both")


def add_options(parser):
    parser.add_argument("--kind", choices=KINDS, default="logical", help="what to make (logical)")
    parser.add_argument("--drill", action="store_true", help="into BACKUPS/drill, where nothing is restored from in earnest")
    parser.add_argument("--full", action="store_true", help="physical: the whole data directory, whatever there is already")


def asked_for(context, kind):
    return context.options.kind in (kind, "both")


def clear(context):
    """What programs left that were killed; nobody is at it, as this one holds the lock."""
    for folder in backups.leftovers(context.settings.paths.backups):
        context.change(f"remove {folder}, which was never finished", lambda folder=folder: backups.remove(folder))


def logical(context):
    if not asked_for(context, "logical"):
        return
    area = backups.DRILL_AREA if context.options.drill else backups.AREA
    try:
        made = context.change(f"dump {context.settings.postgres.database} into {context.settings.paths.backups}/{area}",
                              lambda: make_logical(context, area))
    except (CouldNotCheck, OSError) as error:
        context.critical(f"no backup was made: {error}")
        return
    if made is None:
        return
    context.kept["made"] = made
    context.fine(summary(made), name=made.name, folder=str(made.folder), bytes=made.size, seconds=made.manifest["seconds"],
                 schema_migration=made.manifest["schema_migration"], lsn=made.manifest["lsn"])
    if not context.options.drill:
        write_metrics(context.settings, "backup_logical", {
            'causal_backup_last_success_timestamp_seconds{kind="logical"}': made.made.timestamp(),
            'causal_backup_size_bytes{kind="logical"}': made.size})


def offsite(context):
    made = context.kept.get("made")
    if made is None or context.options.drill:
        return
    told = copy_off_site(context, made)
    if told is None:
        return
    message, worked = told
    (context.fine if worked else context.warn)(message)


def physical(context):
    if not asked_for(context, "physical") or context.options.drill:
        return
    try:
        pgbackrest.check_archiving(context)
        told = context.change("check pgBackRest's archive and make a physical backup", lambda: pgbackrest.back_up(context, context.options.full))
    except CouldNotCheck as error:
        context.critical(f"no physical backup was made: {error}")
        return
    if told is None:
        return
    context.fine(f"{told['label']} ({told['type']}): {told['info']['size']} bytes of data, {told['info']['repository']['delta']} in the repository",
                 label=told["label"], type=told["type"])
    write_metrics(context.settings, "backup_physical", {
        'causal_backup_last_success_timestamp_seconds{kind="physical"}': told["timestamp"]["stop"],
        'causal_backup_size_bytes{kind="physical"}': told["info"]["repository"]["size"]})


def retention(context):
    """Only after a backup has succeeded; a failure to make one never costs an old one."""
    if context.kept.get("made") is None or context.options.drill:
        return
    settings = context.settings.backups
    found = backups.list_backups(context.settings.paths.backups)
    keep = {backup.name for backup in backups.kept(found, settings.keep_daily, settings.keep_weekly, settings.keep_monthly)}
    gone = [backup for backup in found if backup.name not in keep]
    for backup in gone:
        context.change(f"remove {backup.name}", lambda backup=backup: backups.remove(backup.folder))
    context.fine(f"{len(keep)} backups are kept, {len(gone)} were let go", kept=sorted(keep), removed=[backup.name for backup in gone])


def drills(context):
    """Drills leave the newest few, so that one can look at them, and the newest that was verified."""
    found = backups.list_backups(context.settings.paths.backups, backups.DRILL_AREA)
    for backup in [one for one in found if one not in backups.kept(found, 3, 0, 0)]:
        with contextlib.suppress(OSError):
            context.change(f"remove the drill's {backup.name}", lambda backup=backup: backups.remove(backup.folder))


STEPS = [Step("clear", clear), Step("logical", logical), Step("off site", offsite), Step("physical", physical), Step("retention", retention),
         Step("drills", drills)]

if __name__ == "__main__":
    main(Procedure("backup", "Backup", __doc__, seconds=4 * 3600, steps=STEPS, options=add_options))
