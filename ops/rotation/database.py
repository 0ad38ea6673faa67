"""Passwords of PostgreSQL's roles. PostgreSQL keeps only what SCRAM makes of them, which is made here: no statement has a password."""
import contextlib

from operations.errors import CouldNotCheck
from operations.exposition import parse_exposition
from operations.rolling import restart_programs
from operations.scram import scram_verifier
from operations.secret_files import new_secret, remove_secret, replace_secret
from operations.stack import wait_until
from rotation.frame import Rotation

CONSOLE_SECONDS, EXPORTER_SECONDS = 10, 30
EXPORTER, MONITOR = "postgres-exporter", "causal_monitor"

# Neither the log nor pg_stat_statements keeps what follows in the session.
QUIETLY = ("SET log_statement = 'none'; SET log_min_duration_statement = -1; SET log_min_error_statement = 'panic';"
           " SET pg_stat_statements.track_utility = off; ")


def set_password(stack, role, password):
    stack.admin_sql(QUIETLY + f"ALTER ROLE \"{role}\" PASSWORD '{scram_verifier(password)}';")


class RolePassword(Rotation):
    """Of a role of PostgreSQL: `role`."""

    def finish(self):
        self.old_must_be_refused()
        self.forget()

    def old_must_be_refused(self):
        if self.path(".previous").exists() and self.stack.signs_in(self.role, self.read(".previous")):
            raise CouldNotCheck(f"the old password of {self.role} is still taken")


class DatabasePassword(RolePassword):
    """By a second role that may and owns the same: while all servers use it, nobody needs the password that changes."""

    name, secret = "database", "database_password"
    phases = {"bridge": "every server and worker signs in as the second role", "switch": "they sign in as the first one again, with its new password",
              "finish": "the second role is gone, the old password is refused"}

    @property
    def role(self):
        return self.settings.postgres.user

    @property
    def second(self):
        return f"{self.role}_bridge"

    def bridge(self):
        path = self.stack.secret_path(f"{self.second}_password")
        if not path.exists():
            replace_secret(path, new_secret())
        password = self.stack.secret(f"{self.second}_password")
        there = self.stack.admin_sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{self.second}'")
        self.stack.admin_sql(
            QUIETLY + ("" if there else f'CREATE ROLE "{self.second}"; ') +
            f"ALTER ROLE \"{self.second}\" LOGIN PASSWORD '{scram_verifier(password)}';"
            f' GRANT "{self.role}" TO "{self.second}"; ALTER ROLE "{self.second}" SET role = \'{self.role}\';')
        self.must_sign_in(self.second, password)
        self.keep()
        self.stack.tell_database(self.second, password)
        restart_programs(self.stack)
        self.health()

    def switch(self):
        others = self.others()
        if others:
            self.context.warn(f"{self.name}: {others} connections of {self.role} are left that are not of this stack's servers: they need the new password")
        new = self.next()
        set_password(self.stack, self.role, new)
        self.must_sign_in(self.role, new)
        self.move()
        self.stack.tell_database(self.role, new)
        restart_programs(self.stack)
        self.health()

    def finish(self):
        self.old_must_be_refused()
        self.drop_second()
        self.forget()

    def undo(self, phase):
        if phase == "finish":
            return False
        if self.path(".previous").exists():
            self.move_back()
            set_password(self.stack, self.role, self.read())
            self.stack.tell_database(self.role, self.read())
            restart_programs(self.stack)
        self.drop_second()
        self.forget()
        return True

    def must_sign_in(self, user, password):
        for through in (False, True):
            if not self.stack.signs_in(user, password, through_pooler=through):
                raise CouldNotCheck(f"{user} is refused with its new password" + (" through PgBouncer" if through else ""))

    def others(self):
        """Clients that PgBouncer has of the first role, when all of ours use the second."""
        if "pgbouncer" not in self.stack.expected():
            return 0
        return sum(row["user"] == self.role for row in self.stack.pooler("SHOW CLIENTS"))

    def drop_second(self):
        if self.stack.admin_sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{self.second}'"):
            self.stack.admin_sql(f'ALTER ROLE "{self.second}" NOLOGIN PASSWORD NULL')
            self.stack.admin_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{self.second}'")
            self.stack.admin_sql(f'DROP ROLE "{self.second}"')
        remove_secret(self.stack.secret_path(f"{self.second}_password"))


