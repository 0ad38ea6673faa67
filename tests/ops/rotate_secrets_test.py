"""rotate_secrets.sh under load, on two servers: nobody is signed out, no request fails, and what fails or is cut off leaves a stack that works."""
import http.cookiejar
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from load import Load
from native_stack import ROOT, NativeStack, findings
from web_stand_ins import Grafana, Provider

SERVICES = ("postgres", "pgbouncer", "redis", "app", "nginx")
FIRST, PASSWORD = "plausible-heron-42-basin", "granite-otter-77-ledger"


def call(stack, path, body=None, token=None, base=None):
    """(status, value) of one request."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    asked = urllib.request.Request((base or stack.public_url()) + path, data=None if body is None else json.dumps(body).encode(), headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(errors="replace")


def add_user(stack, name):
    given = os.environ | stack.environment()
    subprocess.run([stack.program, "users", "add", name, "--role", "viewer"], input=FIRST + "\n", text=True, env=given, check=True, timeout=60, capture_output=True)
    status, answer = call(stack, "/api/v1/auth/sign-in", {"name": name, "password": FIRST})
    assert status == 200, answer
    status, answer = call(stack, "/api/v1/auth/password", {"current": FIRST, "new": PASSWORD}, answer["result"]["access_token"])
    assert status in (200, 204), answer


class Session:
    """A program that keeps signed in by its refresh token, and a browser by its cookie."""

    def __init__(self, stack, name):
        self.stack, self.lock = stack, threading.Lock()
        status, answer = call(stack, "/api/v1/auth/sign-in", {"name": name, "password": PASSWORD})
        assert status == 200, answer
        self.tokens = answer["result"]
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        page = self.browser.open(stack.public_url() + "/sign-in", timeout=60).read().decode()
        fields = {"csrf": re.search(r'name="csrf" value="([^"]*)"', page)[1], "name": name, "password": PASSWORD, "next": "/"}
        self.browser.open(stack.public_url() + "/sign-in", urllib.parse.urlencode(fields).encode(), timeout=60).read()

    def headers(self):
        with self.lock:
            return {"Authorization": "Bearer " + self.tokens["access_token"]}

    def refresh(self):
        with self.lock:
            status, answer = call(self.stack, "/api/v1/auth/refresh", {"refresh_token": self.tokens["refresh_token"]})
            assert status == 200, answer
            self.tokens = answer["result"]

    def assert_signed_in(self, name):
        self.refresh()
        assert call(self.stack, "/api/v1/auth/me", token=self.tokens["access_token"])[0] == 200
        answer = json.load(self.browser.open(self.stack.public_url() + "/api/v1/auth/me", timeout=60))
        assert answer["result"]["name"] == name, answer


def all_secrets(stack):
    return {path.name: path.read_text(encoding="utf-8").strip() for path in (stack.folder / "secrets").iterdir() if path.is_file()}


def assert_clean(stack, secrets_seen):
    """No secret in a report, journal, log or metric; files are their owner's alone; nothing is left half done."""
    places = [path for folder in ("state", "log", "metrics") for path in (stack.folder / folder).rglob("*") if path.is_file()]
    for path in places:
        text = path.read_text(errors="replace")
        for name, secret in secrets_seen:
            for part in [line.split(":", 1)[-1] for line in secret.splitlines()]:
                assert len(part) < 20 or part not in text, f"{path} holds {name}"
    for path in (stack.folder / "secrets").iterdir():
        assert path.is_dir() or path.stat().st_mode & 0o777 == 0o600, path
        assert not path.name.endswith((".next", ".previous")) and "bridge" not in path.name, path
    assert not list((stack.folder / "state/rotation").glob("*.json"))


def rotate(stack, *arguments, code=0):
    got, report = stack.procedure("rotate_secrets", "--yes", *arguments)
    assert got == code, report
    return report


def test_database(stack, session):
    """Under load that makes new connections to the database all the time, and with the old password refused in the end."""
    old = stack.secret("database_password")
    with Load(stack.public_url(), ["/api/v1/runs?limit=1", "/api/v1/auth/me"], headers=session.headers) as load:
        rotate(stack, "--only", "database")
    load.assert_none_failed()
    assert stack.secret("database_password") != old and stack.psql("SELECT 1", user="causal_user").returncode == 0
    refused = subprocess.run(["psql", "-h", "127.0.0.1", "-p", str(stack.ports["postgres"]), "-U", "causal_user", "-d", "causal_experiments", "-c", "SELECT 1"],
                             env=os.environ | {"PGPASSWORD": old}, capture_output=True, text=True, timeout=60)
    assert "password authentication failed" in refused.stderr
    assert stack.psql("SELECT count(*) FROM pg_roles WHERE rolname LIKE '%bridge'").stdout.strip() == "0"
    assert stack.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner <> 'causal_user'").stdout.strip() == "0"
    print(f"database: {load.count} requests, none failed")


