"""Makes a data directory beside the lost one, checks what is in it, and puts it in the other's place. Nothing that was there is deleted."""
import base64
import contextlib
import dataclasses
import hashlib
import hmac
import secrets

from operations import backups, pgbackrest
from operations.compose_stack import role_secret
from operations.database_content import differences, read_definitions
from operations.errors import CouldNotCheck
from operations.private_postgres import PrivatePostgres

SCRAM_ROUNDS = 4096
ROLES = ("causal_monitor", "pgbouncer")


@dataclasses.dataclass
class Restored:
    path: object  # of the new data directory
    source: str
    point: str  # until when there is everything, as PostgreSQL or the manifest tells it
    experiments: int


def scram_verifier(password):
    """What PostgreSQL keeps of a password (RFC 5803), so that no statement and no log holds the password itself."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, SCRAM_ROUNDS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    salt, stored, server = (base64.b64encode(value).decode() for value in (salt, stored, server))
    return f"SCRAM-SHA-256${SCRAM_ROUNDS}:{salt}${stored}:{server}"


def set_passwords(context, postgres):
    """Those of now: secrets may have been rotated since the backup."""
    settings, done = context.settings.postgres, []
    for role in (settings.user, settings.admin, *ROLES):
        name = role_secret(context.settings, role)
        if not name or not context.stack.secret_path(name).is_file():
            continue
        verifier = scram_verifier(context.stack.secret(name))
        quoted = role.replace('"', '""')
        if postgres.psql(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'"):
            postgres.psql(f"ALTER ROLE \"{quoted}\" PASSWORD '{verifier}'")
            done.append(role)
    return done


def free_room(context, place, needed):
    """The nearest folder above the data directory that is there tells."""
    folder = next(parent for parent in place.data.parents if place.exists(parent))
    free = place.free_bytes(folder)
    if free < needed:
        raise CouldNotCheck(f"{folder} has {free} bytes free; what is restored may need {needed}. Nothing was removed to make room")


def from_archive(context, place, cleanup, plan, path):
    """All that was archived, and what the lost directory still has of changes that were not."""
    newest = pgbackrest.backups_of(context.kept["stanza"])[-1]
    free_room(context, place, int(1.2 * newest["info"]["size"]))
    place.make_folder(path)
    place.pgbackrest(pgbackrest.restore_words(plan.target, path=path))
    salvaged = salvage(place, path)
    postgres = PrivatePostgres(place, cleanup, data=path)
    postgres.start(context.seconds_left)
    point = postgres.psql("SELECT coalesce(to_char(pg_last_xact_replay_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), '')")
    source = f"pgBackRest's {newest['label']} and the archive" + (f", and {salvaged} segments of the lost directory" if salvaged else "")
    return postgres, source, point


def salvage(place, path):
    """Segments of the changes, which PostgreSQL takes when the archive has no more; how many."""
    lost = place.data / "pg_wal"
    if not place.exists(lost):
        return 0
    script = 'count=0; for file in "$1"/[0-9A-F]*; do if [ -f "$file" ] && [ ! -e "$2/${file##*/}" ]; then cp "$file" "$2/"; count=$((count + 1)); fi; done; echo $count'
    return int(place.run(["sh", "-c", script, "sh", lost, path / "pg_wal"]).stdout)


def from_backup(context, place, cleanup, backup, path):
    """CouldNotCheck when what was restored is not what the manifest tells."""
    free_room(context, place, int(2 * backup.manifest["database_bytes"]))
    place.make_folder(path)
    postgres = PrivatePostgres(place, cleanup, data=path)
    postgres.initialise(backup.manifest)
    postgres.start(context.seconds_left)
    postgres.restore_dump(backup)
    told = differences(backup.manifest["content"], postgres.content(backup.manifest["database"]))
    if told:
        raise CouldNotCheck(f"{backup.name}, restored, is not as its manifest says: {'; '.join(told[:3])}")
    return postgres, f"the backup {backup.name}", backup.manifest["made"]


def attempts(context, place, plan, path):
    """(name, function) of each way to restore, in order."""
    if plan.target is not None:
        yield "the archive", lambda cleanup: from_archive(context, place, cleanup, plan, path)
    for backup in plan.candidates:
        yield backup.name, lambda cleanup, backup=backup: from_backup(context, place, cleanup, backup, path)


def restore_beside(context, place, plan, path):
    """A new data directory, checked and stopped, with the roles' passwords of now."""
    for name, attempt in attempts(context, place, plan, path):
        with contextlib.ExitStack() as cleanup:
            try:
                postgres, source, point = attempt(cleanup)
                check_definitions(context, postgres)
                database = context.settings.postgres.database
                has_runs = postgres.psql("SELECT to_regclass('public.experiments') IS NOT NULL", database) == "t"
                experiments = int(postgres.psql("SELECT count(*) FROM public.experiments", database)) if has_runs else 0
                roles = set_passwords(context, postgres)
                context.fine(f"restored from {source}, with all until {point or 'the end of the backup'}; {experiments} runs; "
                             f"passwords of {', '.join(roles)} are those of the secrets", source=source, point=point, experiments=experiments)
                return Restored(path, source, point, experiments)
            except CouldNotCheck as error:
                context.warn(f"{name} cannot be restored: {error}")
        place.run(["rm", "-rf", path])  # what this very procedure has made
    raise CouldNotCheck("nothing could be restored; what was lost is where it was")


def check_definitions(context, postgres):
    """Against the newest manifest: a migration since then is no fault, so what differs is only told, and what has come to it is not."""
    newest = next(iter(backups.list_backups(context.settings.paths.backups)), None)
    if newest is None:
        return
    with contextlib.ExitStack() as cleanup:
        found = read_definitions(postgres.session(cleanup, context.settings.postgres.database))
    nothing = {"tables": {}, "sequences": {}}
    expected = newest.manifest["content"]["definitions"]
    known = {what: how for what, how in found.items() if what in expected}
    told = differences({**nothing, "definitions": expected}, {**nothing, "definitions": known})
    if told:
        context.warn(f"tables and other definitions differ from those of {newest.name}: {'; '.join(told[:5])}")


def lost_settings(place, restored):
    """Names of what was set by ALTER SYSTEM where the lost directory is, and is not in the new one."""
    def read(folder):
        path = folder / "postgresql.auto.conf"
        text = place.run(["cat", path], check=False).stdout if place.exists(path) else ""
        return dict.fromkeys(line.split("=")[0].strip() for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return [name for name in read(place.data) if name not in read(restored.path)]


def swap(context, place, restored, moment):
    """The new directory takes the old one's place, which is kept; where that is, or empty."""
    aside = ""
    if place.exists(place.data):
        aside = place.data.with_name(f"{place.data.name}.broken-{moment.strftime(backups.NAME_FORMAT)}")
        place.run(["mv", "-T", place.data, aside])
    place.run(["mv", "-T", restored.path, place.data])
    place.run(["sync"])
    return str(aside)


def begin_archive(context):
    """The restored server goes on in a history of its own: the archive is told, and gets a backup of it to begin from."""
    pgbackrest.make_stanza(context, upgrade=True)
    return pgbackrest.back_up(context, full=True)
