"""Where PostgreSQL's files are, with its programs and as their owner, whether it runs or not: on this host, or in a container beside its own."""
import os
import pathlib
import secrets

from operations.errors import CouldNotCheck
from operations.programs import open_program, run_program
from operations.recovery_settings import recovery_settings


class HostPlace:
    def __init__(self, context, cleanup):
        self.context, self.stack = context, context.stack
        self.data = pathlib.Path(context.settings.postgres.data)
        self.scratch = pathlib.Path(recovery_settings(context.settings).scratch or "/tmp")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}

    def argv(self, words):
        return self.stack.as_owner(words)

    def pgbackrest(self, words, **options):
        """Without a connection to PostgreSQL."""
        settings = self.context.settings.backups
        return self.run(["pgbackrest", f"--config={settings.pgbackrest_config}", f"--stanza={settings.stanza}", *words], **options)

    def run(self, words, *, seconds=None, stdin=None, check=True):
        return run_program(self.argv(list(map(str, words))), environment=self.environment, seconds=seconds or self.context.seconds_left, stdin=stdin,
                           check=check, folder="/")

    def open(self, words, stderr=None):
        return open_program(self.argv(list(map(str, words))), environment=self.environment, folder="/", stderr=stderr)

    # Files

    def exists(self, path):
        return self.run(["test", "-e", path], check=False).returncode == 0

    def make_folder(self, path):
        """With those above it, which are missing on an empty machine, as root where this is root."""
        parent = pathlib.Path(path).parent
        if not self.exists(parent):
            self.make_parents(parent)
        self.run(["mkdir", "-m", "700", path])

    def make_parents(self, parent):
        first = next(folder for folder in parent.parents if folder.exists())
        parent.mkdir(parents=True)
        if os.geteuid() == 0:
            for folder in [parent, *parent.parents]:
                if folder == first:
                    break
                os.chown(folder, *self.owner())

    def owner(self):
        import pwd
        told = pwd.getpwnam(self.context.settings.postgres.system_user)
        return told.pw_uid, told.pw_gid

    def free_bytes(self, path):
        return int(self.run(["df", "-B1", "--output=avail", path]).stdout.split()[-1])

    def write(self, path, text):
        self.run(["tee", path], stdin=text)


class ComposePlace(HostPlace):
    """A container of PostgreSQL's image with its volumes, in which nothing runs but what is asked for; it is removed at the end."""

    def __init__(self, context, cleanup):
        self.context, self.stack = context, context.stack
        self.name = f"causal-gym-place-{secrets.token_hex(4)}"
        self.environment = dict(os.environ)
        cleanup.callback(run_program, ["docker", "rm", "-f", self.name], check=False)
        self.stack.compose("run", "-d", "--no-deps", "--name", self.name, "--entrypoint", "sleep", "postgres", "infinity", seconds=300)
        self.data = pathlib.Path(self.run(["printenv", "PGDATA"]).stdout.strip())
        self.scratch = self.data.parent

    def argv(self, words):
        return ["docker", "exec", "-i", self.name, *words]

    def make_parents(self, parent):
        raise CouldNotCheck(f"{parent} is missing in the container of PostgreSQL")


def open_place(context, cleanup):
    return (ComposePlace if context.stack.kind == "compose" else HostPlace)(context, cleanup)
