"""Who listens and who is connected on a port of this machine, as /proc tells it: how one sees that a drain is over."""
import contextlib
import os
import pathlib

ESTABLISHED, LISTENING = "01", "0A"


def rows(port, state):
    """(inode of the socket) of each TCP socket of this port on our side that is in this state."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError), open(table, encoding="ascii") as lines:
            next(lines)
            for line in lines:
                words = line.split()
                if words[3] == state and int(words[1].rsplit(":", 1)[1], 16) == port:
                    yield int(words[9])


def connections(port):
    """How many are connected to what listens on this port."""
    return sum(1 for _ in rows(port, ESTABLISHED))


def processes_with(inodes):
    """Process ids that hold one of these sockets; only processes that we may look into are seen."""
    wanted = {f"socket:[{inode}]" for inode in inodes}
    found = set()
    for folder in pathlib.Path("/proc").glob("[0-9]*") if wanted else ():
        with contextlib.suppress(OSError):
            if any(read_link(file) in wanted for file in (folder / "fd").iterdir()):
                found.add(int(folder.name))
    return found


def read_link(path):
    try:
        return os.readlink(path)
    except OSError:
        return ""


def nginx_workers(port):
    """nginx's workers that accept on this port; one that has been told to finish no longer does."""
    return {pid for pid in processes_with(set(rows(port, LISTENING))) if command_line(pid).startswith("nginx: worker process")}


def command_line(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
