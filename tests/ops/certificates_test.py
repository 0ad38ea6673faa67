"""When certificates end, as the daily health check finds it: of nginx, PostgreSQL, PgBouncer, files and the address; good for long, for ten
days, ended, broken, and renewed but not yet in use. What it writes is what the alerts read. usage: certificates_test.py PROGRAM"""
import os
import re
import shutil
import subprocess
import sys
import time

from native_stack import ROOT, NativeStack, findings
from operations.exposition import parse_exposition
from postgres import free_port

SERVICES = ("postgres", "pgbouncer", "nginx")
DAY_SECONDS = 86400


class Encrypted(NativeStack):
    """nginx, PostgreSQL and PgBouncer with a certificate each, of the same file name in two of them."""

    def __init__(self, program):
        self.tls_port = free_port()
        super().__init__(program, only=SERVICES)
        for name, owner in (("postgres", "postgres"), ("pgbouncer", "postgres"), ("site", "nobody")):
            (self.folder / "tls" / name).mkdir(parents=True)
            self.make_certificate(name, 90, owner)
        self.tell("etc/nginx.conf", "server {\n    listen", f"server {{\n    listen 127.0.0.1:{self.tls_port} ssl; ssl_certificate \"../tls/site/own.pem\";"
                  f"\n    ssl_certificate_key {self.folder}/tls/site/key;\n    # ssl_certificate /nowhere;\n    listen", "nginx.service")
        self.tell("etc/pgbouncer.ini", "auth_type", f"client_tls_sslmode = allow\nclient_tls_key_file = {self.folder}/tls/pgbouncer/key\n"
                  f"client_tls_cert_file = {self.folder}/tls/pgbouncer/end.pem\nauth_type", "pgbouncer.service")
        self.psql(f"ALTER SYSTEM SET ssl_cert_file = '{self.folder}/tls/postgres/end.pem'; ALTER SYSTEM SET ssl_key_file = '{self.folder}/tls/postgres/key';\n"
                  "ALTER SYSTEM SET ssl = on; SELECT pg_reload_conf()", database="postgres")
        self.wait(lambda: self.psql("SHOW ssl", database="postgres").stdout.strip() == "on", "PostgreSQL with TLS")
        self.write_settings()

    def tell(self, name, was, becomes, unit):
        path = self.folder / name
        path.write_text(path.read_text(encoding="utf-8").replace(was, becomes, 1), encoding="utf-8")
        self.supervise("reload", unit)

    def certificate(self, name):
        return self.folder / "tls" / name / ("own.pem" if name == "site" else "end.pem")

    def make_certificate(self, name, days, owner="postgres"):
        """-1 is the least that openssl takes: it ended yesterday."""
        folder = self.folder / "tls" / name
        subprocess.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=127.0.0.1",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key", "-out", folder / "request"], check=True, capture_output=True, timeout=60)
        subprocess.run(["openssl", "x509", "-req", "-in", folder / "request", "-signkey", folder / "key", "-days", str(days), "-copy_extensions", "copy",
                        "-out", self.certificate(name)], check=True, capture_output=True, timeout=60)
        (folder / "key").chmod(0o600)
        if os.geteuid() == 0:
            shutil.chown(folder / "key", owner)

    def check(self, **tables):
        """{severity: messages} of the step, and the metrics that were written."""
        urls = {"public": f"https://127.0.0.1:{self.tls_port}"}
        self.write_settings(urls=urls, **tables)
        _, report = self.procedure("daily_health_check", "--deadline", "50")
        return {severity: findings(report, "certificates", severity) for severity in ("fine", "warning", "critical", "unchecked")}, self.written()

    def written(self):
        path = self.folder / "metrics/certificates.prom"
        samples, _ = parse_exposition(path.read_text(encoding="utf-8")) if path.exists() else ([], {})
        return {sample.labels["file"]: (sample.value - time.time()) / DAY_SECONDS for sample in samples if sample.name in read_by_alerts()}


def read_by_alerts():
    """The names that the rules ask for."""
    names = set(re.findall(r"\bcausal_certificate\w+", (ROOT / "monitoring/alert.rules.yml").read_text(encoding="utf-8")))
    assert len(names) == 1, names
    return names


def test_well(stack):
    found, written = stack.check()
    address = f"https://127.0.0.1:{stack.tls_port}"
    assert not found["warning"] + found["critical"] + found["unchecked"], found
    for name in (stack.certificate("postgres"), stack.certificate("pgbouncer"), stack.certificate("site").name, address):
        assert any(str(name) in text and "ends in 90.0 days" in text for text in found["fine"]), (name, found)
    labels = {str(stack.certificate("postgres")), str(stack.certificate("pgbouncer")), "own.pem", address}
    assert set(written) == labels and all(89.9 < days < 90.1 for days in written.values()), written


