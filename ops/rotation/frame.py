"""What all rotations share: phases on record, so that a run that was cut off is taken up, and one that fails is undone."""
import json
import os
import pathlib
import time

from operations.errors import CouldNotCheck, Refused
from operations.procedure import state_folder
from operations.report import now, stamp
from operations.secret_files import new_secret, remove_secret, replace_secret


class Journal:
    """How far a rotation is: `done` phases, and what it keeps, which is never a secret."""

    def __init__(self, settings, name):
        self.path = state_folder(settings) / "rotation" / f"{name.replace(':', '-')}.json"
        self.path.parent.mkdir(exist_ok=True, mode=0o700)
        self.name, self.resumed, self.done, self.kept = name, self.path.exists(), [], {}
        if self.resumed:
            read = json.loads(self.path.read_text(encoding="utf-8"))
            self.done, self.kept = read["done"], read["kept"]

    def save(self):
        replace_secret(self.path, json.dumps({"name": self.name, "done": self.done, "kept": self.kept}))

    def close(self):
        self.path.unlink(missing_ok=True)


class Pending(Exception):
    """The next phase has to wait; the message says until when."""


class Rotation:
    """One secret. `phases` maps the name of a phase, which is a method, to what it does; each may be done twice."""

    name, secret, phases = "", "", {}

    def __init__(self, context):
        self.context, self.stack, self.settings = context, context.stack, context.settings
        self.table = {"access_token_seconds": 660, "grafana_user": "admin", "probe_user": "", "provider_urls": {}} | context.settings.other.get("rotation", {})
        self.journal = Journal(context.settings, self.name)

    def absent(self):
        """Why there is nothing to rotate here; empty when there is."""
        return "" if self.path().exists() else f"there is no secret {self.path()}"

    def undo(self, phase):
        """Puts back what this phase, which failed, has changed; True when nothing is left of the whole rotation."""
        raise NotImplementedError

    # Files: NAME in use; NAME.next and NAME.previous while it changes.

    def path(self, suffix=""):
        return self.stack.secret_path(self.secret + suffix)

    def read(self, suffix=""):
        return self.stack.secret(self.secret + suffix)

    def next(self):
        """The new secret, made once."""
        if not self.path(".next").exists():
            replace_secret(self.path(".next"), new_secret())
        return self.read(".next")

    def move(self):
        """The next becomes the one in use; the one before stays until `forget`."""
        if self.read() != self.next():
            self.keep()
            replace_secret(self.path(), self.next())

    def keep(self):
        """What is in use, unless that was done by a run before."""
        if not self.path(".previous").exists():
            replace_secret(self.path(".previous"), self.read())

    def move_back(self):
        if self.path(".previous").exists():
            replace_secret(self.path(), self.read(".previous"))

    def forget(self):
        for suffix in (".next", ".previous"):
            remove_secret(self.path(suffix))

    def health(self):
        from operations.web import request_json
        url = self.settings.urls.public.rstrip("/") + "/health"
        status, answer = request_json(url, seconds=self.settings.limits.http_seconds, trust=self.settings.urls.trust)
        if status != 200 or answer.get("status") == "unhealthy":
            raise CouldNotCheck(f"{url} is {answer.get('status')}, HTTP {status}")


def carry_on(rotation):
    """Its phases that are not done yet. A failure is told and undone; signals and the deadline leave it to be taken up. False when it stands
    between old and new, so that nothing else should be changed now."""
    context, journal = rotation.context, rotation.journal
    if journal.resumed and journal.done:
        context.fine(f"{rotation.name}: goes on after {journal.done[-1]}")
    journal.save()
    for phase in [name for name in rotation.phases if name not in journal.done]:
        context.progress(f"{rotation.name}: {phase}")
        pause(phase)
        try:
            getattr(rotation, phase)()
        except Pending as error:
            context.warn(f"{rotation.name}: {error}")
            audit(context, rotation, "pending")
            return True
        except (CouldNotCheck, Refused, OSError) as error:
            context.critical(f"{rotation.name}: {rotation.phases[phase]} failed: {error}")
            return put_back(rotation, phase)
        journal.done.append(phase)
        journal.save()
        context.fine(f"{rotation.name}: {rotation.phases[phase]}")
    journal.close()
    audit(context, rotation, "rotated")
    return True


def put_back(rotation, phase):
    """False when that failed too."""
    context = rotation.context
    try:
        whole = rotation.undo(phase)
    except (CouldNotCheck, OSError) as error:
        context.critical(f"{rotation.name}: what {phase} did could not be undone: {error}; run again when that is mended")
        audit(context, rotation, "failed, not undone")
        return False
    if whole:
        rotation.journal.close()
    context.warn(f"{rotation.name}: undone, " + ("the old one is in use" if whole else f"it stands as before '{phase}'; run again to go on"))
    audit(context, rotation, "failed, undone")
    return True


def audit(context, rotation, outcome):
    """One line of JSON in the state folder, for who did what when; no secret."""
    line = {"ts": stamp(now()), "procedure": context.procedure.name, "user": os.environ.get("SUDO_USER") or os.environ.get("USER") or str(os.getuid()),
            "secret": rotation.name, "done": rotation.journal.done, "outcome": outcome}
    path = pathlib.Path(state_folder(context.settings)) / "audit.jsonl"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(descriptor)


def pause(phase):
    """Tests stop a run before a phase, to kill it there."""
    if os.environ.get("OPERATIONS_PAUSE_BEFORE") == phase:
        print(f"paused before {phase}", flush=True)
        time.sleep(600)