def test_jwt(stack, session):
    """Accepted, used, and retired only after the life of the tokens that the old key signed."""
    stack.write_settings(rotation={"probe_user": "probe", "access_token_seconds": 3})
    token, ring = session.tokens["access_token"], stack.secret("jwt_secret_key")
    with Load(stack.public_url(), ["/api/v1/auth/me"], readers=2, headers=session.headers) as load:
        report = rotate(stack, "--only", "jwt", code=1)
    assert "retired after" in findings(report, "rotation", "warning")[0], report
    load.assert_none_failed(least=10)
    lines = stack.secret("jwt_secret_key").splitlines()
    assert len(lines) == 2 and lines[1] == ring and call(stack, "/api/v1/auth/me", token=token)[0] == 200
    time.sleep(3)
    session.refresh()
    with Load(stack.public_url(), ["/api/v1/auth/me"], readers=2, headers=session.headers) as load:
        rotate(stack, "--retire")
    load.assert_none_failed(least=10)
    assert stack.secret("jwt_secret_key") == lines[0] and call(stack, "/api/v1/auth/me", token=token)[0] == 401
    assert "nothing is pending" in str(rotate(stack, "--retire"))


def test_second_factor(stack):
    """A key under which a device is kept stays."""
    ring = stack.secret("second_factor_key")
    stack.psql("INSERT INTO second_factors (user_id, secret, confirmed, last_step, created_at) SELECT id, 'kept:sealed', 1, 0, 0 FROM users LIMIT 1")
    stack.write_secret("second_factor_key", "kept:" + ring)
    stack.write_settings(rotation={"access_token_seconds": 0})
    report = rotate(stack, "--only", "second_factor")
    assert any("1 old keys stay" in text for text in findings(report, "rotation")), report
    assert stack.secret("second_factor_key").splitlines()[1] == "kept:" + ring
    stack.psql("DELETE FROM second_factors")


def test_redis_and_pgbouncer(stack, session):
    old_redis, old_pooler = stack.secret("redis_password"), stack.secret("pgbouncer_password")
    with Load(stack.public_url(), ["/api/v1/runs?limit=1", "/api/v1/auth/me"], headers=session.headers) as load:
        rotate(stack, "--only", "redis,pgbouncer")
    load.assert_none_failed()
    acl = (stack.folder / "etc/redis/users.acl").read_text(encoding="ascii")
    assert acl.count("#") == 1, acl
    redis = ["redis-cli", "-p", str(stack.ports["redis"]), "--no-auth-warning", "-e", "ping"]
    for password, answer in ((old_redis, "NOAUTH"), (stack.secret("redis_password"), "PONG")):
        done = subprocess.run(redis, env=os.environ | {"REDISCLI_AUTH": password}, capture_output=True, text=True, timeout=60)
        assert answer in done.stdout + done.stderr, (answer, done)
    assert old_pooler not in (stack.folder / "etc/pgbouncer-users.txt").read_text(encoding="utf-8")
    stack.supervise("restart", "pgbouncer.service")
    stack.wait(lambda: call(stack, "/api/v1/auth/me", token=session.tokens["access_token"])[0] == 200, "PgBouncer with its new password")


def test_web_keys(stack):
    stack.write_secret("grafana_admin_password", "grafana-first-password")
    stack.write_secret("openai_api_key", "sk-old-key-of-the-provider")
    with Grafana("grafana-first-password") as grafana, Provider() as provider:
        stack.write_settings(urls={"grafana": grafana.url}, rotation={"provider_urls": {"openai": provider.url + "/v1"}})
        rotate(stack, "--only", "grafana")
        assert grafana.password == stack.secret("grafana_admin_password") != "grafana-first-password"
        grafana.refusing = True
        rotate(stack, "--only", "grafana", code=2)
        assert grafana.password == stack.secret("grafana_admin_password")
        fresh = stack.folder / "fresh.key"
        fresh.write_text("wrong-key\n", encoding="ascii")
        report = rotate(stack, "--only", "provider:openai", "--from", fresh, code=2)
        assert "refuses the new key with 401" in findings(report, "rotation", "critical")[0] and stack.secret("openai_api_key").startswith("sk-old"), report
        fresh.write_text("sk-new-key-of-the-provider\n", encoding="ascii")
        rotate(stack, "--only", "provider:openai", "--from", fresh)
        assert stack.secret("openai_api_key") == "sk-new-key-of-the-provider"
        stack.write_secret("openai_api_key", "wrong-key")
        report = rotate(stack, "--retire", "--check-providers", code=2)
        assert "refuses the key that is in use" in findings(report, "providers", "critical")[0], report
    for name in ("grafana_admin_password", "openai_api_key"):
        (stack.folder / "secrets" / name).unlink()
    stack.write_settings()


