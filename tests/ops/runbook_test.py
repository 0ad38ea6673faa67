"""docs/operations/runbook.md: every step that may be run is run on a whole stack, and ends as the page says; and the page is whole.

Of containers there are none here: a `docker` that stands in runs what is asked of a container where the service is, so that
commands are typed as the page has them, and only addresses are replaced.
"""
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from audited_stack import AuditedStack
from daily_health_check_test import make_backup
from native_stack import HERE, ROOT
from runbook_steps import read_steps

MOST_SECONDS = 400
PAGES = ROOT / "docs/operations"
CORRECTIONS = [f"{chapter}.{number}" for chapter, last in ((1, 7), (2, 4), (3, 5), (4, 5), (5, 4), (6, 4), (7, 2), (8, 2), (9, 2), (12, 3)) for number in range(1, last + 1)]
LATER = ["10", "11", "13"]
DOCKER = '''#!/usr/bin/env bash
# docker compose exec -T SERVICE COMMAND... | logs ... SERVICE, on a stack without containers.
set -euo pipefail
[ "$1" = compose ] && shift
verb=$1
shift
case "$verb" in
  exec)
    [ "$1" = -T ] && shift
    shift
    exec "$@"
    ;;
  logs)
    case "${*: -1}" in
      nginx) cat "$STACK/log/access.log" ;;
      *) cat "$STACK"/log/"${*: -1}"-*.log ;;
    esac
    ;;
  *)
    echo "docker $verb is not to be had here" >&2
    exit 3
    ;;
esac
'''
PROMTOOL_RULES = "rule_files: [{root}/monitoring/recording.rules.yml, {root}/monitoring/alert.rules.yml]\n"


class RunbookStack(AuditedStack):
    """Requests count as slow at once, so that there are slow ones."""

    def environment(self):
        return super().environment() | {"CAUSAL_GYM_SLOW_REQUEST_SECONDS": "0.000001"}

    def write_settings(self, **tables):
        super().write_settings(**{"security": {"scanner": ""}, "logs": {"slow_share_warning": 1.5, "slow_share_critical": 2.0}, **tables})

    def make_configurations(self, prometheus_more):
        super().make_configurations(PROMTOOL_RULES.format(root=ROOT))


