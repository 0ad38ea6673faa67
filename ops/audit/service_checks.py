"""Each service asked for its own configuration, as it runs: the program, Redis, PostgreSQL, PgBouncer, nginx, certificates, pages."""
import os

from audit import configuration, processes
from audit.telling import part, tell
from operations.certificates import check_certificates, nginx_configuration
from operations.errors import CouldNotCheck
from operations.programs import run_program
from operations.settings import causal_gym
from operations.web import request


def services(context):
    """What each service says of its own configuration."""
    for what, check in (("causal-gym", program), ("Redis", redis), ("PostgreSQL", postgres), ("PgBouncer", bouncer), ("nginx", nginx),
                        ("certificates", check_certificates), ("pages", pages)):
        with part(context, what):
            check(context)


def program(context):
    """As the running server has it: with its variables."""
    if context.stack.kind == "host":
        variables = server_environment(context)
        if variables is None:
            context.unchecked("the server's variables cannot be read: its configuration is checked without them; run this as root")
        done = run_program([causal_gym(context.settings), "config", "check"], environment=variables or dict(os.environ), check=False)
    else:
        done = context.stack.run("app", ["causal-gym", "config", "check"], check=False)
    text = (done.stdout + done.stderr).strip()
    warnings = [line for line in text.splitlines() if "warning" in line.lower()]
    if done.returncode != 0:
        context.critical(f"causal-gym config check: {text[-600:]}")
    for line in warnings:
        context.warn(f"causal-gym config check: {line}")
    if done.returncode == 0 and not warnings:
        context.fine(f"causal-gym config check: {text.splitlines()[-1] if text else 'nothing is wrong'}")


def server_environment(context):
    """Of the first instance of the server on this machine; None when there is none, or it may not be looked into."""
    ports = [context.settings.stack.first_port + number - 1 for number in context.stack.numbers("app")]
    inodes = [one.inode for one in processes.listeners() if one.port in ports]
    for pids in processes.holders(inodes).values():
        for process in filter(None, map(processes.read_process, pids)):
            return process.environment
    return None


def redis(context):
    words, environment = context.stack.redis_command()
    bare = [word for word in words if word != "--no-auth-warning"]
    if "--user" in bare:
        del bare[bare.index("--user"):bare.index("--user") + 2]
    answer = context.stack.run("redis", [*bare, "ping"], check=False, seconds=10, environment={"REDISCLI_AUTH": ""}).stdout.strip()
    if answer == "PONG":
        context.critical("Redis answers whoever asks, without a password")
    elif "NOAUTH" not in answer:
        raise CouldNotCheck(f"answers {answer[:80]!r} to one who has not signed in")
    user = context.settings.redis.user or "default"
    allowed = [command for command in configuration.DANGEROUS if may_run(context, user, command)]
    if allowed:
        context.warn(f"the user {user} of Redis may run {', '.join(allowed)}: give it +@all -@dangerous and what it needs")
    elif answer != "PONG":
        context.fine(f"Redis asks for a password; {user} may run nothing dangerous")


def may_run(context, user, command):
    told = {"config set": "config set maxclients 1", "debug sleep": "debug sleep 0", "replicaof": "replicaof no one",
            "module load": "module load x"}
    try:
        return context.stack.redis("acl", "dryrun", user, *told.get(command, command).split()) == "OK"
    except CouldNotCheck:
        return False


def postgres(context):
    settings = context.settings.postgres
    rules = context.stack.admin_sql("SELECT type, array_to_string(database, ','), array_to_string(user_name, ','), coalesce(address, ''), "
                                    "coalesce(auth_method, ''), coalesce(error, '') FROM pg_hba_file_rules")
    roles = context.stack.admin_sql(
        "SELECT rolname, rolsuper, rolcreaterole, rolreplication, rolbypassrls, rolcanlogin, CASE WHEN rolpassword LIKE 'md5%' THEN 'md5' "
        "WHEN rolpassword IS NULL THEN '' ELSE 'scram' END FROM pg_authid WHERE rolname NOT LIKE 'pg\\_%'")
    found = configuration.judge_hba(rules) + configuration.judge_roles(roles, settings.admin, settings.user)
    kind, public, tls, listen = context.stack.admin_sql(
        "SELECT current_setting('password_encryption'), has_schema_privilege('public', 'public', 'CREATE'), current_setting('ssl'), "
        "current_setting('listen_addresses')")[0]
    if kind != "scram-sha-256":
        found.append(("warning", f"password_encryption is {kind}"))
    if public == "t":
        found.append(("warning", "every role may make tables in the schema public"))
    if tls == "off" and context.stack.kind == "host" and set(listen.replace(" ", "").split(",")) - {"", "localhost", "127.0.0.1", "::1"}:
        found.append(("warning", f"PostgreSQL listens on {listen} without TLS"))
    tell(context, found)
    if not found:
        context.fine(f"PostgreSQL: {len(rules)} rules of pg_hba.conf, {len(roles)} roles, one superuser")


def bouncer(context):
    if "pgbouncer" not in context.stack.expected():
        return
    path = context.settings.pgbouncer.config
    found, kind = configuration.judge_bouncer(context.stack.run("pgbouncer", ["cat", path]).stdout)
    tell(context, found)
    if not found:
        context.fine(f"PgBouncer: auth_type {kind}")


def nginx(context):
    found = configuration.judge_nginx(nginx_configuration(context))
    url = context.settings.urls.public
    if url.startswith("https:"):
        old = configuration.old_tls_accepted(url, context.settings.limits.http_seconds)
        found += [("critical", f"nginx agrees to {', '.join(old)}")] if old else []
    tell(context, found)
    if not found:
        context.fine("nginx: its configuration opens nothing")


def pages(context):
    url = context.settings.urls.public.rstrip("/") + "/"
    status, _, headers = request(url, seconds=context.settings.limits.http_seconds, trust=context.settings.urls.trust)
    if status >= 500:
        raise CouldNotCheck(f"{url} answers {status}")
    found = configuration.judge_headers(headers)
    tell(context, found)
    if not found:
        context.fine(f"{url} is sent with the headers that keep browsers safe")