def test_dry(stack):
    path = stack.folder / "metrics/certificates.prom"
    path.unlink()
    stack.procedure("daily_health_check", "--dry-run")
    assert not path.exists()


def test_soon(stack):
    """Ten days; and the new one is not met as long as nginx is not told."""
    stack.make_certificate("site", 10, "nobody")
    found, written = stack.check()
    assert len(found["warning"]) == 1 and "own.pem ends in 10.0 days" in found["warning"][0], found
    address = f"https://127.0.0.1:{stack.tls_port}"
    assert 9.9 < written["own.pem"] < 10.1 and 89.9 < written[address] < 90.1, written
    stack.supervise("reload", "nginx.service")
    stack.wait(lambda: 9.9 < stack.check()[1][address] < 10.1, "the new one at the address", 30)
    found, _ = stack.check(limits={"certificate_critical_days": 12.0, "certificate_warning_days": 30.0})
    assert len(found["critical"]) == 2, found


def test_ended(stack):
    stack.make_certificate("site", -1, "nobody")
    stack.supervise("reload", "nginx.service")
    address = f"https://127.0.0.1:{stack.tls_port}"
    stack.wait(lambda: stack.check()[1][address] < 0, "the one that has ended at the address", 30)
    found, written = stack.check()
    assert len(found["critical"]) == 2 and all("has ended 1.0 days ago" in text for text in found["critical"]), found
    assert -1.1 < written["own.pem"] < -0.9, written
    stack.make_certificate("site", 5, "nobody")
    found, _ = stack.check()
    assert any("own.pem ends in 5.0 days" in text for text in found["critical"]), found
    stack.make_certificate("site", 90, "nobody")
    stack.supervise("reload", "nginx.service")


def test_chain(stack):
    """What ends first of a chain counts."""
    chain = stack.folder / "tls/chain.pem"
    stack.make_certificate("pgbouncer", 12)
    chain.write_text(stack.certificate("site").read_text() + stack.certificate("pgbouncer").read_text())
    stack.make_certificate("pgbouncer", 90)
    found, written = stack.check(paths={"certificates": [str(chain)]})
    assert len(found["warning"]) == 1 and "chain.pem ends in 12.0 days" in found["warning"][0] and 11.9 < written["chain.pem"] < 12.1, (found, written)


def test_unreadable(stack):
    """Each that could not be checked is named, the others are checked all the same."""
    garbage, empty, missing = (stack.folder / "tls" / name for name in ("garbage.pem", "empty.pem", "missing.pem"))
    garbage.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    empty.write_bytes(b"\xff\xfe nothing")
    found, written = stack.check(paths={"certificates": [str(garbage), str(empty), str(missing)]})
    for path, why in ((garbage, "is no certificate"), (empty, "decode"), (missing, "No such file")):
        assert any(str(path) in text and why in text for text in found["unchecked"]), (path, found)
    assert len(found["unchecked"]) == 3 and len(found["fine"]) == 4 and len(written) == 4, (found, written)
    whole = stack.certificate("site").read_text()
    stack.certificate("site").write_text("no certificate")
    found, written = stack.check()
    assert any("nginx" in text and "own.pem" in text for text in found["unchecked"]) and len(found["unchecked"]) == 1, found
    assert len(written) == 3, written
    stack.certificate("site").write_text(whole)


def test_dead(stack):
    for unit, name in (("nginx.service", "nginx"), ("pgbouncer.service", "PgBouncer"), ("postgresql@15-main.service", "PostgreSQL")):
        stack.supervise("stop", unit)
        found, written = stack.check()
        assert any(f"certificates of {name}" in text for text in found["unchecked"]) and written, found


def test_none(stack):
    """No TLS anywhere: there is nothing to end, and what was written of before is gone."""
    stack.write_settings(stack={"expected": ["app"]}, urls={"public": "http://127.0.0.1:1"})
    _, report = stack.procedure("daily_health_check")
    assert findings(report, "certificates") == ["no service has a certificate: none can end"], report
    assert not stack.written()


def main():
    with Encrypted(sys.argv[1]) as stack:
        for test in (test_well, test_dry, test_soon, test_ended, test_chain, test_unreadable, test_dead, test_none):
            begun = time.monotonic()
            test(stack)
            print(f"{test.__name__}: {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    main()