class Place:
    """Where the page's commands are typed."""

    def __init__(self, stack):
        self.stack, self.bin = stack, stack.folder / "typed"
        self.bin.mkdir()
        for name, text in (("docker", DOCKER), ("redis-cli", '#!/bin/sh\nexec /usr/bin/redis-cli -p "$REDIS_PORT" "$@"\n')):
            (self.bin / name).write_text(text, encoding="utf-8")
            (self.bin / name).chmod(0o755)
        shutil.copy(HERE / "fake_scanner.py", self.bin / "grype")
        (self.bin / "grype").chmod(0o755)
        (self.bin / "faults.json").write_text("[]", encoding="ascii")
        passwords = self.bin / "passwords"
        passwords.write_text("".join(f"*:*:*:{user}:{stack.secret(name)}\n" for user, name in (
            ("postgres", "postgres_password"), ("causal_user", "database_password"))), encoding="ascii")
        passwords.chmod(0o600)
        ports = stack.ports
        self.ports = {"8501": ports["nginx"], "8090": ports["metrics"], "9090": ports["prometheus"], "9093": ports["alertmanager"]}
        self.environment = os.environ | {
            "PATH": f"{self.bin}:{os.environ['PATH']}", "CAUSAL_GYM_OPERATIONS": str(stack.settings_file), "STACK": str(stack.folder),
            "PGHOST": "127.0.0.1", "PGPORT": str(ports["postgres"]), "PGPASSFILE": str(passwords), "REDIS_PORT": str(ports["redis"]),
            "FAKE_FAULTS": str(self.bin / "faults.json")}

    def here(self, command):
        """The command with this stack's addresses and folders."""
        command = re.sub(r"(localhost|127\.0\.0\.1):(\d+)", lambda found: f"127.0.0.1:{self.ports.get(found[2], found[2])}", command)
        # A busy machine is no failure of a step.
        command = re.sub(r"(ops/procedures/\w+\.sh)", rf"\1 --deadline {MOST_SECONDS}", command)
        return command.replace("/backups/", f"{self.stack.folder}/backups/")

    def type(self, step):
        """(code, output) as a terminal shows it."""
        done = subprocess.run(["bash", "-c", self.here(step.command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                              text=True, timeout=MOST_SECONDS, cwd=ROOT, env=self.environment, check=False)
        return done.returncode, done.stdout


def run_steps(place, steps):
    bad = []
    for step in steps:
        begun = time.monotonic()
        code, output = place.type(step)
        faults = step.faults(code, output)
        print(f"{step.name}: {time.monotonic() - begun:.1f} s{''.join(f'; {fault}' for fault in faults)}", flush=True)
        if faults:
            bad.append(f"{step.name}: {'; '.join(faults)}\n{output[-1500:]}")
    return bad


def test_runs(place, steps):
    bad = run_steps(place, [step for step in steps if step.runnable])
    assert not bad, "\n".join(bad)


def test_failures(place, steps):
    """With the server dead, steps that ask it fail: an expectation that everything meets would be none."""
    by_name = {step.name: step for step in steps}
    place.stack.supervise("stop", "causal-gym-app@1.service")
    bad = run_steps(place, [by_name[name] for name in ("daily.check", "daily.health", "daily.health-strict", "daily.metrics")])
    assert len(bad) == 4, bad
    place.stack.supervise("start", "causal-gym-app@1.service")


def procedures_that_are_there():
    return {path.name for path in (ROOT / "ops/procedures").glob("*.sh") if path.with_suffix(".py").exists()}


def test_whole(text, steps):
    """Every procedure has its step, none is named that is not there, every correction is explained, and every page is in the index."""
    commands = "\n".join(step.command for step in steps)
    typed = set(re.findall(r"ops/procedures/(\w+\.sh)", commands))
    there = procedures_that_are_there()
    assert typed == there, f"no step runs {sorted(there - typed)}; steps run what is not there: {sorted(typed - there)}"
    for page in [PAGES / "runbook.md"]:
        for name in re.findall(r"`(?:ops/procedures/)?(\w+\.sh)\b", page.read_text(encoding="utf-8")):
            assert name in there or not name.startswith(PROCEDURE_BEGINNINGS), f"{page.name} names {name}, which is not there"
    for script in re.findall(r"scripts/\w+\.py", text):
        assert (ROOT / script).exists(), script
    told = re.findall(r"^- \*\*([\d.]+)\*\*", text, re.MULTILINE)
    assert sorted(set(told)) == sorted([*CORRECTIONS, *LATER]), sorted(set(told) ^ {*CORRECTIONS, *LATER})
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    missing = [page.name for page in PAGES.glob("*.md") if page.name != "README.md" and f"]({page.name})" not in index]
    assert not missing, f"docs/operations/README.md does not tell of {missing}"
    by_hand = re.findall(r"\*\*`([a-z0-9.-]+)`\*\* · by hand.*?```\n\n(.{0,10})", text, re.DOTALL)
    assert all(after.startswith("By hand:") for _, after in by_hand), [name for name, after in by_hand if not after.startswith("By hand:")]


PROCEDURE_BEGINNINGS = ("daily_", "weekly_", "monthly_", "update_", "apply_", "rotate_", "scale_", "disaster_", "setup_", "backup.sh")


def test_alerts():
    """Every alert leads to a heading that is there, and the page of alerts has no others."""
    rules = (ROOT / "monitoring/alert.rules.yml").read_text(encoding="utf-8")
    names = re.findall(r"^\s+- alert: (\w+)", rules, re.MULTILINE)
    urls = re.findall(r"runbook_url: (\S+)", rules)
    assert len(names) == len(urls) > 0
    headings = re.findall(r"^### (\w+)$", (PAGES / "alerts.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(names), sorted(set(headings) ^ set(names))
    assert [url.lower() for url in urls] == [f"docs/operations/alerts.md#{name.lower()}" for name in names]


def test_expressions(stack):
    """Every expression of PromQL in the documents is one that the live Prometheus answers, and names series that it has or could have.

    A subquery looks at round times, of which a stack of a minute has none but seconds."""
    found = [(page.name, expression.strip()) for page in PAGES.glob("*.md")
             for expression in re.findall(r"```promql\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)]
    assert found, "service-levels.md has expressions"
    for name, expression in found:
        expression = re.sub(r"\[\w+:\w+\]", "[1m:1s]", expression)
        done = subprocess.run(["promtool", "query", "instant", f"http://127.0.0.1:{stack.ports['prometheus']}", expression], capture_output=True, text=True,
                              timeout=30, check=False)
        assert done.returncode == 0 and done.stdout.strip(), (name, expression, done.stdout, done.stderr)


def test_reader():
    """What the reader of steps refuses."""
    good = "**`a.b`** · ends with 0 or 1 · prints `x … y`, `z`\n\n```sh\ntrue\n```\n"
    step = read_steps(good)[0]
    assert (step.name, step.codes, step.prints, step.runnable) == ("a.b", (0, 1), ("x … y", "z"), True)
    assert step.faults(0, "x and y z") == [] and len(step.faults(2, "x\ny")) == 3
    assert not read_steps(good.replace("** ·", "** · by hand ·"))[0].runnable
    for bad in ("", good + good, good + "```sh\nfalse\n```\n", good.replace("```sh", "```text")):
        try:
            read_steps(bad)
        except ValueError:
            continue
        raise AssertionError(f"taken: {bad}")


def prepare(stack):
    """A day's work: questions that were asked, a backup that was verified, and what Prometheus makes of them."""
    backup = make_backup(stack)
    told = {"at": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
            "manifest_sha256": hashlib.sha256((backup / "manifest.json").read_bytes()).hexdigest()}
    (backup / "verified.json").write_text(json.dumps(told), encoding="ascii")
    # A rate needs what was before and what came after.
    ask = {"model": "chain-v1", "query": "P(fire)"}
    stack.post("/api/v1/ask", ask)
    time.sleep(2)
    for number in range(5):
        stack.post("/api/v1/ask", ask | {"query": f"P(fire | do(smoke = {number % 2}))"})
    series = "http://127.0.0.1:{prometheus}/api/v1/query?query=causal_inference_duration_seconds".format(**stack.ports)
    stack.wait(lambda: b'"value":[' in (stack.get(series) or b""), "the recorded mean")


def main():
    text = (PAGES / "runbook.md").read_text(encoding="utf-8")
    test_reader()
    steps = read_steps(text)
    test_whole(text, steps)
    test_alerts()
    with RunbookStack(pathlib.Path(sys.argv[1])) as stack:
        prepare(stack)
        place = Place(stack)
        test_runs(place, steps)
        test_expressions(stack)
        test_failures(place, steps)


if __name__ == "__main__":
    main()
