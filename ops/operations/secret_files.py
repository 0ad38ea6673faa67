"""Secrets as files: replaced whole, readable by their owner alone, never printed."""
import os
import pathlib
import secrets

from operations.errors import CouldNotCheck, Refused


def new_secret():
    """384 random bits that need no escape in a URL, a shell or SQL."""
    return secrets.token_urlsafe(48)


def replace_secret(path, text):
    """Whole or not at all, with mode 0600; its owner stays, or is the folder's when the file is new."""
    path = pathlib.Path(path)
    like = path if path.exists() else path.parent
    try:
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, 0o600)
            if os.geteuid() == 0:
                os.fchown(descriptor, like.stat().st_uid, like.stat().st_gid)
            file.write(text.removesuffix("\n") + "\n")
            file.flush()
            os.fsync(descriptor)
        fresh.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise CouldNotCheck(f"the secret {path} cannot be replaced: {error.strerror}") from error


def sync_folder(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def remove_secret(path):
    pathlib.Path(path).unlink(missing_ok=True)


def check_folder(folder):
    """Refused unless a file can be put there, and others can not put theirs."""
    folder = pathlib.Path(folder)
    trial = folder / f".trial.{os.getpid()}"
    try:
        mode = folder.stat().st_mode
        trial.touch(mode=0o600, exist_ok=False)
        trial.unlink()
    except OSError as error:
        raise Refused(f"nothing can be written in the folder of secrets {folder}: {error.strerror}") from error
    if mode & 0o022:
        raise Refused(f"others than its owner can write in the folder of secrets {folder}: chmod go-w {folder}")
