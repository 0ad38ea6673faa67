"""Backups as they lie on disk, each in a folder of its own with a manifest; a folder without one is no backup.

    /backups/logical/20261127T020000Z/  database.dump  roles.sql  manifest.json  manifest.sha256  [verified.json]
    /backups/logical/.NAME.partial/     one that is being made, or was not finished; .NAME.removing/ is one that goes
    /backups/drill/                     what drills make: never restored from in earnest
    /backups/pgbackrest/                pgBackRest's own
    /backups/evidence/                  what a recovery found, and how it went
"""
import contextlib
import dataclasses
import datetime
import hashlib
import json
import os
import pathlib
import shutil

from operations.errors import CouldNotCheck
from operations.report import now

NAME_FORMAT = "%Y%m%dT%H%M%SZ"
FILES = ("database.dump", "roles.sql")
AREA, DRILL_AREA = "logical", "drill"
PARTIAL, REMOVING = ".partial", ".removing"
FORMAT = 1


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
        """When it was last restored and found whole, or None; what was said of another manifest does not count."""
        try:
            told = json.loads((self.folder / "verified.json").read_text(encoding="utf-8"))
            if told.get("manifest_sha256") != sha256(self.folder / "manifest.json"):
                return None
            return datetime.datetime.fromisoformat(told["at"])
        except (OSError, ValueError, KeyError, AttributeError):
            return None


def read_backup(folder):
    """ValueError or OSError when it is none."""
    folder = pathlib.Path(folder)
    made = datetime.datetime.strptime(folder.name, NAME_FORMAT).replace(tzinfo=datetime.timezone.utc)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise ValueError("the manifest names no files")
    return Backup(folder, made, manifest)


def list_backups(root, area=AREA):
    """Newest first; folders that are no whole backup are left out."""
    found = []
    for folder in (pathlib.Path(root) / area).glob("*"):
        with contextlib.suppress(ValueError, OSError):
            found.append(read_backup(folder))
    return sorted(found, key=lambda backup: backup.made, reverse=True)


def find_backup(root, name, areas=(AREA,)):
    """By its name, which is no path; CouldNotCheck says why there is none."""
    for area in areas:
        folder = pathlib.Path(root) / area / pathlib.PurePath(name).name
        if folder.is_dir():
            try:
                return read_backup(folder)
            except (ValueError, OSError) as error:
                raise CouldNotCheck(f"{folder} is no backup: {error}") from error
    known = ", ".join(backup.name for backup in list_backups(root)[:5]) or "none"
    raise CouldNotCheck(f"there is no backup {name} in {' or '.join(str(pathlib.Path(root) / area) for area in areas)}; the newest: {known}")


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_manifest(backup):
    path = backup.folder / "manifest.sha256"
    try:
        told = path.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        raise CouldNotCheck(f"{path} cannot be read: {error}") from error
    if told != [sha256(backup.folder / "manifest.json"), "manifest.json"]:
        raise CouldNotCheck(f"{backup.folder}/manifest.json was changed: its SHA-256 is not that of manifest.sha256")


def check_files(backup):
    """CouldNotCheck names the first file that is not what the manifest says, or that the manifest is not what was written."""
    check_manifest(backup)
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


# Making one


def fsync(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path, text):
    """Only its owner reads it; on disk when this returns."""
    with open(path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def new_backup(root, area, moment):
    """A folder to fill. It becomes a backup, on disk whole, when the block ends well; else nothing of it stays."""
    home = pathlib.Path(root) / area
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = moment.strftime(NAME_FORMAT)
    final, partial = home / name, home / f".{name}{PARTIAL}"
    if final.exists():
        raise CouldNotCheck(f"{final} is there already")
    partial.mkdir(mode=0o700)
    try:
        yield partial
        for path in [*partial.iterdir(), partial]:
            fsync(path)
        partial.rename(final)
        fsync(home)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def write_manifest(folder, told):
    """The last file of a backup, with its own sum; `told` gains the sums of the others."""
    files = {path.name: {"bytes": path.stat().st_size, "sha256": sha256(path)} for path in sorted(folder.iterdir())}
    write_whole(folder / "manifest.json", json.dumps({"format": FORMAT, **told, "files": files}, indent=1, ensure_ascii=False) + "\n")
    write_whole(folder / "manifest.sha256", f"{sha256(folder / 'manifest.json')}  manifest.json\n")


def mark_verified(backup, record):
    """Beside the backup: when and by what it was restored and found whole."""
    fresh = backup.folder / f".verified.{os.getpid()}"
    write_whole(fresh, json.dumps({"at": now().isoformat(), "manifest_sha256": sha256(backup.folder / "manifest.json"), **record}, indent=1) + "\n")
    fresh.rename(backup.folder / "verified.json")
    fsync(backup.folder)


# Letting them go


def leftovers(root):
    """Of programs that were killed; whoever looks holds the lock, so nobody is at them."""
    return [folder for area in (AREA, DRILL_AREA) for folder in (pathlib.Path(root) / area).glob(".*")
            if folder.name.endswith((PARTIAL, REMOVING)) and folder.is_dir()]


def remove(folder):
    """It is no backup any more before the first of its files goes."""
    gone = folder if folder.name.endswith((PARTIAL, REMOVING)) else folder.rename(folder.with_name(f".{folder.name}{REMOVING}"))
    shutil.rmtree(gone)


def kept(backups, daily, weekly, monthly):
    """Those to keep of `backups`, newest first: the newest of each of the last days, weeks and months that have one.

    All of the last day, and the newest that was verified, stay whatever the numbers are.
    """
    periods = ((daily, lambda made: made.date()), (weekly, lambda made: made.isocalendar()[:2]), (monthly, lambda made: (made.year, made.month)))
    names = {backup.name for backup in backups if backups[0].made - backup.made < datetime.timedelta(days=1)}
    names.update(backup.name for backup in [one for one in backups if one.verified][:1])
    for most, period in periods:
        newest = {}
        for backup in backups:
            newest.setdefault(period(backup.made), backup.name)
        names.update(list(newest.values())[:most])
    return [backup for backup in backups if backup.name in names]
