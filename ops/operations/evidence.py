"""What is kept of an incident: how the stack was found, before anything is changed, and a record of what was done; no secret is in it."""
import json
import pathlib

from operations import backups
from operations.errors import CouldNotCheck
from operations.programs import run_program
from operations.recovery_settings import recovery_settings
from operations.report import now

FOLDER = "evidence"
LEAST_SECRET = 8  # shorter words would be found in every text


class Evidence:
    """A folder of its own below BACKUPS/evidence, or below the state folder when there is none to write in."""

    def __init__(self, context, kind):
        self.context = context
        name = f"{now().strftime(backups.NAME_FORMAT)}-{kind}"
        for root in (context.settings.paths.backups, context.settings.paths.state):
            try:
                self.folder = pathlib.Path(root) / FOLDER / name
                self.folder.mkdir(mode=0o700, parents=True)
                break
            except OSError as error:
                failure = error
        else:
            raise CouldNotCheck(f"no evidence can be kept: {failure}")
        self.secrets = read_secrets(context.stack.secret_path("x").parent)

    def masked(self, text):
        for secret in self.secrets:
            text = text.replace(secret, "[masked]")
        return text

    def save(self, name, text):
        backups.write_whole(self.folder / name, self.masked(text))

    def gather(self):
        """Each piece by itself: what cannot be had is told instead."""
        for name, read in self.pieces().items():
            try:
                self.save(name, read())
            except (CouldNotCheck, OSError) as error:
                self.save(name, f"not to be had: {error}\n")
        return sorted(path.name for path in self.folder.iterdir())

    def pieces(self):
        context, stack = self.context, self.context.stack
        most = recovery_settings(context.settings).most_log_lines
        found = {"states.json": lambda: json.dumps([vars(state) for state in stack.states()], indent=1) + "\n",
                 "disks.txt": lambda: run_program(["df", "-h"]).stdout, "processes.txt": lambda: run_program(["ps", "axo", "pid,user,etime,stat,rss,comm"]).stdout,
                 "backups.txt": lambda: list_files(context.settings.paths.backups)}
        for service in ("app", "worker", "postgres", "nginx", "pgbouncer", "redis"):
            if service in stack.expected():
                found[f"log-{service}.txt"] = lambda service=service: "\n".join(list(stack.logs(service, 24))[-most:]) + "\n"
        if context.settings.file:
            found["operations.toml"] = lambda: pathlib.Path(context.settings.file).read_text(encoding="utf-8")
        if stack.kind == "compose":
            found |= {"containers.txt": lambda: run_program(["docker", "ps", "-a", "--no-trunc"]).stdout,
                      "images.txt": lambda: run_program(["docker", "images", "--digests", "--no-trunc"]).stdout,
                      "compose.yml": lambda: stack.compose("config").stdout}
        return found

    def record(self, told):
        """The record of how it went; its path."""
        self.save("record.json", json.dumps(told, indent=1, ensure_ascii=False) + "\n")
        return self.folder / "record.json"


def list_files(root):
    lines = []
    for path in sorted(pathlib.Path(root).glob("*/*")):
        told = path.stat()
        lines.append(f"{told.st_mode:o} {told.st_size:>12} {told.st_mtime:.0f} {path}")
    return "\n".join(lines) + "\n"


def read_secrets(folder):
    found = []
    for path in sorted(folder.glob("*")) if folder.is_dir() else []:
        if path.is_file():
            try:
                found.append(path.read_text(encoding="utf-8").strip())
            except (OSError, UnicodeDecodeError):
                continue
    return [secret for secret in sorted(found, key=len, reverse=True) if len(secret) >= LEAST_SECRET]