class MonitorPassword(RolePassword):
    """Of the role that the exporter of PostgreSQL has, which is its only client: it keeps its connection while the password changes, and makes a
    new one when it has been restarted."""

    name, secret, role = "monitor", "monitor_password", MONITOR
    phases = {"switch": "the exporter of PostgreSQL signs in with the new password", "finish": "the old password is refused"}

    def absent(self):
        return super().absent() or ("" if self.role_is_there() else f"there is no role {self.role}")

    def role_is_there(self):
        with contextlib.suppress(CouldNotCheck):  # who cannot be asked is found out when it is to be changed
            return bool(self.stack.admin_sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{self.role}'"))
        return True

    def switch(self):
        runs = EXPORTER in self.stack.expected() and self.stack.runs(EXPORTER)
        if runs and not self.path(".previous").exists() and not self.exporter_signs_in():
            raise CouldNotCheck(f"{EXPORTER} does not reach PostgreSQL with the password of now: mend that first")
        set_password(self.stack, self.role, self.next())
        if not self.stack.signs_in(self.role, self.next()):
            raise CouldNotCheck(f"{self.role} is refused with its new password")
        self.move()
        if not runs:
            self.context.warn(f"{self.name}: {EXPORTER} does not run; it reads the new password when it starts")
            return
        self.stack.restart(EXPORTER)
        wait_until(self.exporter_signs_in, f"pg_up of {EXPORTER}, which must read {self.path()} when it starts (docs/operations/hosts.md),", EXPORTER_SECONDS)

    def exporter_signs_in(self):
        with contextlib.suppress(CouldNotCheck, ValueError):
            samples, _ = parse_exposition(self.stack.exported())
            return any(sample.name == "pg_up" and sample.value == 1 for sample in samples)
        return False

    def undo(self, phase):
        if phase == "finish":
            return False
        self.move_back()
        set_password(self.stack, self.role, self.read())
        if EXPORTER in self.stack.expected() and self.stack.runs(EXPORTER):
            self.stack.restart(EXPORTER)
        self.forget()
        return True


class PoolerPassword(RolePassword):
    """Of the role with which PgBouncer looks secrets up. It holds clients back for the moment between PostgreSQL's change and its own."""

    name, secret = "pgbouncer", "pgbouncer_password"
    phases = {"switch": "PgBouncer signs in with its new password", "finish": "the old password is refused"}

    def absent(self):
        return super().absent() or ("" if "pgbouncer" in self.stack.expected() else "there is no PgBouncer")

    @property
    def role(self):
        return self.settings.pgbouncer.admin

    def switch(self):
        self.set(self.next())
        self.move()
        self.verify(self.next())

    def set(self, password):
        self.find_console()
        with self.stack.pooler_held():
            set_password(self.stack, self.role, password)
            self.stack.tell_pooler(self.role, password)

    def find_console(self):
        """Whichever of the two PgBouncer takes now."""
        for suffix in ("", ".next", ".previous"):
            self.stack.pooler_secret = self.secret + suffix
            if self.path(suffix).exists():
                try:
                    self.stack.pooler("SHOW VERSION")
                    return
                except CouldNotCheck:
                    continue
        raise CouldNotCheck(f"PgBouncer's console refuses {self.role}")

    def verify(self, password):
        self.stack.pooler_secret = self.secret
        if not self.stack.signs_in(self.role, password):
            raise CouldNotCheck(f"{self.role} is refused with its new password")
        wait_until(self.console_answers, "PgBouncer's console with the new password", CONSOLE_SECONDS)
        if not self.stack.signs_in(self.settings.postgres.user, self.stack.secret(self.settings.postgres.user_password), through_pooler=True):
            raise CouldNotCheck(f"{self.settings.postgres.user} is not let in through PgBouncer any more")
        self.health()

    def console_answers(self):
        with contextlib.suppress(CouldNotCheck):
            self.stack.pooler("SHOW VERSION")
            return True
        return False

    def undo(self, phase):
        if phase == "finish":
            return False
        self.move_back()
        self.set(self.read())
        self.forget()
        return True
