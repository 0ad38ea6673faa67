"""Puts a new configuration in place of the one of servers and workers: checked first, kept to go back to, and taken up one by one.

NEW is a file of NAME=VALUE lines, as --file is (compose: .env; a bare host: paths.environment). Without NEW, what there is is checked.
Values are never printed. Secrets do not belong in it: they are files, which rotate_secrets.sh changes.
"""
import pathlib
import re

from operations.errors import CouldNotCheck, Refused
from operations.procedure import Procedure, Step, main, state_folder
from operations.report import now
from operations.rolling import restart_programs
from operations.secret_files import replace_secret
from operations.web import request_json

LINE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)")
SECRET = re.compile(r"(KEY|PASSWORD|SECRET|TOKEN)$")
MOST_BYTES, MOST_BACKUPS = 1 << 20, 50


def options(parser):
    parser.add_argument("new", nargs="?", metavar="NEW", help="the file with the new configuration")
    parser.add_argument("--file", metavar="FILE", help="the configuration in use, if it is not where the settings say")


def read_environment(path):
    """{name: value}; Refused names the line that is none."""
    try:
        text = pathlib.Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path} cannot be read: {getattr(error, 'strerror', error)}") from error
    if len(text) > MOST_BYTES:
        raise Refused(f"{path}: more than {MOST_BYTES} bytes")
    values = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = LINE.fullmatch(line.strip())
        if found is None:
            raise Refused(f"{path}: line {number} is no NAME=VALUE")
        if found[1] in values:
            raise Refused(f"{path}: line {number} gives {found[1]} again")
        values[found[1]] = found[2]
    return values


def survey(context):
    """What would change, by name."""
    path = pathlib.Path(context.options.file or context.stack.environment_file())
    before = read_environment(path)
    after = read_environment(context.options.new) if context.options.new else before
    if before and not after:
        raise Refused(f"{context.options.new} sets nothing: everything in {path} would go")
    context.kept |= {"path": path, "before": before, "after": after}
    rows = []
    for name in sorted({*before, *after}):
        change = "removed" if name not in after else "added" if name not in before else "changed" if before[name] != after[name] else "same"
        rows.append([name, change])
        if SECRET.search(name) and after.get(name):
            context.warn(f"{name} stands in {path} with its value: name a file instead, {name}_FILE")
    context.table(f"{path}: names alone", ["name", "change"], rows)
    counts = {word: sum(row[1] == word for row in rows) for word in ("added", "changed", "removed")}
    context.fine(", ".join(f"{count} {word}" for word, count in counts.items()), **counts)
    context.kept["changes"] = sum(counts.values())


def check(context):
    """By the program itself, which knows every key, with nothing of this procedure's own environment."""
    try:
        context.stack.check_configuration(context.options.new or context.kept["path"], context.kept["after"])
    except CouldNotCheck as error:
        context.critical(f"the configuration is not good, nothing was changed: {error}")
        return
    context.fine("`causal-gym config check` finds nothing wrong")


def keep(context):
    """The one in use, in a file of its own that only its owner reads; the last ones stay."""
    folder = state_folder(context.settings) / "environment"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{now():%Y%m%dT%H%M%S%f}.env"
    replace_secret(path, context.kept["path"].read_text(encoding="utf-8"))
    for old in sorted(folder.glob("*.env"))[:-MOST_BACKUPS]:
        old.unlink()
    return path


def apply(context):
    if not context.kept["changes"]:
        context.fine("nothing changes")
        return
    context.confirm(f"Put {context.options.new} in place of {context.kept['path']}, and restart servers and workers one by one?")
    if context.dry_run:
        context.fine("would put it in place and restart servers and workers one by one")
        return
    path, backup = context.kept["path"], keep(context)
    context.fine(f"what was in use is kept: {backup}")
    replace_secret(path, pathlib.Path(context.options.new).read_text(encoding="utf-8"))
    try:
        restart(context)
    except CouldNotCheck as error:
        context.critical(f"the new configuration does not work: {error}")
        replace_secret(path, backup.read_text(encoding="utf-8"))
        restart(context)
        context.warn("put back: the old configuration is in use")
        return
    context.fine("in use everywhere")


def restart(context):
    context.stack.read_environment_anew()
    restart_programs(context.stack)
    status, answer = request_json(context.settings.urls.public.rstrip("/") + "/health", seconds=context.settings.limits.http_seconds,
                                  trust=context.settings.urls.trust)
    if status != 200 or answer.get("status") == "unhealthy":
        raise CouldNotCheck(f"/health is {answer.get('status')}, HTTP {status}")


STEPS = [Step("before", survey, needed=True), Step("check", check, needed=True), Step("apply", apply)]

if __name__ == "__main__":
    main(Procedure("update_environment", "Configuration", __doc__, seconds=1800, steps=STEPS, changes=True, options=options))
