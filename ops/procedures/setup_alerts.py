"""Checks the rules of Prometheus and the routes of Alertmanager, puts them in force, and proves by a drill that an alert arrives.

The drill is an alert with the label drill="true", which goes to the drill's receiver and to no person: this program listens there for
as long as the drill lasts (alerts.drill_listen), so that drill_url of Alertmanager's configuration must lead to it.
In operations.toml, [alerts]: folder (of the rules), tests, configuration, prometheus_configuration, drill_listen, drill_seconds; its other
keys are values of render_alertmanager.py.
"""
import dataclasses
import datetime
import difflib
import pathlib
import re
import secrets

from operations.errors import CouldNotCheck
from operations.procedure import Procedure, Step, main
from operations.report import now, stamp
from operations.settings import checkout
from operations.stack import wait_until
from operations.web import request, request_json
from operations.webhook_receiver import WebhookReceiver

ROUTES = {"drill": 'alertname=Drill drill=true severity=critical', "critical": "alertname=AppDown severity=critical",
          "warning": "alertname=HostCpuHigh severity=warning", "watchdog": "alertname=Watchdog severity=none"}
PEOPLE = ("pagerduty_configs", "slack_configs", "email_configs", "webhook_configs")
IN_CONTAINERS = pathlib.PurePosixPath("/etc/prometheus")
DISCOVERY_SECONDS = 20
PLACEHOLDER = re.compile(r"@([a-z_]+)@")


@dataclasses.dataclass(frozen=True)
class AlertSettings:
    folder: str = str(checkout() / "monitoring")
    tests: str = "tests/*_test.yml"
    configuration: str = "alertmanager.yml"
    prometheus_configuration: str = ""  # empty: prometheus.yml of containers, prometheus.host.yml of a bare host
    drill_listen: str = "127.0.0.1:9095"
    drill_seconds: float = 30.0


def read_own(context):
    """[alerts], less the values of Alertmanager's template, whose names are checked too."""
    table = dict(context.settings.other.get("alerts", {}))
    fields = {field.name: field.type for field in dataclasses.fields(AlertSettings)}
    template = pathlib.Path(table.get("folder", AlertSettings.folder)) / "alertmanager.template.yml"
    values = set(PLACEHOLDER.findall(template.read_text(encoding="utf-8"))) if template.exists() else set()
    for key in table:
        if key not in fields and key not in values:
            close = difflib.get_close_matches(key, [*fields, *values], n=1)
            raise CouldNotCheck(f"[alerts]: unknown key {key}" + (f"; did you mean {close[0]}?" if close else ""))
    own = AlertSettings(**{key: value for key, value in table.items() if key in fields})
    host, _, port = own.drill_listen.rpartition(":")
    if not host or not port.isdecimal() or not 0 < own.drill_seconds <= 600:
        raise CouldNotCheck("[alerts]: drill_listen must be ADDRESS:PORT, drill_seconds more than 0 and at most 600")
    return own


def place(context, name):
    """Where the programs of Prometheus and Alertmanager find a file of the folder."""
    top = IN_CONTAINERS if context.stack.kind == "compose" else pathlib.Path(context.kept["own"].folder)
    return str(top / name)


def configuration(context):
    return pathlib.Path(context.kept["own"].folder) / context.kept["own"].configuration


def rules(context):
    own = context.kept["own"] = read_own(context)
    name = own.prometheus_configuration or ("prometheus.yml" if context.stack.kind == "compose" else "prometheus.host.yml")
    done = context.stack.run("prometheus", ["promtool", "check", "config", place(context, name)], seconds=context.seconds_left, check=False)
    if done.returncode != 0:
        context.critical(f"promtool refuses {name}: {' '.join((done.stderr or done.stdout).split())[:500]}")
        return
    context.fine(f"promtool takes {name} and its rules")
    tests = sorted(path.relative_to(own.folder) for path in pathlib.Path(own.folder).glob(own.tests))
    if not tests:
        context.unchecked(f"there are no unit tests of rules at {own.folder}/{own.tests}")
        return
    done = context.stack.run("prometheus", ["promtool", "test", "rules", *(place(context, test) for test in tests)],
                             seconds=context.seconds_left, check=False)
    if done.returncode != 0:
        context.critical(f"unit tests of rules fail: {' '.join((done.stdout + done.stderr).split())[:800]}")
    else:
        context.fine(f"{len(tests)} files of unit tests of the rules pass")


def routes(context):
    path = place(context, context.kept["own"].configuration)
    done = context.stack.run("alertmanager", ["amtool", "check-config", path], seconds=30, check=False)
    if done.returncode != 0:
        context.critical(f"amtool refuses {path}: {' '.join((done.stdout + done.stderr).split())[:500]}")
        return
    for receiver, labels in ROUTES.items():
        asked = ["amtool", "config", "routes", "test", f"--config.file={path}", f"--verify.receivers={receiver}", *labels.split()]
        done = context.stack.run("alertmanager", asked, seconds=30, check=False)
        if done.returncode != 0:
            context.critical(f"{labels} goes to {(done.stdout.splitlines() or ['nobody'])[0].strip()}, not to {receiver}")
    context.fine(f"amtool takes {path}")


def people(context):
    """Whether somebody hears: by kinds of receivers, never by their addresses."""
    text = configuration(context).read_text(encoding="utf-8")
    for receiver in ("critical", "warning"):
        kinds = [kind.removesuffix("_configs") for kind in PEOPLE if kind in section(text, receiver)]
        if kinds:
            context.fine(f"{receiver}: by {', '.join(kinds)}", kinds=kinds)
        else:
            context.warn(f"nobody hears of what is {receiver}: no receiver has a secret; see render_alertmanager.py")


