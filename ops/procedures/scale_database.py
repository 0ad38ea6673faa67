"""What the database bears: pools against max_connections, PgBouncer's configuration, standbys and their lag.

--pooling on|off sends servers and workers through PgBouncer or straight to PostgreSQL, one by one, and back when that does not work.
--standby FOLDER:PORT makes a streaming standby of a bare host's PostgreSQL with pg_basebackup, and sees that it follows.
"""
import contextlib
import os
import pathlib
import re
import shutil

from operations.connections import check_pooler, expected_connections, goes_through_pooler, read_budget
from operations.errors import CouldNotCheck, Refused
from operations.procedure import Procedure, Step, main
from operations.programs import run_program
from operations.rolling import restart_programs
from operations.secret_files import new_secret, replace_secret
from operations.stack import SCALABLE, wait_until
from operations.web import request_json
from rotation.database import set_password

# What PgBouncer must be told: the first four bound it, the rest keep who is nobody out.
WANTED = {"max_client_conn": "200", "default_pool_size": "25", "server_lifetime": "3600", "server_idle_timeout": "600",
          "pool_mode": "transaction", "auth_type": "scram-sha-256"}
FOLLOW_SECONDS, BASE_SECONDS = 60, 3600
STANDBY_ROLE = "causal_standby"


def options(parser):
    parser.add_argument("--pooling", choices=("on", "off"))
    parser.add_argument("--set-up", action="store_true", help="write what is missing or wrong into PgBouncer's configuration (bare host)")
    parser.add_argument("--standby", metavar="FOLDER:PORT", help="an absolute path that is not there yet, and a free port (bare host)")


def report(context):
    stack = context.stack
    through = goes_through_pooler(stack)
    counts = {service: sum(state.running for state in stack.states_of(service)) for service in SCALABLE}
    wanted = expected_connections(context.settings, counts["app"], counts["worker"])
    context.kept |= {"through": through, "wanted": wanted}
    budget = read_budget(stack, through)
    rows = [["servers and workers, at most", wanted], ["PostgreSQL takes (without those for superusers)", budget.most], ["others hold", budget.others]]
    if budget.pooler:
        rows += [["PgBouncer takes clients", budget.pooler["max_client_conn"]], ["PgBouncer may open", budget.pool()]]
    context.table("connections", ["what", "count"], rows)
    for told in budget.refusals(wanted):
        context.critical(told)
    if not budget.refusals(wanted):
        context.fine(f"{wanted} connections at most, {'through PgBouncer' if through else 'straight to PostgreSQL'}: they fit")


def pooler(context):
    """Its configuration as it runs, against what it must be."""
    told, why = check_pooler(context.stack)
    if told is None:
        message = f"PgBouncer's console does not answer: {why}"
        (context.critical if context.kept["through"] or context.options.pooling == "on" else context.fine)(message)
        return
    wrong = {key: value for key, value in WANTED.items() if told.get(key) != value}
    context.kept["wrong"] = wrong
    if not told.get("auth_query"):
        context.critical("PgBouncer has no auth_query: it knows nobody's secret but those in its file")
    if not wrong:
        context.fine("PgBouncer is configured as it must be")
    elif context.options.set_up:
        set_up(context, wrong)
    else:
        said = ", ".join(f"{key} is {told.get(key)}, not {value}" for key, value in wrong.items())
        open_to_all = "auth_type" in wrong or "pool_mode" in wrong
        (context.critical if open_to_all else context.warn)(f"PgBouncer: {said}; --set-up writes it")


