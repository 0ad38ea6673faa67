"""Everything that a repository of git ever held, searched for secrets: each content once, wherever it is referred to, or no longer is."""
import fnmatch
import pathlib
import re
import subprocess
import threading

from audit.secrets_known import PATTERNS
from operations.errors import CouldNotCheck
from operations.programs import run_program

MOST_BYTES = 1 << 20  # a larger file is no text that somebody writes


def git(folder, *words, stdin=None):
    # A repository of another owner is only read: its configuration runs nothing here.
    return run_program(["git", "-c", f"safe.directory={folder}", "-C", folder, *words], stdin=stdin, seconds=120)


def is_checkout(folder):
    return (pathlib.Path(folder) / ".git").exists()


def blobs(folder):
    """Ids of all contents that are small enough, and the path that each is known by, if any."""
    sizes = git(folder, "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype) %(objectsize)", "--unordered").stdout
    small = [words[0] for words in map(str.split, sizes.splitlines()) if words[1] != "tree" and int(words[2]) <= MOST_BYTES]
    paths = {}
    for line in git(folder, "rev-list", "--objects", "--all").stdout.splitlines():
        identifier, _, path = line.partition(" ")
        if path:
            paths.setdefault(identifier, path)
    return small, paths


def contents(folder, identifiers):
    """(id, bytes) of each, by one process."""
    with subprocess.Popen(["git", "-c", f"safe.directory={folder}", "-C", str(folder), "cat-file", "--batch", "--buffer"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        def feed():
            process.stdin.write("".join(identifier + "\n" for identifier in identifiers).encode())
            process.stdin.close()
        feeder = threading.Thread(target=feed, daemon=True)
        feeder.start()
        for _ in identifiers:
            head = process.stdout.readline().split()
            if len(head) != 3:
                raise CouldNotCheck(f"{folder}: git cat-file tells {b' '.join(head).decode(errors='replace')[:80]!r}")
            content = process.stdout.read(int(head[2]))
            process.stdout.read(1)
            yield head[0].decode(), content
        feeder.join()


def search_history(folder, known, ignored):
    """(where, what) of each secret; what only looks like one is left out where `ignored` globs match."""
    small, paths = blobs(folder)
    searched = known.searched
    anything = re.compile(b"|".join([*(re.escape(value) for _, value in searched), *PATTERNS.values()]))
    found = []
    for identifier, content in contents(folder, small):
        if anything.search(content) is None:
            continue
        path = paths.get(identifier, "")
        where = f"{path or 'a content that no commit refers to'} ({identifier[:10]})"
        found += [(where, f"the secret {name}") for name in known.named_in(content)]
        if not any(fnmatch.fnmatch(path, glob) for glob in ignored):
            found += [(where, name) for name, pattern in PATTERNS.items() if re.search(pattern, content)]
    return found
