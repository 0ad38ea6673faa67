"""Backups as they lie on disk, each in a folder of its own with a manifest; a folder without one is no backup.

    /backups/logical/20261127T020000Z/  database.dump  roles.sql  manifest.json  [verified.json]
    /backups/drill/                     what drills make: never restored from in earnest
    /backups/pgbackrest/                pgBackRest's own
"""
import dataclasses
import datetime
import hashlib
import json
import pathlib

from operations.errors import CouldNotCheck

NAME_FORMAT = "%Y%m%dT%H%M%SZ"
FILES = ("database.dump", "roles.sql")


@dataclasses.dataclass(frozen=True)
class Backup:
    folder: pathlib.Path
    made: datetime.datetime
    manifest: dict

    @property
    def name(self):
        return self.folder.name

    @property
    def size(self):
        return sum(entry["bytes"] for entry in self.manifest["files"].values())

    @property
    def verified(self):
        """When it was last restored and found whole, or None."""
        path = self.folder / "verified.json"
        if not path.exists():
            return None
        return datetime.datetime.fromisoformat(json.loads(path.read_text(encoding="utf-8"))["at"])


def list_backups(root):
    """Newest first; folders that are no whole backup are left out."""
    found = []
    for folder in (pathlib.Path(root) / "logical").glob("*"):
        try:
            made = datetime.datetime.strptime(folder.name, NAME_FORMAT).replace(tzinfo=datetime.timezone.utc)
            manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            found.append(Backup(folder, made, manifest))
        except (ValueError, OSError):
            continue
    return sorted(found, key=lambda backup: backup.made, reverse=True)


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_files(backup):
    """CouldNotCheck names the first file that is not what the manifest says; else the dump's own list of contents is read."""
    for name in FILES:
        if name not in backup.manifest["files"]:
            raise CouldNotCheck(f"{backup.folder}: the manifest has no {name}")
    for name, entry in backup.manifest["files"].items():
        path = backup.folder / name
        if not path.is_file():
            raise CouldNotCheck(f"{path} is missing")
        if path.stat().st_size != entry["bytes"]:
            raise CouldNotCheck(f"{path} has {path.stat().st_size} bytes, not {entry['bytes']}")
        if sha256(path) != entry["sha256"]:
            raise CouldNotCheck(f"{path} was changed: its SHA-256 is not the manifest's")