def set_up(context, wrong):
    if context.stack.kind != "host":
        raise Refused("in containers, change ops/compose/pgbouncer/pgbouncer.ini and build the image")
    if context.dry_run:
        context.fine(f"would write {', '.join(wrong)} into {context.settings.pgbouncer.config}")
        return
    context.confirm(f"Write {', '.join(wrong)} into {context.settings.pgbouncer.config}, and reload PgBouncer?")
    path = pathlib.Path(context.settings.pgbouncer.config)
    before = path.read_text(encoding="utf-8")
    mode = path.stat().st_mode & 0o777
    write_like(path, with_keys(before, wrong), mode)
    try:
        context.stack.reload("pgbouncer")
        wait_until(lambda: not remaining(context, wrong), "PgBouncer with its new configuration", 10)
    except CouldNotCheck as error:
        write_like(path, before, mode)
        context.stack.reload("pgbouncer")
        context.critical(f"put back: {error}")
        return
    context.fine(f"written: {', '.join(wrong)}")


def write_like(path, text, mode):
    replace_secret(path, text)
    path.chmod(mode)


def with_keys(text, wrong):
    """An ini file with these keys of [pgbouncer] replaced, or added where they are not."""
    for key, value in wrong.items():
        text, count = re.subn(rf"(?m)^\s*{key}\s*=.*$", f"{key} = {value}", text)
        if not count:
            text = re.sub(r"(?m)^\[pgbouncer\]\s*$", f"[pgbouncer]\n{key} = {value}", text, count=1)
    return text


def remaining(context, wrong):
    told, _ = check_pooler(context.stack)
    return told is None or any(told.get(key) != value for key, value in wrong.items())


def pooling(context):
    """One by one; what does not work goes back to where it was."""
    wanted = context.options.pooling
    if wanted is None:
        return
    if (wanted == "on") == context.kept["through"]:
        context.fine(f"pooling is {wanted} already")
        return
    for told in read_budget(context.stack, wanted == "on").refusals(context.kept["wanted"]):
        raise Refused(told)
    if context.dry_run:
        context.fine(f"would turn pooling {wanted}")
        return
    context.confirm(f"Turn pooling {wanted}, and restart servers and workers one by one?")
    before = context.stack.database_address()
    place = context.stack.pooler_address() if wanted == "on" else context.stack.postgres_address()
    try:
        move(context, place)
        if goes_through_pooler(context.stack) != (wanted == "on"):
            raise CouldNotCheck(f"servers are not told {place[0]}:{place[1]}")
    except CouldNotCheck as error:
        context.critical(f"pooling {wanted} does not work: {error}")
        move(context, before)
        context.warn(f"put back: servers and workers use {before[0]}:{before[1]}")
        return
    context.fine(f"pooling is {wanted}: servers and workers use {place[0]}:{place[1]}")


def move(context, place):
    context.stack.tell_database_address(*place)
    restart_programs(context.stack)
    status, answer = request_json(context.settings.urls.public.rstrip("/") + "/health", seconds=30, trust=context.settings.urls.trust)
    if status != 200 or answer.get("status") == "unhealthy" or answer.get("checks", {}).get("store", {}).get("status") != "healthy":
        raise CouldNotCheck(f"/health is {answer.get('status')}, HTTP {status}")


def standbys(context):
    """Slots that hold back what nobody fetches fill the disk; standbys must stream, and closely."""
    limit = context.settings.limits.replication_lag_bytes
    for name, active, held in context.stack.admin_sql(
            "SELECT slot_name, active, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint FROM pg_replication_slots"):
        if active == "f":
            context.warn(f"the replication slot {name} has no standby, and holds {int(held)} bytes of changes back")
    for name, state, lag in context.stack.admin_sql(
            "SELECT application_name, state, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0)::bigint FROM pg_stat_replication"):
        context.judge(int(lag), limit, 16 * limit, f"the standby {name} is {state}, {int(lag)} bytes behind")


