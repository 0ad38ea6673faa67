#!/usr/bin/env python3
"""The stack of docker-compose.yml for real: built, brought up, scaled, a replica killed under load, backed up, lost and recovered, its
secrets changed, taken down. Needs root or a Docker daemon; `make test-compose` installs what it runs.

usage: compose_test.py PROGRAM [--transcript FILE] [--keep] [--only STEP...]

PROGRAM is what the image of the server holds (build/release/bin/causal-gym of this checkout). --transcript writes what was done and
measured; --keep leaves the stack running; --only runs these steps, on a stack that was kept.
"""
import argparse
import contextlib
import functools
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent / "shells")]
from daemon import FOLDER, Daemon  # noqa: E402
from load import Load  # noqa: E402
from postgres import free_port  # noqa: E402

BASE = "causal-gym/base:bookworm"
PROJECT = "causal-gym-test"
PREFIX = "test-"
PORTS = ("HTTP_PORT", "METRICS_PORT", "PROMETHEUS_PORT", "ALERTMANAGER_PORT", "TEST_HTTP_PORT")
MOST_SECONDS = 900
FIRST, PASSWORD = "a first, long passphrase 7", "another passphrase, long enough 8"
EXPERIMENT = {"environments": ["chain-v1"], "agents": ["ideal"]}
PROCEDURES = ROOT / "ops/procedures"


class Failed(Exception):
    """The message says what and where."""


def expect(condition, what):
    if not condition:
        raise Failed(what)


