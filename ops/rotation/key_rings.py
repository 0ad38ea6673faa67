"""Key rings, `kid:secret` a line: the first key is for what is new, all of them for what there is (docs/security/access.md)."""
import datetime
import secrets
import time

from operations.errors import CouldNotCheck
from operations.rolling import restart_programs
from rotation.frame import Pending, Rotation
from rotation.probes import TokenProbe
from operations.secret_files import new_secret, remove_secret, replace_secret

MOST_KEYS = 8


def lines_of(ring):
    return [line.strip() for line in ring.splitlines() if line.strip() and not line.strip().startswith("#")]


class KeyRing(Rotation):
    """The new key is accepted everywhere before any server uses it, and used everywhere before the old one goes."""

    phases = {"accept": "the new key is accepted everywhere", "use": "the new key is in use everywhere", "retire": "the old key is retired"}

    def __init__(self, context):
        super().__init__(context)
        self.journal.kept.setdefault("kid", time.strftime("%Y%m%d-", time.gmtime()) + secrets.token_hex(3))
        self.probe = TokenProbe(self.stack, self.table["probe_user"])

    def new_line(self, ring):
        return next((line for line in ring if line.startswith(self.journal.kept["kid"] + ":")), None)

    def put(self, ring):
        """Everywhere; the ring from before this phase is kept for `undo`."""
        if not self.path(".previous").exists():
            replace_secret(self.path(".previous"), self.read())
        self.probe.sign_in()
        replace_secret(self.path(), "\n".join(ring))
        restart_programs(self.stack)
        self.health()
        self.probe.check()

    def settle(self):
        remove_secret(self.path(".previous"))

    def accept(self):
        ring = lines_of(self.read())
        if self.new_line(ring) is None:
            if len(ring) >= MOST_KEYS:
                raise CouldNotCheck(f"{self.path()} has {len(ring)} keys already")
            ring.append(f"{self.journal.kept['kid']}:{new_secret()}")
        self.put(ring)
        self.settle()

    def use(self):
        ring = lines_of(self.read())
        new = self.new_line(ring)
        if new is None:
            raise CouldNotCheck(f"{self.path()} has lost the key {self.journal.kept['kid']}")
        self.put([new, *(line for line in ring if line != new)])
        self.journal.kept["due"] = time.time() + self.table["access_token_seconds"]
        self.settle()

    def retire(self):
        wait_for(self.journal.kept["due"])
        ring = lines_of(self.read())
        needed = self.needed(ring)
        if needed != ring:
            self.put(needed)
        self.settle()

    def needed(self, ring):
        return ring[:1]

    def undo(self, phase):
        if self.path(".previous").exists():
            replace_secret(self.path(), self.read(".previous"))
            restart_programs(self.stack)
            self.settle()
        return phase == "accept"


def wait_for(due):
    if time.time() < due:
        at = datetime.datetime.fromtimestamp(due, datetime.timezone.utc)
        raise Pending(f"the old key is retired after {at:%Y-%m-%d %H:%M:%S} UTC, when no token of it is left: run with --retire then")


class JwtKeys(KeyRing):
    name, secret = "jwt", "jwt_secret_key"

    def use(self):
        super().use()
        if self.probe.user and self.probe.signed_by() != self.journal.kept["kid"]:
            raise CouldNotCheck(f"tokens are signed with {self.probe.signed_by()}, not with {self.journal.kept['kid']}")


class SecondFactorKeys(KeyRing):
    """A key stays while a device is kept under it."""

    name, secret = "second_factor", "second_factor_key"

    def needed(self, ring):
        kept = {row[0] for row in self.stack.sql("SELECT DISTINCT split_part(secret, ':', 1) FROM second_factors")}
        bare = [line for line in ring[1:] if ":" not in line]  # its id is a digest: it stays while anything is kept under an id that no line has
        known = {line.split(":", 1)[0] for line in ring if ":" in line}
        stays = [line for line in ring[1:] if line.split(":", 1)[0] in kept or (line in bare and kept - known)]
        if stays:
            self.context.fine(f"{self.name}: {len(stays)} old keys stay, as devices are kept under them")
        return [ring[0], *stays]