def section(text, receiver):
    """What a configuration says of a receiver, as we write it and as Alertmanager tells it."""
    found = re.search(rf"^ *- name: {receiver}$(.*?)(?=^ *- name: |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def reload_one(context, name, url):
    status, text, _ = request(f"{url.rstrip('/')}/-/reload", seconds=60, body=b"", method="POST", trust=context.settings.urls.trust)
    if status != 200:
        context.critical(f"{name} refuses to reload: HTTP {status} {' '.join(text.split())[:300]}")
        return
    context.fine(f"{name} has reloaded")


def reload(context):
    urls = context.settings.urls
    for name, url in (("Prometheus", urls.prometheus), ("Alertmanager", urls.alertmanager)):
        context.change(f"reload {name} at {url}", lambda name=name, url=url: reload_one(context, name, url))


def in_force(context):
    """Prometheus has every alert of the file, and knows an Alertmanager."""
    urls, seconds = context.settings.urls, context.settings.limits.http_seconds
    text = (pathlib.Path(context.kept["own"].folder) / "alert.rules.yml").read_text(encoding="utf-8")
    wanted = set(re.findall(r"^ *- alert: (\w+)$", text, re.MULTILINE))
    _, answer = request_json(f"{urls.prometheus.rstrip('/')}/api/v1/rules?type=alert", seconds=seconds, trust=urls.trust)
    there = {rule["name"]: rule for group in answer["data"]["groups"] for rule in group["rules"]}
    missing, broken = sorted(wanted - set(there)), sorted(name for name, rule in there.items() if rule.get("health") == "err")
    if missing or broken:
        context.critical(f"alerts that are not in force: {', '.join(missing + broken)}", missing=missing, broken=broken)
    else:
        context.fine(f"all {len(wanted)} alerts are in force")

    def knows():
        _, answer = request_json(f"{urls.prometheus.rstrip('/')}/api/v1/alertmanagers", seconds=seconds, trust=urls.trust)
        return answer["data"]["activeAlertmanagers"]
    try:
        wait_until(knows, "an Alertmanager that Prometheus knows", DISCOVERY_SECONDS)  # a reload forgets it for a moment
    except CouldNotCheck as error:
        context.critical(f"Prometheus has no Alertmanager to send alerts to: {error}")


def alert(labels, ends):
    return [{"labels": labels, "startsAt": stamp(now() - datetime.timedelta(seconds=1)), "endsAt": stamp(ends),
             "generatorURL": "https://drill.invalid/setup_alerts",
             "annotations": {"summary": "A drill: nothing is wrong", "description": "setup_alerts.sh sent it to see that alerts arrive.",
                             "runbook_url": "docs/operations/alerts.md"}}]


def send(context, labels, ends):
    url = f"{context.settings.urls.alertmanager.rstrip('/')}/api/v2/alerts"
    status, text, _ = request(url, seconds=10, body=alert(labels, ends), method="POST", trust=context.settings.urls.trust)
    if status != 200:
        raise CouldNotCheck(f"Alertmanager does not take the drill: HTTP {status} {text[:200]}")


def drill(context):
    own, urls = context.kept["own"], context.settings.urls
    _, told = request_json(f"{urls.alertmanager.rstrip('/')}/api/v2/status", seconds=10, trust=urls.trust)
    if "webhook_configs" not in section(told["config"]["original"], "drill"):
        raise CouldNotCheck("Alertmanager has no receiver for drills: set drill_url in [alerts], and run render_alertmanager.py")
    context.change(f"send a drill and listen for it at {own.drill_listen}", lambda: carry_out_drill(context, own))


def carry_out_drill(context, own):
    labels = {"alertname": "CausalGymDrill", "drill": "true", "severity": "critical", "area": "drill", "id": secrets.token_hex(8)}
    host, _, port = own.drill_listen.rpartition(":")
    try:
        receiver = WebhookReceiver(host, int(port))
    except OSError as error:
        raise CouldNotCheck(f"cannot listen at {own.drill_listen}: {error.strerror}") from error
    with receiver:
        began = now()
        send(context, labels, began + datetime.timedelta(minutes=5))
        try:
            arrived = receiver.wait_for(lambda one: any(got.get("id") == labels["id"] for got, _, _ in one.alerts()), own.drill_seconds)
            seconds = (now() - began).total_seconds()
            check_receivers(context, labels)
        finally:
            send(context, labels, now())  # over, and not left for others to see
    if arrived:
        context.fine(f"the drill arrived after {seconds:.1f} s", seconds=seconds)
    else:
        context.critical(f"the drill did not arrive at {own.drill_listen} in {own.drill_seconds:g} s: does drill_url lead there?")


def check_receivers(context, labels):
    """Alertmanager's own word on whom it tells."""
    url = f"{context.settings.urls.alertmanager.rstrip('/')}/api/v2/alerts?filter=id%3D%22{labels['id']}%22"
    _, alerts = request_json(url, seconds=10, trust=context.settings.urls.trust)
    told = sorted({receiver["name"] for one in alerts for receiver in one["receivers"]})
    if told != ["drill"]:
        context.critical(f"a drill goes to {', '.join(told) or 'nobody'}, and must go to the receiver drill alone")


STEPS = [Step("rules", rules, needed=True), Step("routes", routes, needed=True), Step("people", people), Step("reload", reload, needed=True),
         Step("in force", in_force), Step("drill", drill)]

if __name__ == "__main__":
    main(Procedure("setup_alerts", "Setting up alerts", __doc__, seconds=600, steps=STEPS, changes=True))
