"""What tests of rotation share: two servers with sign-in, somebody who is signed in as a program and as a browser, and what may never be found."""
import http.cookiejar
import json
import os
import re
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from native_stack import NativeStack

SERVICES = ("postgres", "pgbouncer", "redis", "app", "nginx", "postgres-exporter", "redis-exporter")
FIRST, PASSWORD = "plausible-heron-42-basin", "granite-otter-77-ledger"


def add_server(stack):
    """A second one, as the procedures number them."""
    ports = {name: stack.ports[name] + 1 for name in ("app", "metrics")}
    (stack.folder / "etc/instances/app-2.env").write_text("CAUSAL_GYM_PORT={app}\nCAUSAL_GYM_METRICS_PORT={metrics}\n".format(**ports), encoding="ascii")
    stack.supervise("start", "causal-gym-app@2.service")
    stack.wait(lambda: stack.get(stack.app_url(2) + "/ready"), "the second server")
    with open(stack.folder / "etc/upstream.conf", "a", encoding="ascii") as file:
        file.write(f"server 127.0.0.1:{ports['app']} max_fails=1 fail_timeout=2s;\n")
    stack.supervise("reload", "nginx.service")


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


def exported(stack, exporter, name):
    """A value that an exporter tells; None while it does not."""
    text = (stack.get(f"http://127.0.0.1:{stack.ports[exporter]}/metrics") or b"").decode()
    return next((float(line.split()[-1]) for line in text.splitlines() if line.startswith(name + " ")), None)


def rotate(stack, *arguments, code=0):
    got, report = stack.procedure("rotate_secrets", "--yes", *arguments)
    assert got == code, report
    return report


def carry_out(program, tests):
    """Each on one stack, with ada signed in from the first to the last."""
    with NativeStack(program, only=SERVICES, access=True) as stack:
        add_server(stack)
        stack.write_secret("probe_password", PASSWORD)
        add_user(stack, "probe")
        add_user(stack, "ada")
        session, seen = Session(stack, "ada"), []
        for test in tests:
            begun = time.monotonic()
            seen += all_secrets(stack).items()
            test(*((stack, session) if test.__code__.co_argcount == 2 else (stack,)))
            print(f"{test.__name__}: {time.monotonic() - begun:.1f} s", flush=True)
            session.assert_signed_in("ada")
        assert_clean(stack, seen + list(all_secrets(stack).items()))
