"""Holds traffic off, starts what serves it in the order in which it needs each other, and opens again."""
import contextlib
import json
import os
import pathlib
import tempfile
import urllib.parse

from operations.errors import CouldNotCheck
from operations.programs import last_lines, run_program
from operations.settings import causal_gym
from operations.smoke import SETTLE_SECONDS, check_live
from operations.stack import wait_until
from operations.web import request

LATER = ("app", "worker", "nginx", "postgres")
PUBLIC_SECONDS, HEALTHY_SECONDS, MOST_ENDED = 60, 120, 5


def there(context, service):
    return service in context.stack.expected() or bool(context.stack.instances(service))


def hold_traffic(context):
    """nginx first: who asks is refused, and not answered from an empty database."""
    for service in ("nginx", "app", "worker"):
        if there(context, service):
            with contextlib.suppress(CouldNotCheck):
                context.stack.stop(service)


def signs_in(context):
    with contextlib.suppress(CouldNotCheck):
        context.stack.admin_sql("SELECT 1", database="postgres", seconds=10)
        context.stack.sql("SELECT 1", seconds=10)
        return True
    return False


def start_database(context, seconds):
    """Started before. It is not waited for when it has ended again."""
    ended = 0

    def answers():
        nonlocal ended
        if signs_in(context):
            return True
        ended = 0 if context.stack.runs("postgres") else ended + 1
        if ended >= MOST_ENDED:
            raise CouldNotCheck(f"PostgreSQL ends: {last_lines(chr(10).join(list(context.stack.logs('postgres', 1))[-20:]))}")
        return False
    wait_until(answers, f"PostgreSQL with {context.settings.postgres.user} signed in to {context.settings.postgres.database}", seconds)


def start_stores(context):
    """Redis, PgBouncer and what watches; what cannot be started costs no more than itself."""
    running = {state.service for state in context.stack.states() if state.well}
    for service in context.stack.expected():
        if service not in LATER and service not in running:
            try:
                context.stack.start(service)
            except CouldNotCheck as error:
                context.warn(f"{service} does not start: {error}")


def start_application(context, expected, replays):
    """Sentences of what was seen of it, before anyone else reaches it."""
    stack = context.stack
    stack.start("app")
    if stack.kind == "compose":
        wait_until(lambda: any(state.service == "app" and state.well for state in stack.states()), "a healthy container of app", HEALTHY_SECONDS)
        told = check_in_container(context, expected)
    else:
        for number in stack.numbers("app"):
            stack.wait_ready(number)
        with program_on_live(context) as program:
            told = check_live(stack.url(stack.numbers("app")[0]), program, expected, replays)
    if there(context, "worker"):
        stack.start("worker")
    return told


def check_in_container(context, expected):
    """Its port is reached through nginx alone, which is closed: the program is asked there."""
    words = ["causal-gym", "runs", "list", "--limit", "200", "--json"]
    with contextlib.suppress(CouldNotCheck):  # what it says in the end is told below
        wait_until(lambda: context.stack.run("app", words, check=False).returncode == 0, "a list of runs", SETTLE_SECONDS)
    listed = json.loads(context.stack.run("app", words).stdout)["runs"]
    if len(listed) < min(expected, 200):
        raise CouldNotCheck(f"the program lists {len(listed)} runs of {expected}")
    return [f"app is healthy, and lists {len(listed)} runs"]


@contextlib.contextmanager
def program_on_live(context):
    """causal-gym, signed in to the live database as the server is."""
    settings, words = context.settings.postgres, causal_gym(context.settings)
    password, host = (urllib.parse.quote(text, safe="") for text in (context.stack.secret(settings.user_password), settings.host))
    with tempfile.TemporaryDirectory(prefix="causal-gym-recovery-") as folder:
        where = f"{settings.host}:{settings.port}/{settings.database}" if "/" not in settings.host else f"/{settings.database}?host={host}&port={settings.port}"
        path = pathlib.Path(folder) / "database_url"
        path.write_text(f"postgresql://{settings.user}:{password}@{where}\n", encoding="utf-8")
        given = {"PATH": os.environ.get("PATH", ""), "HOME": folder, "DATABASE_URL_FILE": str(path)}
        yield lambda *more, **options: run_program([words, *more], environment=given, seconds=context.seconds_left, **options)


def public_health(context):
    with contextlib.suppress(CouldNotCheck):
        status, _, _ = request(context.settings.urls.public.rstrip("/") + "/health", seconds=5, trust=context.settings.urls.trust)
        return status == 200
    return False


def open_traffic(context):
    if there(context, "nginx"):
        context.stack.start("nginx")
    wait_until(lambda: public_health(context), f"{context.settings.urls.public}/health", PUBLIC_SECONDS)
