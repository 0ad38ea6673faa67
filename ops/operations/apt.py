"""What apt would change on this machine, and the packages of an installation without Debian's newest security."""
import dataclasses
import re

from operations.programs import run_program

INSTALLS = re.compile(r"Inst (\S+) (?:\[(\S+)\] )?\((\S+) (.*?)(?: \[[^\]]*\])?\)")
SECURITY = ("Debian-Security:", "-security")
MOST_SECONDS = 1800


@dataclasses.dataclass(frozen=True)
class Upgrade:
    name: str
    before: str
    after: str
    origins: str

    @property
    def is_security(self):
        return any(word in self.origins for word in SECURITY)


def apt(options, *words, check=True):
    """apt-get with the settings' own options, which lead it to another root; it never asks."""
    return run_program(["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C", "apt-get", "-q", *options, *words], seconds=MOST_SECONDS, check=check)


def upgrades(options):
    """What a full upgrade would replace."""
    found = (INSTALLS.match(line) for line in apt(options, "-s", "dist-upgrade").stdout.splitlines())
    return [Upgrade(match[1], match[2], match[3], match[4]) for match in found if match and match[2]]


def install(options, versions):
    """These packages in these versions, and nothing that they do not need; also older ones than there are."""
    apt(options, "install", "-y", "--no-install-recommends", "--only-upgrade", "--allow-downgrades", *(f"{name}={version}" for name, version in versions))


def can_install(options, versions):
    words = [f"{name}={version}" for name, version in versions]
    return apt(options, "-s", "install", "--allow-downgrades", *words, check=False).returncode == 0
