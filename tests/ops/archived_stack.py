"""A stack whose PostgreSQL archives its changes with pgBackRest, with runs in its database, for tests of backups and recovery."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess

from native_stack import MOST_SECONDS, NativeStack

ARCHIVE_SECONDS = 2
SETTINGS = ("unix_socket_directories={folder}/run", "archive_mode=on", f"archive_timeout={ARCHIVE_SECONDS}s",
            "archive_command=pgbackrest --config={folder}/etc/pgbackrest.conf --stanza=causal archive-push %p")
PGBACKREST = """
[global]
repo1-path={folder}/backups/pgbackrest
repo1-retention-full=2
start-fast=y
compress-type=zst
lock-path={folder}/run/pgbackrest
log-level-file=off
log-level-console=warn
[causal]
pg1-path={folder}/postgres/data
pg1-port={port}
pg1-socket-path={folder}/run
pg1-user=postgres
"""


class ArchivedStack(NativeStack):
    def __init__(self, program, only=("app", "postgres", "nginx"), **options):
        super().__init__(program, only=only, postgres_settings=SETTINGS, **options)

    def make_database(self, settings):
        (self.folder / "backups").chmod(0o711)
        repository = self.folder / "backups/pgbackrest"
        repository.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(repository, "postgres", "postgres")
        told = PGBACKREST.format(folder=self.folder, port=self.ports["postgres"])
        (self.folder / "etc/pgbackrest.conf").write_text(told, encoding="ascii")
        super().make_database(settings)

    def write_settings(self, **tables):
        tables["backups"] = {"pgbackrest_config": str(self.folder / "etc/pgbackrest.conf")} | tables.get("backups", {})
        super().write_settings(**tables)

    def add_run(self, trials=1):
        """A finished run of built-in agents; its id."""
        given = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "DATABASE_URL_FILE": str(self.folder / "secrets/database_url")}
        done = subprocess.run([self.program, "run", "-e", "sprinkler-v1", "-a", "ideal", "-a", "seeing", "--trials", str(trials), "--json"], env=given,
                              capture_output=True, text=True, timeout=MOST_SECONDS, check=True)
        return json.loads(done.stdout)

    def backups(self, area="logical"):
        """Names that anyone would take for backups, oldest first."""
        return sorted(path.name for path in (self.folder / "backups" / area).glob("2*"))

    def manifest(self, name, area="logical"):
        return json.loads((self.folder / "backups" / area / name / "manifest.json").read_text(encoding="utf-8"))


def flip(path, at=0.5):
    """One bit of one byte is another; returns what puts it back."""
    path = pathlib.Path(path)
    whole = path.read_bytes()
    broken = bytearray(whole)
    broken[int(len(broken) * at)] ^= 1
    path.write_bytes(broken)
    return lambda: path.write_bytes(whole)


def sum_manifest(path):
    """Its sum is right, whatever it says."""
    total = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_name("manifest.sha256").write_text(f"{total}  manifest.json\n", encoding="ascii")