class Stack:
    def __init__(self, daemon, program):
        self.program, self.folder = program, FOLDER / "stack"
        self.state = self.folder / "test.json"
        kept = json.loads(self.state.read_text()) if self.state.exists() else {"ports": {name: free_port() for name in PORTS}}
        self.ports, self.facts = kept["ports"], kept.get("facts", {})
        self.environment = daemon.environment | {
            "COMPOSE_PROJECT_NAME": PROJECT, "NAME_PREFIX": PREFIX, "BASE_IMAGE": BASE, "PROGRAM": "prebuilt", "SECRETS": f"{self.folder}/secrets",
            "BACKUPS": f"{self.folder}/backups", "METRICS_FOLDER": f"{self.folder}/metrics", "CONTAINERS_FOLDER": f"{self.folder}/containers",
            **{name: str(port) for name, port in self.ports.items()}}

    def keep(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.state.write_text(json.dumps({"ports": self.ports, "facts": self.facts}))

    def run(self, *command, seconds=MOST_SECONDS, check=True, stdin="", accepted=(0,)):
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, timeout=seconds, cwd=ROOT,
                              env=self.environment, input=stdin)
        expect(not check or done.returncode in accepted, f"{' '.join(map(str, command))}: {done.returncode}\n{(done.stdout + done.stderr)[-4000:]}")
        return done

    def compose(self, *words, **options):
        return self.run("docker-compose", "-f", ROOT / "docker-compose.yml", *words, **options)

    def containers(self, service):
        """The first first: Compose numbers them, and ends the last ones first."""
        told = self.run("docker", "ps", "--no-trunc", "--format", "{{.Names}} {{.ID}}", "--filter", f"label=com.docker.compose.project={PROJECT}",
                        "--filter", f"label=org.causal-gym.service={service}").stdout.splitlines()
        return [line.split()[1] for line in sorted(told)]

    def inspect(self, container):
        return json.loads(self.run("docker", "inspect", container).stdout)[0]

    @functools.cached_property
    def services(self):
        return [name for name in self.compose("config", "--services").stdout.split() if name != "grafana"]

    def url(self, path, port="HTTP_PORT"):
        return f"http://127.0.0.1:{self.ports[port]}{path}"

    def request(self, path, body=None, port="HTTP_PORT", token=None):
        """(status, value or text)"""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        request = urllib.request.Request(self.url(path, port), None if body is None else json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read().decode()
                status = answer.status
        except urllib.error.HTTPError as error:
            with error:
                status, text = error.code, error.read().decode()
        with contextlib.suppress(ValueError):
            return status, json.loads(text)
        return status, text

    def wait(self, what, name, seconds=300):
        began = time.monotonic()
        while True:
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                if what():
                    return time.monotonic() - began
            expect(time.monotonic() - began < seconds, f"{name}: not within {seconds} s\n{self.run('docker', 'ps', '-a').stdout}")
            time.sleep(0.5)

    def healthy(self):
        return self.request("/health")[1]["status"] == "healthy"

    def signed_in(self):
        status, value = self.request("/api/v1/auth/sign-in", {"name": "ada", "password": PASSWORD})
        expect(status == 200, f"signing in: {status} {value}")
        return value["result"]["access_token"]

    def runs(self, token):
        status, value = self.request("/api/v1/runs?limit=200", token=token)
        expect(status == 200, f"the list of runs: {status} {value}")
        return {each["id"]: each["state"] for each in value["result"]["runs"]}

    def play(self, token):
        """The id of a run that a worker has finished."""
        status, value = self.request("/api/v1/experiments", EXPERIMENT, token=token)
        expect(status == 202, f"a launch: {status} {value}")
        run = value["result"]["id"]
        self.wait(lambda: self.runs(token)[run] == "finished", f"the run {run}")
        return run

    def procedure(self, name, *words, accepted=(0, 1)):
        """Runs one of ops/procedures; a warning is an answer too."""
        settings = self.folder / "operations.toml"
        settings.write_text(
            f'[stack]\nkind = "compose"\nproject = "{PROJECT}"\nfolder = "{ROOT}"\n'
            f'[urls]\npublic = "{self.url("")}"\nmetrics = "{self.url("/metrics", "METRICS_PORT")}"\n'
            f'prometheus = "{self.url("", "PROMETHEUS_PORT")}"\nalertmanager = "{self.url("", "ALERTMANAGER_PORT")}"\n'
            f'[paths]\nstate = "{self.folder}/operations"\nmetrics = "{self.folder}/metrics"\nbackups = "{self.folder}/backups"\n'
            f'secrets = "{self.folder}/secrets"\ndisks = ["/"]\n')
        return self.run(PROCEDURES / f"{name}.sh", "--config", settings, *words, accepted=accepted)


# Steps: each is given the stack, and returns what it found out, for the transcript. -----------------------------------------


def step_build(stack):
    images = stack.run("docker", "images", "--format", "{{.Repository}}:{{.Tag}}").stdout.split()
    if BASE not in images:
        stack.run("ops/compose/make_base", BASE)
    if pathlib.Path(stack.program).resolve() != ROOT / "build/release/bin/causal-gym":
        shutil.copy2(stack.program, ROOT / "build/release/bin/causal-gym")
    stack.compose("build", seconds=3600)
    sizes = stack.run("docker", "images", "--format", "{{.Repository}} {{.Size}}", "--filter", "dangling=false").stdout.splitlines()
    return ", ".join(sorted(line.removeprefix("causal-gym/") for line in sizes if line.startswith("causal-gym/")))


def step_up(stack):
    stack.run("ops/compose/prepare")
    stack.compose("up", "-d")
    stack.wait(stack.healthy, "health through nginx")
    stack.run("ops/compose/list_containers", f"{stack.folder}/containers/names")
    stack.wait(lambda: all(stack.inspect(one)["State"]["Health"]["Status"] == "healthy"
                           for service in stack.services for one in stack.containers(service)), "every service is healthy")
    return f"{len(stack.services)} services healthy; /health says healthy"


def step_confined(stack):
    """What runs is held to what the file says."""
    contents = [path.read_text() for path in (stack.folder / "secrets").iterdir() if path.stat().st_size]
    for service in stack.services:
        told = stack.inspect(stack.containers(service)[0])
        host, configuration = told["HostConfig"], told["Config"]
        expect(host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"] and not host["CapAdd"], f"{service}: {host['CapDrop']}")
        expect("no-new-privileges:true" in host["SecurityOpt"] and not host["Privileged"], service)
        expect(host["Memory"] and host["NanoCpus"] and host["PidsLimit"], f"{service}: no limit")
        expect(host["Init"], f"{service} has nobody who buries dead processes")
        expect(configuration["User"] not in ("", "0", "root"), f"{service} runs as {configuration['User']!r}")
        status = stack.run("docker", "exec", told["Id"], "cat", "/proc/1/status").stdout
        expect("CapEff:\t0000000000000000" in status and "NoNewPrivs:\t1" in status, f"{service}:\n{status}")
        history = stack.run("docker", "history", "--no-trunc", "--format", "{{.CreatedBy}}", told["Image"]).stdout
        listed = json.dumps(told) + history + stack.run("docker", "logs", told["Id"]).stdout
        expect(not any(secret in listed for secret in contents), f"{service}: a secret is told")
    published = {name for name in stack.services if any(stack.inspect(stack.containers(name)[0])["NetworkSettings"]["Ports"].values())}
    expect(published == {"nginx", "prometheus", "alertmanager"}, f"published: {published}")
    return "read-only roots, no capabilities, no new privileges, limits, no root; no secret in inspect, history or logs"


def step_watched(stack):
    def up():
        value = stack.request("/api/v1/query?query=up", port="PROMETHEUS_PORT")[1]
        stack.facts["jobs"] = {each["metric"]["job"]: each["value"][1] for each in value["data"]["result"]}
        return len(stack.facts["jobs"]) >= 8 and set(stack.facts["jobs"].values()) == {"1"}
    stack.wait(up, f"every target is up: {stack.facts.get('jobs')}")
    return "up: " + ", ".join(sorted(stack.facts["jobs"]))


def step_used(stack):
    """A person is added, signs in, and a worker carries out a run."""
    stack.compose("exec", "-T", "app", "causal-gym", "users", "add", "ada", "--role", "admin", stdin=FIRST + "\n")
    status, value = stack.request("/api/v1/auth/sign-in", {"name": "ada", "password": FIRST})
    expect(status == 200, f"the first sign-in: {status} {value}")
    status, value = stack.request("/api/v1/auth/password", {"current": FIRST, "new": PASSWORD}, token=value["result"]["access_token"])
    expect(status == 204, f"a new password: {status} {value}")
    stack.facts["run"] = stack.play(stack.signed_in())
    return "signed in through nginx; a run was launched, and finished by the worker"


def counted(load):
    expect(not load.failures and load.count > 50, f"failed: {load.failures[:5]} of {load.count}")
    return f"{load.count} requests, 0 failed ({load.reopened} kept connections were closed between two, and made anew)"


def listed_replicas(stack):
    return stack.compose("exec", "-T", "nginx", "replicas", "show").stdout.split()


def step_scaled(stack):
    with Load(stack.url("/"), ["/health", "/ready"]) as load:
        began = time.monotonic()
        stack.compose("up", "-d", "--no-recreate", "--scale", "app=3", "app")
        stack.wait(lambda: len(listed_replicas(stack)) == 3, "three replicas behind nginx")
        seconds = time.monotonic() - began
        time.sleep(3)
    return f"1 to 3 in {seconds:.0f} s under load: {counted(load)}"


def step_killed(stack):
    victim = stack.containers("app")[-1]
    with Load(stack.url("/"), ["/health", "/ready"]) as load:
        time.sleep(2)
        stack.run("docker", "kill", "-s", "KILL", victim)
        stack.wait(lambda: len(listed_replicas(stack)) == 2, "two replicas behind nginx")
        time.sleep(3)
    stack.run("docker", "start", victim)
    stack.wait(lambda: len(listed_replicas(stack)) == 3, "the third is back")
    return f"one of three killed under load: {counted(load)}"


def step_scaled_in(stack):
    with Load(stack.url("/"), ["/health", "/ready"]) as load:
        stack.procedure("scale_services", "1", "--yes")
        stack.wait(lambda: len(listed_replicas(stack)) == 1, "one replica behind nginx")
    return f"3 to 1 by scale_services.sh under load: {counted(load)}"


def step_pooler_away(stack):
    """PostgreSQL is restarted under the stack, which gets over it by itself."""
    stack.compose("restart", "postgres")
    seconds = stack.wait(lambda: stack.play(stack.signed_in()), "a run after a restart of PostgreSQL")
    return f"PostgreSQL restarted; a new run was finished {seconds:.0f} s later, with nothing else restarted"


def step_lost(stack):
    """Everything but the archive is lost. By the tools of the image alone: the way that disaster_recovery.sh goes has its own step."""
    stack.compose("exec", "-T", "postgres", "pgbackrest", "--stanza=causal", "--type=full", "backup")
    last = stack.play(stack.signed_in())
    before = stack.runs(stack.signed_in())
    time.sleep(35)  # archive_timeout: what is older than half a minute is in the archive
    stack.compose("kill", "postgres", "app", "worker")
    stack.compose("down", "-v")
    refused = stack.compose("run", "--rm", "--no-deps", "-T", "postgres", check=False)
    expect(refused.returncode == 2 and "NEW_DATABASE=yes" in refused.stderr + refused.stdout, f"a new database beside an archive: {refused}")
    began = time.monotonic()
    stack.compose("run", "--rm", "--no-deps", "-T", "postgres", "pgbackrest", "--stanza=causal", "restore")
    stack.compose("up", "-d")
    stack.wait(stack.healthy, "health through nginx")
    seconds = time.monotonic() - began
    after = stack.runs(stack.signed_in())
    expect(last in after and before.items() <= after.items(), f"lost: {before.keys() - after.keys()}")
    expect(seconds < 300, f"recovery took {seconds:.0f} s")
    return f"volumes lost; archive restored and healthy in {seconds:.0f} s; all {len(before)} runs there; without a restore it had refused to begin"


def step_daily(stack):
    done = stack.procedure("daily_health_check", accepted=(0, 1))
    return f"daily_health_check.sh: exit code {done.returncode}"


def step_backup(stack):
    done = stack.procedure("backup", "--yes", accepted=(0, 1))
    return f"backup.sh: exit code {done.returncode}"


def step_recovered(stack):
    before = stack.runs(stack.signed_in())
    stack.compose("kill", "postgres", "app", "worker")
    stack.compose("down", "-v")
    began = time.monotonic()
    stack.procedure("disaster_recovery", "--yes", accepted=(0, 1))
    stack.wait(stack.healthy, "health through nginx")
    seconds = time.monotonic() - began
    after = stack.runs(stack.signed_in())
    expect(before.items() <= after.items(), f"lost: {before.keys() - after.keys()}")
    return f"disaster_recovery.sh from nothing: healthy in {seconds:.0f} s with all {len(before)} runs"


def step_rotated(stack):
    token = stack.signed_in()
    with Load(stack.url("/"), ["/health", "/ready"]) as load:
        stack.procedure("rotate_secrets", "--yes", accepted=(0, 1))
    expect(stack.request("/api/v1/auth/me", token=token)[0] == 200, "who was signed in is not any more")
    stack.play(stack.signed_in())
    return f"rotate_secrets.sh under load: {counted(load)}; who was signed in still is"


def step_down(stack):
    stack.compose("down", "-v")
    shutil.rmtree(stack.folder)
    return "nothing is left but images"


STEPS = (step_build, step_up, step_confined, step_watched, step_used, step_scaled, step_killed, step_scaled_in, step_pooler_away, step_lost,
         step_daily, step_backup, step_recovered, step_rotated, step_down)
NEEDS = {"step_scaled_in": "scale_services", "step_daily": "daily_health_check", "step_backup": "backup", "step_recovered": "disaster_recovery",
         "step_rotated": "rotate_secrets"}


def transcript(rows):
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False, cwd=ROOT).stdout.strip()
    lines = ["# The stack of containers, brought up and broken", "",
             f"`make test-compose` on {time.strftime('%-d %B %Y')} at {commit}, on {os.cpu_count()} cores ({platform.machine()}), "
             f"load {os.getloadavg()[0]:.0f} at its end. Written by `tests/ops/compose_test.py --transcript`.", "",
             "| step | seconds | what was found |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {seconds:.0f} | {found} |" for name, seconds, found in rows)]) + "\n"


