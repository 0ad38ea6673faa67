"""Who listens where on this machine, as which user, with which rights, and what their environments hold; read from /proc."""
import collections
import dataclasses
import ipaddress
import os
import pathlib

LISTEN = "0A"
NET_BIND_SERVICE = 1 << 10


@dataclasses.dataclass(frozen=True)
class Listener:
    address: str
    port: int
    user: int
    inode: str

    @property
    def reach(self):
        """own (this machine), private (its networks), or public."""
        address = ipaddress.ip_address(self.address)
        address = getattr(address, "ipv4_mapped", None) or address
        if address.is_loopback:
            return "own"
        return "public" if address.is_unspecified or address.is_global else "private"


def parse_address(text):
    """`0100007F:1F90` as (address, port): words of 32 bits in the machine's order."""
    digits, _, port = text.partition(":")
    raw = b"".join(bytes.fromhex(digits[start:start + 8])[::-1] for start in range(0, len(digits), 8))
    return str(ipaddress.ip_address(raw)), int(port, 16)


def parse_tcp(text):
    """The listening sockets of /proc/net/tcp or tcp6."""
    found = []
    for line in text.splitlines()[1:]:
        words = line.split()
        if len(words) > 9 and words[3] == LISTEN:
            found.append(Listener(*parse_address(words[1]), int(words[7]), words[9]))
    return found


def listeners():
    found = []
    for name in ("/proc/net/tcp", "/proc/net/tcp6"):
        path = pathlib.Path(name)
        found += parse_tcp(path.read_text(encoding="ascii")) if path.exists() else []
    return found


def holders(inodes):
    """inode -> pids that hold it; processes that one may not look into are left out."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    found = collections.defaultdict(list)
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            for descriptor in os.scandir(process / "fd"):
                inode = wanted.get(os.readlink(descriptor.path))
                if inode:
                    found[inode].append(int(process.name))
        except OSError:
            continue
    return found


@dataclasses.dataclass(frozen=True)
class Process:
    pid: int
    user: int  # the effective one
    rights: int  # the effective capabilities, as bits
    environment: dict
    arguments: list


def read_process(pid):
    """None when it has ended or may not be looked into."""
    folder = pathlib.Path("/proc") / str(pid)
    try:
        lines = (folder / "status").read_text(encoding="utf-8", errors="replace").splitlines()
        status = {key: value.split() for key, _, value in (line.partition(":") for line in lines)}
        pairs = (entry.partition("=") for entry in (folder / "environ").read_bytes().decode(errors="replace").split("\0") if "=" in entry)
        arguments = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        return Process(pid, int(status["Uid"][1]), int(status["CapEff"][0], 16), {name: value for name, _, value in pairs}, arguments)
    except (OSError, KeyError, IndexError, ValueError):
        return None
