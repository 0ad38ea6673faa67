"""weekly_security_audit.sh on a whole stack: well when all is well, what is planted is told, and no secret is in any report."""
import contextlib
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import urllib.error
import urllib.request

from audited_stack import AuditedStack
from native_stack import HERE, ROOT, UNITS, findings

from audit.allow_list import read_allow_list
from audit.scanners import Vulnerability, parse_npm, scan
from operations.errors import CouldNotCheck

SERVICES = ("app", "postgres", "redis", "nginx", "pgbouncer", "node-exporter", "postgres-exporter", "redis-exporter")
FAULT = {"id": "CVE-2099-0001", "package": "openssl", "severity": "high", "score": "8.1", "fixed": "99.0-1"}
NPM_ANSWER = {"auditReportVersion": 2, "vulnerabilities": {
    "left-pad": {"name": "left-pad", "severity": "moderate", "range": "*", "fixAvailable": False, "via": [
        {"source": 1, "name": "left-pad", "title": "t", "url": "https://github.com/advisories/GHSA-aaaa-bbbb-cccc", "severity": "moderate",
         "range": "<2"}]},
    "right-pad": {"name": "right-pad", "severity": "moderate", "range": "*", "fixAvailable": False, "via": ["left-pad"]}}}
# Made here, of the forms that real ones have; none was ever anybody's.
PLANTED = ["sk-" + "Zq3v" * 9, "AKIA" + "Q7Z4" * 4, "ghp_" + "aB3d" * 9]


class Audit:
    def __init__(self, stack):
        self.stack, self.seen = stack, []
        self.scanners, self.faults = stack.folder / "scanners", stack.folder / "scanners/faults.json"
        self.scanners.mkdir()
        for name in ("osv-scanner", "grype", "trivy", "debsecan"):
            shutil.copy(HERE / "fake_scanner.py", self.scanners / name)
            (self.scanners / name).chmod(0o755)
        (self.scanners / "npm-answer.json").write_text(json.dumps(NPM_ANSWER), encoding="ascii")
        self.know([])

    def know(self, faults):
        self.faults.write_text(json.dumps(faults), encoding="ascii")

    def run(self, *arguments):
        """(code, report). Whatever was printed is kept, to be searched for secrets at the end."""
        path = f"{self.scanners}:{os.environ['PATH']}"
        code, report = self.stack.procedure("weekly_security_audit", *arguments,
                                            environment={"FAKE_FAULTS": str(self.faults), "PATH": path})
        self.seen.append(json.dumps(report))
        return code, report

    def tells(self, step, severity, *words):
        """Runs that step; the one finding of that severity in it that has these words."""
        code, report = self.run("--step", step)
        found = [text for text in findings(report, step, severity) if all(word in text for word in words)]
        assert found, (step, severity, words,
                       [(one["step"], one["severity"], one["message"]) for one in report["findings"] if one["severity"] != "fine"])
        assert code == {"critical": 2, "warning": code if code else None, "unchecked": code if code in (2, 3) else None}[severity], (code,
                                                                                                                                     found)
        return found[0]

    def well(self, *arguments):
        code, report = self.run(*arguments)
        assert code == 0, (code, [(one["step"], one["message"]) for one in report["findings"] if one["severity"] != "fine"])
        return report


def test_well(audit):
    report = audit.well()
    assert {finding["step"] for finding in report["findings"]} == {
        "beginning", "components", "vulnerabilities", "permissions", "running", "services", "secrets", "history", "access"}
    running = " ".join(findings(report, "running", "fine"))
    assert all(name in running for name in ("app:", "postgres:", "redis:", "nginx:", "pgbouncer:", "node-exporter:")), running
    services = " ".join(findings(report, "services", "fine"))
    assert all(word in services for word in ("configuration is right", "Redis asks", "PostgreSQL:", "scram-sha-256", "site.pem")), services
    metrics = (audit.stack.folder / "metrics/certificates.prom").read_text(encoding="ascii")
    assert 'causal_certificate_not_after_timestamp_seconds{file="site.pem"}' in metrics