def wanted(options):
    for step in STEPS:
        name = step.__name__.removeprefix("step_")
        needed = NEEDS.get(step.__name__)
        if options.only and name not in options.only:
            continue
        if name == "down" and options.keep:
            continue
        if needed and not (PROCEDURES / f"{needed}.py").exists():
            print(f"{name}: left out, as ops/procedures/{needed}.py is not there", flush=True)
            continue
        yield name, step


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--transcript")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    daemon, rows, failed = Daemon(), [], ""
    stack = Stack(daemon, options.program)
    try:
        for name, step in wanted(options):
            began = time.monotonic()
            found = step(stack)
            rows.append((name, time.monotonic() - began, found))
            print(f"{name}: {rows[-1][1]:.0f} s: {found}", flush=True)
            if name != "down":
                stack.keep()
    except (Failed, subprocess.TimeoutExpired) as error:
        failed = f"{name}: {error}"
    finally:
        if not options.keep and stack.folder.exists():
            stack.compose("down", "-v", check=False)
            shutil.rmtree(stack.folder, ignore_errors=True)
        daemon.close()
    if options.transcript and rows and not failed:
        pathlib.Path(options.transcript).write_text(transcript(rows), encoding="utf-8")
    if failed:
        sys.exit(f"compose_test: {failed}")


if __name__ == "__main__":
    main()
