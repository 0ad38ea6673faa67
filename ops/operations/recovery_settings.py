"""The table [recovery] of operations.toml: how backups are tried, and what a recovery promises."""
import dataclasses

from operations.settings import read_table


@dataclasses.dataclass(frozen=True)
class RecoverySettings:
    nginx_check: list = dataclasses.field(default_factory=list)  # of a bare host: the words that check nginx's configuration
    access: str = "auto"  # whether a restored backup's server asks who is there: on, off, or auto: on where there is jwt_secret_key
    environment: dict = dataclasses.field(default_factory=dict)  # more variables for that server
    replays: int = 5  # so many of the newest finished runs are scored anew from their logs
    scratch: str = ""  # a folder for what is restored on trial; empty: the system's
    notify: str = ""  # a program that is given the path of the evidence record when a recovery has ended
    most_seconds: float = 300.0  # a recovery takes no longer
    most_lost_seconds: float = 60.0  # and loses no more than was written in them
    most_log_lines: int = 20000  # of each service, kept as evidence


def recovery_settings(settings):
    return read_table(RecoverySettings, settings.other.get("recovery", {}), "[recovery]")