def new_standby(context):
    if context.options.standby is None:
        return
    folder, _, port = context.options.standby.rpartition(":")
    if context.stack.kind != "host" or not folder.startswith("/") or not port.isdigit() or os.path.lexists(folder):
        raise Refused("--standby needs a bare host, an absolute path that is not there yet, and a port: /var/lib/postgresql/15/standby:5433")
    if not 0 < int(port) < 65536 or int(port) in (context.settings.postgres.port, context.settings.pgbouncer.port):
        raise Refused(f"--standby: {port} is no port that a standby can have here")
    if not pathlib.Path(folder).parent.is_dir():
        raise Refused(f"--standby: {pathlib.Path(folder).parent} is no folder")
    name = "standby_" + port
    if context.dry_run:
        context.fine(f"would make the standby {name} in {folder}")
        return
    with contextlib.ExitStack() as undo:
        undo.callback(remove_standby, context, folder, name)
        make_standby(context, pathlib.Path(folder), int(port), name)
        undo.pop_all()
    context.fine(f"the standby {name} follows on port {port}; set postgres.replicas so that the daily check misses it")


def as_owner(context, *words):
    user = context.settings.postgres.system_user
    own = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if os.geteuid() == 0 else []
    return [*own, *words]


def make_standby(context, folder, port, name):
    stack, settings = context.stack, context.settings.postgres
    secret = stack.secret_path(f"{STANDBY_ROLE}_password")
    if not secret.exists():
        replace_secret(secret, new_secret())
    if not stack.admin_sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{STANDBY_ROLE}'"):
        stack.admin_sql(f"CREATE ROLE {STANDBY_ROLE} LOGIN REPLICATION")
    set_password(stack, STANDBY_ROLE, stack.secret(f"{STANDBY_ROLE}_password"))
    passwords = folder.with_name(folder.name + ".pgpass")
    replace_secret(passwords, f"*:*:*:{STANDBY_ROLE}:{stack.secret(f'{STANDBY_ROLE}_password')}")
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        for path in (folder, passwords):
            shutil.chown(path, settings.system_user, settings.system_user)
    programs = pathlib.Path(settings.programs)
    where = f"host={settings.host} port={settings.port} user={STANDBY_ROLE} passfile={passwords} application_name={name}"
    run_program(as_owner(context, programs / "pg_basebackup", "-D", folder, "-d", where, "-R", "-C", "-S", name, "-X", "stream", "-c", "fast"),
                seconds=BASE_SECONDS, folder="/")
    with open(folder / "postgresql.auto.conf", "a", encoding="utf-8") as file:
        file.write(f"port = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\n")
    run_program(as_owner(context, programs / "pg_ctl", "start", "-w", "-t", str(FOLLOW_SECONDS), "-D", folder, "-l", folder / "standby.log",
                         "-o", f"-p {port} -k ''"), seconds=2 * FOLLOW_SECONDS, folder="/")
    mark = stack.admin_sql("SELECT pg_switch_wal() IS NOT NULL, pg_current_wal_lsn()")[0][1]

    def follows():
        return stack.admin_sql(f"SELECT 1 FROM pg_stat_replication WHERE application_name = '{name}' AND state = 'streaming' AND replay_lsn >= '{mark}'")
    wait_until(follows, f"what was written, at the standby {name}", FOLLOW_SECONDS)


def remove_standby(context, folder, name):
    """Nothing of one that failed stays: above all no slot, which would hold changes back for ever."""
    context.critical(f"the standby {name} was not made, what there was of it is removed")
    run_program(as_owner(context, pathlib.Path(context.settings.postgres.programs) / "pg_ctl", "stop", "-m", "immediate", "-D", folder), check=False, folder="/")
    for _ in range(2):
        context.stack.admin_sql(f"SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '{name}' AND active")
        with contextlib.suppress(CouldNotCheck):
            context.stack.admin_sql(f"SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '{name}'")
    shutil.rmtree(folder, ignore_errors=True)
    pathlib.Path(f"{folder}.pgpass").unlink(missing_ok=True)


STEPS = [Step("connections", report, needed=True), Step("pooler", pooler), Step("pooling", pooling), Step("standbys", standbys), Step("new standby", new_standby)]

if __name__ == "__main__":
    main(Procedure("scale_database", "The database's scale", __doc__, seconds=7200, steps=STEPS, changes=True, options=options))
