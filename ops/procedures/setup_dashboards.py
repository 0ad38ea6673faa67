"""Checks the dashboards and their provisioning, and, where Grafana answers, that it shows them; one that it lacks is given to it.

Grafana reads the files itself (monitoring/grafana/provisioning); what it provisions is compared, never overwritten.
In operations.toml, [dashboards]: folder, provisioning, token (the name of the secret that holds a service account's token).
"""
import dataclasses
import json
import pathlib
import urllib.parse

from operations.dashboards import faults_of, panels_of, targets_of
from operations.errors import CouldNotCheck
from operations.procedure import Procedure, Step, main
from operations.settings import checkout, nearest
from operations.web import request_json

NAMES = {"causal-reasoning", "system-metrics"}


@dataclasses.dataclass(frozen=True)
class DashboardSettings:
    folder: str = str(checkout() / "monitoring/dashboards")
    provisioning: str = str(checkout() / "monitoring/grafana/provisioning")
    token: str = "grafana_token"


def lint(context):
    table, fields = context.settings.other.get("dashboards", {}), {field.name for field in dataclasses.fields(DashboardSettings)}
    for key in table:
        if key not in fields:
            raise CouldNotCheck(f"[dashboards]: unknown key {key}{nearest(key, fields)}")
    own = context.kept["own"] = DashboardSettings(**table)
    found = {}
    for path in sorted(pathlib.Path(own.folder).glob("*.json")):
        try:
            found[path.stem] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            context.critical(f"{path}: {error}")
            continue
        faults = faults_of(found[path.stem])
        for fault in faults:
            context.critical(f"{path.name}: {fault}")
        if not faults:
            context.fine(f"{path.name}: {len(panels_of(found[path.stem]))} panels, {len(targets_of(found[path.stem]))} queries")
    for name in sorted(NAMES - set(found)):
        context.critical(f"there is no {name}.json in {own.folder}")
    context.kept["dashboards"] = found


def source_of(dashboard):
    """The uid of the data source that its variable begins with."""
    return next((one["current"]["value"] for one in dashboard["templating"]["list"] if one["name"] == "datasource"), "")


def provisioning(context):
    top = pathlib.Path(context.kept["own"].provisioning)
    texts = {kind: "".join(path.read_text(encoding="utf-8") for path in sorted((top / kind).glob("*.yml")))
             for kind in ("datasources", "dashboards")}
    sources = {source_of(dashboard) for dashboard in context.kept["dashboards"].values()}
    lacking = [uid for uid in sorted(sources) if f"uid: {uid}\n" not in texts["datasources"]]
    if lacking or not sources:
        context.critical(f"no data source is provisioned as {', '.join(lacking) or 'anything'} in {top}/datasources")
    elif "type: file" not in texts["dashboards"]:
        context.critical(f"no folder of dashboards is provisioned in {top}/dashboards")
    else:
        context.fine(f"the data source {', '.join(sorted(sources))} and the folder of dashboards are provisioned")


class Grafana:
    """Its HTTP API. The token is a header of each request and stands nowhere else."""

    def __init__(self, context):
        self.url, self.seconds = context.settings.urls.grafana.rstrip("/"), context.settings.limits.http_seconds
        self.trust, self.headers = context.settings.urls.trust, {}
        if urllib.parse.urlsplit(self.url).username is not None:
            raise CouldNotCheck("urls.grafana holds a name and a password, which other users of this machine could read: use a token")

    def ask(self, path, body=None):
        status, answer = request_json(self.url + path, seconds=self.seconds, body=body, method="POST" if body else "GET",
                                      headers=self.headers, trust=self.trust)
        if status in (401, 403):
            raise CouldNotCheck(f"Grafana refuses the token at {path}: HTTP {status}")
        return status, answer


def grafana(context):
    own, names = context.kept["own"], ", ".join(sorted(context.kept["dashboards"]))
    api = Grafana(context)
    try:
        status, health = api.ask("/api/health")
    except CouldNotCheck as error:
        raise CouldNotCheck(f"not checked: whether Grafana shows {names}, and its data source: {error}") from error
    if status != 200 or health.get("database") != "ok":
        context.critical(f"Grafana is not well: HTTP {status}, its database is {health.get('database')}")
        return
    api.headers = {"Authorization": f"Bearer {context.stack.secret(own.token)}"}
    for uid in sorted({source_of(dashboard) for dashboard in context.kept["dashboards"].values()}):
        status, _ = api.ask(f"/api/datasources/uid/{urllib.parse.quote(uid)}")
        if status == 200:
            context.fine(f"Grafana has the data source {uid}")
        else:
            context.critical(f"Grafana has no data source {uid}: HTTP {status}")
    for name, dashboard in sorted(context.kept["dashboards"].items()):
        show(context, api, name, dashboard)


def show(context, api, name, dashboard):
    """What Grafana lacks is given to it; then both are compared."""
    path = f"/api/dashboards/uid/{urllib.parse.quote(dashboard['uid'])}"
    status, answer = api.ask(path)
    there = status == 200
    if there and same(answer["dashboard"], dashboard):
        context.fine(f"Grafana shows {name} as it is here")
    elif there and answer.get("meta", {}).get("provisioned"):
        context.critical(f"Grafana shows another {name} than the file here: is its folder mounted, and from this version?")
    elif context.change(f"give {name} to Grafana", lambda: push(context, api, name, dashboard)):
        status, answer = api.ask(path)
        if status == 200 and same(answer["dashboard"], dashboard):
            context.fine(f"Grafana shows {name} now")
        else:
            context.critical(f"Grafana took {name} and does not show it: HTTP {status}")


def push(context, api, name, dashboard):
    body = {"dashboard": {**dashboard, "id": None}, "overwrite": True, "message": "setup_dashboards.sh"}
    status, answer = api.ask("/api/dashboards/db", body)
    if status != 200 or answer.get("status") != "success":
        context.critical(f"Grafana refuses {name}: HTTP {status} {str(answer.get('message', ''))[:200]}")
        return False
    return True


def same(one, other):
    """By what people see; Grafana adds fields of its own."""
    return one.get("title") == other["title"] and told(one) == told(other)


def told(dashboard):
    return [(panel.get("title"), panel.get("type"), [target.get("expr") for target in panel.get("targets", [])])
            for panel in panels_of(dashboard)]


STEPS = [Step("dashboards", lint, needed=True), Step("provisioning", provisioning), Step("grafana", grafana)]

if __name__ == "__main__":
    main(Procedure("setup_dashboards", "Setting up dashboards", __doc__, seconds=120, steps=STEPS, changes=True))
