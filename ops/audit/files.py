"""Permissions of an installation's files: who may write them, who owns them, and what runs with another user's rights."""
import os
import pathlib
import pwd
import stat

from operations.errors import CouldNotCheck

FORMAT = r"%m\t%U\t%u\t%y\t%p\0"
MOST_FILES = 400_000
STICKY = 0o1000


def find_words(roots, owners):
    """A find that prints only what is wrong: writable by group or others, set-uid or set-gid, or of another owner. Links have no mode."""
    owned = [word for owner in owners for word in ("!", "-user", owner)]
    return ["find", *roots, "-xdev", "!", "-type", "l", "(", "-perm", "/022", "-o", "-perm", "/6000", "-o", "(", *owned, ")", ")",
            "-printf", FORMAT]


def parse_found(text, owners):
    """(path, what is wrong) for each; a folder that everybody may write to, but only owners delete from, is meant so."""
    found = []
    for line in text.split("\0"):
        if not line.strip():
            continue
        mode, number, name, kind, path = line.lstrip("\n").split("\t", 4)
        bits = int(mode, 8)
        wrong = []
        if bits & stat.S_IWOTH and not (kind == "d" and bits & STICKY):
            wrong.append("everybody may write to it")
        elif bits & stat.S_IWGRP:
            wrong.append("its group may write to it")
        if kind == "f" and bits & stat.S_ISUID:
            wrong.append(f"it runs as {name}, whoever starts it")
        if kind == "f" and bits & stat.S_ISGID:
            wrong.append("it runs with its group, whoever starts it")
        if number not in owners and name not in owners:
            wrong.append(f"its owner is {name}")
        if wrong:
            found.append((path, "; ".join(wrong) + f" (mode {bits:04o})"))
    return found


def known_owners(names):
    """Names and numbers of them; find refuses a name that the machine does not know."""
    found = []
    for name in names:
        try:
            found += [name] if name.isdigit() else [str(pwd.getpwnam(name).pw_uid)]
        except KeyError:
            continue
    return list(dict.fromkeys(found)) or ["0"]


def capabilities(roots):
    """Paths of programs that carry capabilities of their own, on this machine."""
    found, seen = [], 0
    for root in roots:
        files = [pathlib.Path(root)] if os.path.isfile(root) else (pathlib.Path(folder) / name for folder, _,
                                                                   names in os.walk(root) for name in names)
        for path in files:
            seen += 1
            if seen > MOST_FILES:
                raise CouldNotCheck(f"more than {MOST_FILES} files in {', '.join(map(str, roots))}")
            try:
                if path.is_file() and not path.is_symlink() and os.access(path, os.X_OK) and "security.capability" in os.listxattr(path):
                    found.append(str(path))
            except OSError:
                continue
    return found


def judge_secret_folder(folder, owners):
    """(name, what is wrong) of a folder of secrets: the folder for its owner alone, its files too, none of them executable or a link."""
    folder = pathlib.Path(folder)
    found = []
    for path in [folder, *sorted(folder.iterdir())]:
        told = path.lstat()
        bits = stat.S_IMODE(told.st_mode)
        if stat.S_ISLNK(told.st_mode):
            found.append((path.name, f"is a link to {os.readlink(path)}"))
            continue
        public = path.name == "tls_certificate" or (path != folder and path.is_dir())
        allowed = 0o755 if public else 0o700 if path == folder else 0o600
        if bits & ~allowed:
            found.append((path.name, f"has mode {bits:04o}, and at most {allowed:04o} is right"))
        if str(told.st_uid) not in owners:
            found.append((path.name, f"belongs to user {told.st_uid}"))
    return found