def test_components(audit):
    """The list is CycloneDX's by its own schema, and holds what dpkg says by another road."""
    path = audit.stack.folder / "state/components/host.cdx.json"
    judge = [shutil.which("node"), HERE / "sbom/judge.mjs"]
    subprocess.run([*judge, path], check=True, timeout=60)
    bill = json.loads(path.read_text(encoding="utf-8"))
    broken = audit.stack.folder / "run/broken.cdx.json"
    broken.write_text(json.dumps(bill | {"components": [{"name": "no type"}]}), encoding="ascii")
    assert subprocess.run([*judge, broken], capture_output=True,
                          timeout=60).returncode == 1, "the judge refuses what is no list of components"
    told = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package} ${Version}\n"], check=True, capture_output=True,
                          text=True).stdout
    installed = {tuple(line.split()[1:]) for line in told.splitlines() if line.startswith("installed ")}
    listed = {(one["name"], one["version"]) for one in bill["components"] if one.get("purl", "").startswith("pkg:deb/debian/")}
    assert listed == installed, (listed ^ installed)
    purls = {one["purl"]: one for one in bill["components"] if "purl" in one}
    assert purls["pkg:npm/left-pad@1.3.0"]["hashes"][0]["alg"] == "SHA-512" and purls["pkg:npm/%40scope/part@2.0.0"]["scope"] == "excluded"
    program = bill["metadata"]["component"]
    digest = subprocess.run(["sha256sum", audit.stack.program], check=True, capture_output=True, text=True).stdout.split()[0]
    version = subprocess.run([audit.stack.program, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    assert program["hashes"] == [{"alg": "SHA-256", "content": digest}] and program["version"] == version, program


def test_scanners(audit):
    """Each is given the list that it understands, and its answer understood; what fails is not taken for good news."""
    bill = json.loads((audit.stack.folder / "state/components/host.cdx.json").read_text(encoding="utf-8"))
    status = pathlib.Path("/var/lib/dpkg/status").read_text(encoding="utf-8")
    os.environ["FAKE_FAULTS"] = str(audit.faults)

    def scan_with(name):
        return scan(name, str(audit.scanners / name), bill, status, "12", audit.stack.folder / "run", 60)
    for name in ("osv-scanner", "grype", "trivy", "debsecan"):
        audit.know([FAULT])
        found = scan_with(name)
        assert len(found) == 1 and FAULT["id"] in (found[0].id, *found[0].aliases) and found[0].severity == "high", (name, found)
        assert found[0].fixed == ("there is one" if name == "debsecan" else "99.0-1"), found
        audit.know([])
        assert scan_with(name) == [], name
        audit.know({"fail": "the database of vulnerabilities cannot be loaded"})
        with contextlib.suppress(CouldNotCheck):
            raise AssertionError(f"{name} failed, and that was taken for {scan_with(name)}")
    given = {name: json.loads((audit.scanners / f"given-{name}.json").read_text(encoding="utf-8")) for name in ("osv-scanner", "trivy")}
    purls = [one.get("purl", "") for one in given["osv-scanner"]["components"]]
    assert any(purl.startswith("pkg:deb/debian/openssl@") and "arch=source" in purl for purl in purls) and not any("/libssl3@" in purl
                                                                                                                   for purl in purls)
    assert {"name": "aquasecurity:trivy:SrcName", "value": "openssl"} in [
        entry for one in given["trivy"]["components"] if one["name"] == "libssl3" for entry in one["properties"]]
    npm = parse_npm(json.loads((audit.scanners / "npm-answer.json").read_text(encoding="ascii")))
    assert [(one.id, one.package, one.severity) for one in npm] == [("GHSA-aaaa-bbbb-cccc", "left-pad", "medium")], npm
    audit.stack.write_settings(security={"scanner": "no-such-scanner"})
    code, report = audit.run("--step", "vulnerabilities")
    assert code == 3 and "install no-such-scanner" in findings(report, "vulnerabilities", "unchecked")[0], (code, report["findings"])
    audit.stack.write_settings()


def test_allow_list(audit):
    path = audit.stack.folder / "etc/vulnerabilities.toml"
    today = datetime.datetime.now(datetime.timezone.utc).date()

    def allow(identifier, days, more=""):
        path.write_text(f'[[allow]]\nid = "{identifier}"\nuntil = {today + datetime.timedelta(days=days)}\nreason = "not reachable"\n{more}', encoding="ascii")
    audit.know([FAULT, FAULT | {"id": "CVE-2099-0002", "severity": "low", "score": "3.1"}])
    allow(FAULT["id"], 30)
    audit.well("--step", "vulnerabilities")
    allow(FAULT["id"], -1)
    audit.tells("vulnerabilities", "critical", FAULT["id"])
    assert any("has ended on" in text for text in findings(json.loads(audit.seen[-1]), "vulnerabilities", "warning"))
    for more, days in (("because = 1\n", 30), ("", 500)):
        allow(FAULT["id"], days, more)
        with contextlib.suppress(CouldNotCheck):
            raise AssertionError(read_allow_list(path, today))
    allow("CVE-2099-9999", 30)
    assert not read_allow_list(path, today)[0].covers(Vulnerability(FAULT["id"], "openssl", "1", "high"))
    assert read_allow_list(path, today)[0].covers(Vulnerability("DEBIAN-1", "openssl", "1", "high", "", ("CVE-2099-9999",)))
    path.unlink()
    audit.know([])


def test_permissions(audit):
    folder = audit.stack.folder
    plants = [("etc/prometheus.yml", 0o666, "everybody may write"), ("etc/targets", 0o775, "its group may write"),
              ("bin/causal-gym", 0o4755, "it runs as"),
              ("secrets", 0o755, "has mode 0755"), ("secrets/jwt_secret_key", 0o640, "has mode 0640")]
    before = {name: (folder / name).stat().st_mode & 0o7777 for name, _, _ in plants}
    for name, mode, _ in plants:
        (folder / name).chmod(mode)
    shown = folder / "etc/upstream.conf"
    if os.geteuid() == 0:
        os.chown(shown, 12345, 0)
    _, report = audit.run("--step", "permissions")
    told = findings(report, "permissions", "critical")
    for name, _, what in plants:
        assert any(name.rsplit("/", 1)[-1] in text and what in text for text in told), (name, told)
    assert os.geteuid() != 0 or any("upstream.conf: its owner is 12345" in text for text in told), told
    assert len(told) == len(plants) + (os.geteuid() == 0), told
    for name, mode in before.items():
        (folder / name).chmod(mode)
    if os.geteuid() == 0:
        os.chown(shown, 0, 0)


def test_running(audit):
    """A server that listens everywhere, as root, with a secret in its variables: its unit is changed, and the service started again."""
    path = audit.stack.folder / "units.json"
    whole = path.read_text(encoding="utf-8")
    units = json.loads(whole)
    unit = units[UNITS["node-exporter"]]
    unit["argv"][1] = f"--web.listen-address=0.0.0.0:{audit.stack.ports['node']}"
    unit["environment"] = {"BACKUP_ACCESS_KEY": PLANTED[1], "SOME_KEY_FILE": "/nowhere",
                           "UPSTREAM": "http://ada:" + "lovelace-1815" + "@example.com/"}
    unit.pop("user")
    path.write_text(json.dumps(units, indent=1), encoding="utf-8")
    audit.stack.supervise("restart", UNITS["node-exporter"])
    audit.stack.wait(lambda: audit.stack.get(f"http://127.0.0.1:{audit.stack.ports['node']}/"), "the exporter")
    _, report = audit.run("--step", "running", "--step", "secrets")
    told = findings(report, "running")
    assert any("node-exporter: listens on" in text for text in told), told
    assert os.geteuid() != 0 or "node-exporter: runs as root" in told, told
    assert any("BACKUP_ACCESS_KEY" in text for text in told) and any("UPSTREAM" in text for text in told), told
    assert not any("SOME_KEY_FILE" in text for text in told), told
    secrets = findings(report, "secrets", "critical")
    assert any("units.json holds" in text and "AWS" in text for text in secrets), secrets
    path.write_text(whole, encoding="utf-8")
    audit.stack.supervise("restart", UNITS["node-exporter"])


def test_services(audit):
    stack = audit.stack
    stack.psql("CREATE ROLE helper_of_all SUPERUSER; ALTER ROLE causal_user CREATEROLE; SET password_encryption = 'md5'; "
               "CREATE ROLE old LOGIN PASSWORD 'an old way of keeping it'", database="postgres")
    hba = stack.folder / "postgres/data/pg_hba.conf"
    whole = hba.read_text(encoding="utf-8")
    hba.write_text("host all visitor 10.0.0.0/8 trust\n" + whole, encoding="utf-8")
    redis = ["redis-cli", "-p", str(stack.ports["redis"]), "--no-auth-warning"]
    given = os.environ | {"REDISCLI_AUTH": stack.secret("redis_password")}
    subprocess.run([*redis, "acl", "setuser", "default", "on", "nopass", "+@all"], check=True, capture_output=True, env=given, timeout=20)
    bouncer = stack.folder / "etc/pgbouncer.ini"
    right = bouncer.read_text(encoding="utf-8")
    bouncer.write_text(right.replace("scram-sha-256", "trust"), encoding="utf-8")
    nginx = stack.folder / "etc/nginx.conf"
    quiet = nginx.read_text(encoding="utf-8")
    nginx.write_text(quiet.replace("server_tokens off;", "ssl_protocols TLSv1.1 TLSv1.2;"), encoding="utf-8")
    stack.make_certificate(2)
    _, report = audit.run("--step", "services")
    told = " | ".join(findings(report, "services"))
    for words in ("helper_of_all is a superuser", "causal_user has CREATEROLE", "password of old is kept as MD5",
                  "lets visitor into all from 10.0.0.0 by trust",
                  "without a password", "may run flushall", "auth_type is trust", "nginx accepts TLSv1.1", "tells its version",
                  "site.pem ends in 2.0 days"):
        assert words in told, (words, told)
    hba.write_text(whole, encoding="utf-8")
    stack.psql("DROP ROLE helper_of_all, old; ALTER ROLE causal_user NOCREATEROLE", database="postgres")
    bouncer.write_text(right, encoding="utf-8")
    nginx.write_text(quiet, encoding="utf-8")
    stack.make_certificate(90)
    stack.supervise("restart", UNITS["redis"])


def test_dead(audit):
    """What does not run cannot be judged, and that is told."""
    for unit in (UNITS["nginx"], UNITS["redis"], "causal-gym-app@1.service"):
        audit.stack.supervise("stop", unit)
    code, report = audit.run("--step", "running", "--step", "services")
    told = findings(report, "running", "unchecked") + findings(report, "services", "unchecked")
    for words in ("nginx: nothing listens", "redis: nothing listens", "app: nothing listens", "Redis: ", "pages: ",
                  "variables cannot be read"):
        assert code == 3 and any(words in text for text in told), (code, words, told)
    for unit in ("causal-gym-app@1.service", UNITS["redis"], UNITS["nginx"]):
        audit.stack.supervise("start", unit)


def test_secrets(audit):
    stack = audit.stack
    before = {name: stack.secret(name) for name in ("redis_password", "jwt_secret_key", "monitor_password", "postgres_password")}
    stack.write_secret("jwt_secret_key", "20260101:" + "short-one")
    stack.write_secret("monitor_password", "changeme")
    stack.write_secret("second_factor_key", before["postgres_password"])
    unit = stack.folder / "etc/instances/worker-1.env"
    unit.write_text(f"SOMETHING={before['redis_password']}\nAPI_KEY=\"hunter2-hunter2\"\nNAME_FILE=/run/secrets/x\n# token=not-counted-here\n",
                    encoding="ascii")
    _, report = audit.run("--step", "secrets")
    told = " | ".join(findings(report, "secrets", "critical"))
    for words in ("jwt_secret_key has 9 characters of at least 32", "monitor_password is a default",
                  "worker-1.env holds the secret redis_password",
                  "worker-1.env holds a value of API_KEY"):
        assert words in told, (words, told)
    assert "second_factor_key is the same as postgres_password" in told or "postgres_password is the same as second_factor_key" in told, told
    assert "not-counted" not in told and "NAME_FILE" not in told, told
    unit.unlink()
    for name in ("jwt_secret_key", "monitor_password"):
        stack.write_secret(name, before[name])
    stack.write_secret("second_factor_key", "another-" + before["jwt_secret_key"][::-1])


def test_history(audit):
    """Keys that were committed and taken away again; an example in a test is none, but a real secret counts there too."""
    stack = audit.stack
    folder = stack.folder / "checkout"
    (folder / "tests").mkdir()
    (folder / "settings.py").write_text(f"KEY = '{PLANTED[0]}'\n", encoding="ascii")
    (folder / "tests/example.py").write_text(f"EXAMPLE = '{PLANTED[2]}'\n", encoding="ascii")
    stack.commit("Settings")
    (folder / "settings.py").unlink()
    (folder / "tests/real.py").write_text(f"p = '{stack.secret('database_password')}'\n", encoding="ascii")
    stack.commit("No settings")
    audit.tells("history", "critical", "settings.py", "an OpenAI or Anthropic key")
    told = findings(json.loads(audit.seen[-1]), "history", "critical")
    assert any("tests/real.py" in text and "the secret database_password" in text for text in told) and not any("example.py" in text
                                                                                                                for text in told), told
    shutil.rmtree(folder)
    stack.make_checkout()


def test_access(audit):
    """One client's many refusals against others' few; a scanner; a hole that was answered; failed sign-ins."""
    stack = audit.stack
    log = stack.folder / "log/access.log"
    with contextlib.suppress(urllib.error.HTTPError):
        urllib.request.urlopen(stack.public_url() + "/.env?token=" + PLANTED[0], timeout=10)
    moment = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")

    def line(client, status, path, name="client"):
        return json.dumps({"ts": moment, name: client, "method": "GET", "path": path, "status": status, "bytes": 401404}) + "\n"
    lines = [line(f"203.0.113.{number}", 404, "/favicon.ico") for number in range(20)] + [line("203.0.113.5", 200, "/runs/404")
                                                                                          for _ in range(300)]
    lines += [line("198.51.100.7", 401, f"/api/v1/runs/0123456789abcdef{number:04x}", "remote") for number in range(80)]
    lines += [line("198.51.100.8", 200, "/backup/.git/config")]
    with open(log, "a", encoding="ascii") as file:
        file.writelines(lines)
    for number in range(2):
        with contextlib.suppress(urllib.error.HTTPError):
            stack.post("/api/v1/auth/sign-in", {"name": f"nobody{number}", "password": "a wrong one " + PLANTED[2]})
    stack.write_settings(security={"sign_in_failures": 2})
    _, report = audit.run("--step", "access")
    warnings, critical = findings(report, "access", "warning"), findings(report, "access", "critical")
    assert any(text.startswith("198.51.100.7 was refused 80 times (80 times 401)") and "/api/v1/runs/{id}" in text
               for text in warnings), warnings
    assert any("127.0.0.1 looked for holes with 1 requests" in text for text in warnings), warnings
    assert any("127.0.0.1: 2 failed sign-ins" in text for text in warnings), warnings
    assert not any("203.0.113." in text for text in warnings) and ["198.51.100.8 asked for /backup/.git/config, and it was answered"] == critical, (warnings, critical)
    stack.write_settings()


def test_dry_run(audit):
    folder = audit.stack.folder / "state/components"
    shutil.rmtree(folder)
    code, _ = audit.run("--dry-run", "--step", "components")
    assert code == 0 and not folder.exists()


def test_silence(audit):
    """No secret, planted or real, in anything that was printed or kept."""
    stack = audit.stack
    reports = [path.read_text(encoding="utf-8") for path in (stack.folder / "state").rglob("*.json")]
    text = subprocess.run([ROOT / "ops/procedures/weekly_security_audit.sh", "--config", stack.settings_file, "--step", "secrets", "--step",
                           "access"], capture_output=True,
                          text=True, timeout=400,
                          env=os.environ | {"FAKE_FAULTS": str(audit.faults)}).stdout
    values = [path.read_text(encoding="ascii").strip() for path in (stack.folder / "secrets").iterdir() if path.is_file()]
    for value in [*values, *PLANTED, "lovelace-1815", "hunter2-hunter2", "short-one", "an old way of keeping it"]:
        for told in [*audit.seen, *reports, text]:
            assert value not in told, f"a secret is in a report: {value[:4]}..."
    assert len(reports) > 9 and "Weekly security audit" in text


def main():
    with AuditedStack(pathlib.Path(sys.argv[1]), only=SERVICES, access=True) as stack:
        audit = Audit(stack)
        stack.write_settings()
        for test in (test_well, test_components, test_scanners, test_allow_list, test_permissions, test_running, test_services,
                     test_secrets, test_history,
                     test_access, test_dry_run, test_dead, test_silence):
            test(audit)


if __name__ == "__main__":
    main()
