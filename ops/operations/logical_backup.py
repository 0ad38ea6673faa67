"""Makes a logical backup: dump, roles and manifest of one moment."""
import contextlib
import re
import shutil

from operations import backups
from operations.database_content import migration, read_content
from operations.errors import CouldNotCheck
from operations.programs import run_program
from operations.psql_session import stack_session
from operations.report import now, stamp
from operations.settings import causal_gym

MOST_SPARE_BYTES, SPARE_SHARE = 64 << 20, 1 / 16
LEAST_SHARE, GROWTH = 0.02, 1.5
CREATE_ROLE = re.compile(r"CREATE ROLE (.+);")


def needed_bytes(database_bytes, last):
    """An estimate from what the last backup took of its database; without one, that of a database which hardly compresses."""
    share = 1.0
    if last is not None and last.manifest.get("database_bytes"):
        share = max(LEAST_SHARE, GROWTH * last.size / last.manifest["database_bytes"])
    return int(share * database_bytes)


def check_space(context, database_bytes):
    root = context.settings.paths.backups
    last = next(iter(backups.list_backups(root)), None)
    needed = needed_bytes(database_bytes, last) + min(MOST_SPARE_BYTES, int(SPARE_SHARE * database_bytes))
    try:
        free = shutil.disk_usage(root).free
    except OSError as error:
        raise CouldNotCheck(f"{root}: {error.strerror}") from error
    if free < needed:
        raise CouldNotCheck(f"{root} has {free / 2**20:.0f} MiB free; a backup may need {needed / 2**20:.0f} MiB")
    return free, needed


def restorable_roles(text, admin):
    """Statements that a server carries out which has some of the roles already; the superuser is made by initdb."""
    lines = []
    for line in text.splitlines():
        made = CREATE_ROLE.fullmatch(line)
        if line.startswith(("\\restrict", "\\unrestrict")):  # of newer programs: they would forbid \gexec
            continue
        if made is None:
            lines.append(line)
        elif made[1].strip('"') != admin:
            quoted, plain = made[1].replace("'", "''"), made[1].strip('"').replace('""', '"').replace("'", "''")
            lines.append(f"SELECT 'CREATE ROLE {quoted}' WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{plain}') \\gexec")
    return "\n".join(lines) + "\n"


def write_roles(context, folder):
    admin = context.settings.postgres.admin
    _, environment = context.stack.sql_command(admin, "postgres")
    words = ["pg_dumpall", "--roles-only", "--no-comments", "-U", admin, "-l", context.settings.postgres.database]
    done = context.stack.run("postgres", words, environment=environment, seconds=context.seconds_left)
    backups.write_whole(folder / "roles.sql", restorable_roles(done.stdout, admin))


def write_dump(context, folder, snapshot):
    settings = context.settings.postgres
    _, environment = context.stack.sql_command(settings.admin, settings.database)
    words = ["pg_dump", "-U", settings.admin, "-d", settings.database, "-Fc", f"--snapshot={snapshot}", "--lock-wait-timeout=60s"]
    with open(folder / "database.dump", "xb") as file:
        context.stack.run("postgres", words, stdout=file, environment=environment, seconds=context.seconds_left)


def program_version(context):
    words = [causal_gym(context.settings)] if context.stack.kind == "host" else ["causal-gym"]
    with contextlib.suppress(CouldNotCheck):
        return context.stack.run("app", [*words, "--version"], seconds=30).stdout.strip()
    return ""


def read_facts(session):
    """Of the server, in the transaction of the snapshot."""
    columns = ["current_setting('server_version')", "current_setting('data_checksums')", "pg_current_wal_lsn()",
               "(SELECT system_identifier FROM pg_control_system())", "pg_database_size(current_database())"]
    version, checksums, lsn, system, size = session.rows(f"SELECT {', '.join(columns)}")[0]
    encoding, collate, ctype = session.rows("SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = current_database()")[0]
    extensions = dict(session.rows("SELECT extname, extversion FROM pg_extension ORDER BY 1"))
    return {"server_version": version, "data_checksums": checksums == "on", "lsn": lsn, "system_identifier": system, "database_bytes": int(size),
            "encoding": encoding, "collate": collate, "ctype": ctype, "extensions": extensions, "schema_migration": migration(session)}


def make_logical(context, area):
    """The backup. The dump and all that the manifest tells are of one exported snapshot."""
    with contextlib.ExitStack() as cleanup:
        session = stack_session(context.stack, cleanup)
        session.run("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = session.one("SELECT pg_export_snapshot()")
        begun = now()
        facts = read_facts(session)
        check_space(context, facts["database_bytes"])
        content = read_content(session)
        with backups.new_backup(context.settings.paths.backups, area, begun) as folder:
            write_dump(context, folder, snapshot)
            write_roles(context, folder)
            check_list(context, folder)
            told = {"name": begun.strftime(backups.NAME_FORMAT), "made": stamp(begun), "database": context.settings.postgres.database,
                    "admin": context.settings.postgres.admin, **facts, "program_version": program_version(context),
                    "seconds": round((now() - begun).total_seconds(), 3), "content": content}
            backups.write_manifest(folder, told)
    made = backups.find_backup(context.settings.paths.backups, told["name"], (area,))
    backups.check_files(made)
    return made


def check_list(context, folder):
    """That pg_restore can read the dump."""
    with open(folder / "database.dump", "rb") as file:
        context.stack.run("postgres", ["pg_restore", "--list"], stdin=file, seconds=context.seconds_left)


def copy_off_site(context, backup):
    """(told, worked) of the hook's end; None without one."""
    hook = context.settings.backups.offsite
    if not hook:
        return None
    try:
        run_program([hook, backup.folder], seconds=context.seconds_left)
    except CouldNotCheck as error:
        return f"{backup.name} is not off site: {error}", False
    return f"{backup.name} was copied off site by {hook}", True


def summary(backup):
    tables = backup.manifest["content"]["tables"]
    rows = sum(table["rows"] for table in tables.values())
    return f"{backup.name}: {len(tables)} tables, {rows} rows, {backup.size} bytes in {backup.manifest['seconds']:.1f} s"
