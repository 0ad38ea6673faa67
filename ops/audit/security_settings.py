"""The table [security] of operations.toml. An empty list means: what the kind of stack usually has."""
import dataclasses
import pathlib

from operations.settings import read_table


@dataclasses.dataclass(frozen=True)
class SecuritySettings:
    installation: list = dataclasses.field(default_factory=list)  # folders and files whose permissions are judged
    owners: list = dataclasses.field(default_factory=lambda: ["root", "causal-gym"])  # names or numbers that may own them
    checkout: str = ""  # whose history is searched for secrets; empty: the checkout of these programs
    lock_files: list = dataclasses.field(default_factory=list)  # of npm; empty: every package-lock.json of the checkout
    unit_files: list = dataclasses.field(default_factory=lambda: [
        "/etc/systemd/system/causal-gym*", "/etc/systemd/system/*.service.d/*.conf", "/etc/causal-gym/*.env", "/etc/causal-gym/*.toml",
        "/etc/causal-gym/instances/*.env", "/etc/default/prometheus-*", "/etc/prometheus/*.yml"])  # globs; searched for secrets
    ignored_paths: list = dataclasses.field(default_factory=lambda: [
        "tests/*", "*_test.*", "docs/*"])  # globs in the history: what looks like a key there is an example; a real secret counts anywhere
    scanner: str = ""  # osv-scanner, grype, trivy or debsecan, by name or path; empty: the first that is there
    scanner_seconds: float = 600.0
    allow_list: str = "/etc/causal-gym/vulnerabilities.toml"
    warning_severity: str = "medium"
    critical_severity: str = "high"
    dpkg_status: str = "/var/lib/dpkg/status"
    nginx_dump: list = dataclasses.field(default_factory=list)  # words of a program that prints nginx's whole configuration
    ports: dict = dataclasses.field(default_factory=lambda: {
        "node-exporter": 9100, "postgres-exporter": 9187, "redis-exporter": 9121, "nginx-exporter": 9113,
        "cgroup-exporter": 9101})  # of a bare host, beside those that other tables name
    public: list = dataclasses.field(default_factory=lambda: ["nginx"])  # services that may listen on public addresses
    access_days: float = 7.0
    refused_least: int = 50  # answers of 401, 403, 404 and 429 of one client a day before they can be a spike
    refused_factor: float = 10.0  # and so many times the median of the other clients
    sign_in_failures: int = 20  # of one address in that time


def security_settings(settings):
    return read_table(SecuritySettings, settings.other.get("security", {}), f"{settings.file}: [security]")


def checkout_folder(security, settings_checkout):
    return pathlib.Path(security.checkout or settings_checkout)
