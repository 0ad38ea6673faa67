"""Does a server work on its database? Asked as its users ask, over HTTP and with the program, and each stored run is scored anew from its log."""
import json
import secrets
import time

from operations.errors import CouldNotCheck
from operations.web import request, request_json

USER = "recovery-drill"
SETTLE_SECONDS, NOT_YET = 60, (502, 503, 504)


def call(url, path, token="", body=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    status, text, _ = request(url + path, seconds=30, body=body, headers=headers)
    return status, text


def check_health(url):
    """Sentences of what was seen; CouldNotCheck when one thing is not as it should be."""
    status, _ = call(url, "/ready")
    if status != 200:
        raise CouldNotCheck(f"{url}/ready answers {status}")
    status, health = request_json(url + "/health", seconds=30)
    if status != 200 or health.get("status") not in ("healthy", "degraded"):
        raise CouldNotCheck(f"{url}/health answers {status}, {health.get('status')}")
    return [f"ready, and its health is {health['status']}"]


def signed_in(url, program):
    """A token of a user that is made for it, in a database that is thrown away."""
    first, second = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    program("users", "add", USER, "--role", "admin", stdin=first + "\n")
    token = sign_in(url, first)
    status, text = call(url, "/api/v1/auth/password", token, {"current": first, "new": second})
    if status != 204:
        raise CouldNotCheck(f"a new user's password cannot be changed: {status} {text[:200]}")
    return sign_in(url, second)


def sign_in(url, password):
    status, text = call(url, "/api/v1/auth/sign-in", body={"name": USER, "password": password})
    if status != 200:
        raise CouldNotCheck(f"signing in is answered {status}: {text[:200]}")
    return json.loads(text)["result"]["access_token"]


def check_access(url, program, access):
    """(token, sentences): strangers are told nothing where access is on."""
    status, _ = call(url, "/api/v1/runs?limit=1")
    if not access:
        return "", []
    if status != 401:
        raise CouldNotCheck(f"{url}/api/v1/runs answers {status} to a stranger, where access is on")
    return signed_in(url, program), ["a stranger is refused, and a user signs in"]


def check_runs(url, program, token, expected, replays):
    """Over HTTP and by the program the same runs are there; of finished ones, the newest are scored anew."""
    status, text = call(url, "/api/v1/runs?limit=200", token)
    if status != 200:
        raise CouldNotCheck(f"{url}/api/v1/runs answers {status}: {text[:200]}")
    listed = [run["id"] for run in json.loads(text)["result"]["runs"]]
    printed = [run["id"] for run in json.loads(program("runs", "list", "--limit", "200", "--json").stdout)["runs"]]
    if listed != printed or len(listed) < min(expected, 200):
        raise CouldNotCheck(f"{len(listed)} runs are listed over HTTP, {len(printed)} by the program, {expected} are in the backup")
    told = [f"{len(listed)} runs are listed"]
    finished = [run["id"] for run in json.loads(text)["result"]["runs"] if run["state"] == "finished"][:replays]
    for identifier in finished:
        replay(url, program, token, identifier)
    return [*told, f"{len(finished)} of them were shown, and scored anew from their logs with the same result"]


def replay(url, program, token, identifier):
    status, text = call(url, f"/api/v1/runs/{identifier}", token)
    if status != 200:
        raise CouldNotCheck(f"the run {identifier} is answered {status}: {text[:200]}")
    stored = json.loads(text)["result"]
    anew = json.loads(program("run", "--replay", identifier, "--json").stdout)
    if anew["summary"] != stored["summary"]:
        raise CouldNotCheck(f"the run {identifier} has another score when it is replayed from its log")


def check_application(url, program, *, access, expected, replays):
    """All of it; sentences of what was seen."""
    told = check_health(url)
    token, about_access = check_access(url, program, access)
    return told + about_access + check_runs(url, program, token, expected, replays)


def settled(url):
    """The status of a request that needs the database. A server that was up when its database went away makes its connections anew, and
    PgBouncer makes it wait after a failed one (server_login_retry, 15 s)."""
    end = time.monotonic() + SETTLE_SECONDS
    while True:
        status, _ = call(url, "/api/v1/runs?limit=1")
        if status not in NOT_YET or time.monotonic() > end:
            return status
        time.sleep(0.5)


def check_live(url, program, expected, replays):
    """Of a server whose database is no trial: nobody is added to it. Where access is on, its runs are looked at with the program alone."""
    status = settled(url)
    told = check_health(url)
    if status == 200:
        return told + check_runs(url, program, "", expected, replays)
    printed = json.loads(program("runs", "list", "--limit", "200", "--json").stdout)["runs"]
    if status != 401 or len(printed) < min(expected, 200):
        raise CouldNotCheck(f"{url}/api/v1/runs answers {status} to a stranger, and the program lists {len(printed)} runs of {expected}")
    finished = [run["id"] for run in printed if run["state"] == "finished"][:replays]
    for identifier in finished:
        program("run", "--replay", identifier, "--json")
    return [*told, "a stranger is refused", f"{len(printed)} runs are listed; {len(finished)} were scored anew with the same result"]