def test_refused_role(stack, session):
    """PostgreSQL lets the second role in nowhere: nothing has changed for anybody."""
    rules = stack.folder / "postgres/data/pg_hba.conf"
    whole, before = rules.read_text(encoding="utf-8"), all_secrets(stack)
    rules.write_text("host all causal_user_bridge all reject\n" + whole, encoding="utf-8")
    stack.psql("SELECT pg_reload_conf()")
    report = rotate(stack, "--only", "database", code=2)
    assert "causal_user_bridge is refused" in findings(report, "rotation", "critical")[0] and findings(report, "rotation", "warning"), report
    assert all_secrets(stack) == before
    rules.write_text(whole, encoding="utf-8")
    stack.psql("SELECT pg_reload_conf()")


def test_replica_lost(stack, session):
    """The second server does not come back with the new secret: everything is as before, and it too is back."""
    units = stack.folder / "units.json"
    whole, before = units.read_text(encoding="utf-8"), all_secrets(stack)
    told = json.loads(whole)
    program, url = told["causal-gym-app@.service"]["argv"][0], stack.folder / "secrets/redis_url"
    good = stack.folder / "secrets/read/good_url"
    good.write_bytes(url.read_bytes())
    told["causal-gym-app@.service"]["argv"] = ["sh", "-c", f"[ {{instance}} = 1 ] || cmp -s {url} {good} || exit 1; exec {program} serve"]
    units.write_text(json.dumps(told), encoding="utf-8")
    with Load(stack.public_url(), ["/api/v1/auth/me"], readers=2, headers=session.headers) as load:
        report = rotate(stack, "--only", "redis", code=2)
    assert "causal-gym-app@2" in findings(report, "rotation", "critical")[0], report
    load.assert_none_failed(least=10)
    assert all_secrets(stack) == before and stack.supervise("is-active", "causal-gym-app@2.service").returncode == 0
    units.write_text(whole, encoding="utf-8")
    good.unlink()


def test_killed(stack, session):
    """Killed before each phase of the database's rotation, and taken up."""
    for phase in ("switch", "finish"):
        script = [str(ROOT / "ops/procedures/rotate_secrets.sh"), "--config", str(stack.settings_file), "--yes", "--only", "database"]
        with subprocess.Popen(script, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, start_new_session=True,
                              env=os.environ | {"CAUSAL_GYM_OPERATIONS_PAUSE": phase}) as process:
            assert phase in process.stdout.readline()
            command = pathlib.Path(f"/proc/{process.pid}/cmdline").read_text(encoding="utf-8")
            assert not any(secret in command for secret in all_secrets(stack).values())
            os.killpg(process.pid, signal.SIGKILL)
        assert call(stack, "/api/v1/runs?limit=1", token=session.tokens["access_token"])[0] == 200
    report = rotate(stack, "--only", "database")
    assert "goes on after switch" in str(findings(report, "rotation")), report


def test_unwritable(stack):
    """Also for root: the folder is mounted read-only."""
    before = all_secrets(stack)
    folder = stack.folder / "secrets"
    inner = f'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"'
    words = ["unshare", "-m" if os.geteuid() == 0 else "-rm", "sh", "-c", inner, "sh", str(folder), str(ROOT / "ops/procedures/rotate_secrets.sh"),
             "--config", str(stack.settings_file), "--yes", "--only", "jwt", "--json"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode == 3 and "nothing can be written in the folder of secrets" in done.stdout, done
    assert all_secrets(stack) == before
    code, report = stack.procedure("rotate_secrets", "--only", "jwt")
    assert code == 3 and "Give --yes" in findings(report, "rotation")[0], report
    code, report = stack.procedure("rotate_secrets", "--dry-run")
    assert code == 0 and all_secrets(stack) == before, report


def main():
    with NativeStack(sys.argv[1], only=SERVICES, access=True) as stack:
        stack.procedure("scale_services", "2")  # not scraped here; two servers, whatever Prometheus says
        stack.write_secret("probe_password", PASSWORD)
        add_user(stack, "probe")
        add_user(stack, "ada")
        session, seen = Session(stack, "ada"), []
        for test in (test_unwritable, test_database, test_jwt, test_second_factor, test_redis_and_pgbouncer, test_web_keys, test_refused_role,
                     test_replica_lost, test_killed):
            begun = time.monotonic()
            seen += all_secrets(stack).items()
            test(*((stack, session) if test.__code__.co_argcount == 2 else (stack,)))
            print(f"{test.__name__}: {time.monotonic() - begun:.1f} s", flush=True)
            session.assert_signed_in("ada")
        assert_clean(stack, seen + list(all_secrets(stack).items()))


if __name__ == "__main__":
    main()
