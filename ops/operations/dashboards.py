"""What makes a dashboard of Grafana fit to be provisioned: rules of our own, beside Grafana's types."""
import re

DATA_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS, MOST_PANELS = 24, 200
FIXED_WINDOW = re.compile(r"\b(?:rate|irate|increase|delta)\([^\[\]]*\[(\d+[smh])\]")
# Sums over an hour or a day are meant as such.
MEANT = {"1h", "1d"}


def panels_of(dashboard):
    """All but rows."""
    return [panel for panel in dashboard.get("panels", []) if panel.get("type") != "row"]


def targets_of(dashboard):
    return [target for panel in panels_of(dashboard) for target in panel.get("targets", [])]


def faults_of_panel(panel):
    name = f"panel {panel.get('title') or panel.get('id')}"
    for field in ("title", "description"):
        if not str(panel.get(field, "")).strip():
            yield f"{name} has no {field}"
    if not panel.get("fieldConfig", {}).get("defaults", {}).get("unit"):
        yield f"{name} has no unit"
    if panel.get("datasource") != DATA_SOURCE:
        yield f"{name}: its data source is not the variable's"
    targets = panel.get("targets", [])
    if not targets:
        yield f"{name} has no query"
    letters = [target.get("refId") for target in targets]
    if len(set(letters)) != len(letters):
        yield f"{name}: a refId is used twice"
    for target in targets:
        expression = target.get("expr", "")
        if not expression.strip():
            yield f"{name} has an empty query"
        if target.get("datasource") != DATA_SOURCE:
            yield f"{name}: the data source of {target.get('refId')} is not the variable's"
        fixed = [window for window in FIXED_WINDOW.findall(expression) if window not in MEANT]
        if fixed:
            yield f"{name}: a fixed window {fixed[0]} where $__rate_interval follows the zoom: {expression}"


def faults_of_grid(panels):
    """Of panels and rows: each within the grid, and none upon another."""
    taken = {}
    for panel in panels:
        place, title = panel.get("gridPos", {}), panel.get("title")
        x, y, width, height = (place.get(key, -1) for key in "xywh")
        if min(x, y) < 0 or min(width, height) < 1 or x + width > COLUMNS:
            yield f"panel {title} is beyond the grid"
            continue
        cells = [(column, row) for column in range(x, x + width) for row in range(y, y + min(height, 100))]
        other = next((taken[cell] for cell in cells if cell in taken), None)
        if other:
            yield f"panel {title} overlaps {other}"
        taken |= dict.fromkeys(cells, title)


def faults_of(dashboard):
    """What is wrong, each in words; nothing when all is well."""
    panels = dashboard.get("panels", [])
    faults = []
    if dashboard.get("id") is not None:
        faults.append("a file has no id of its own: Grafana gives it")
    faults += [f"the dashboard has no {field}" for field in ("uid", "title", "description", "schemaVersion") if not dashboard.get(field)]
    variables = {one.get("name"): one for one in dashboard.get("templating", {}).get("list", [])}
    if variables.get("datasource", {}).get("type") != "datasource":
        faults.append("there is no variable datasource")
    if not 1 <= len(panels) <= MOST_PANELS:
        faults.append(f"{len(panels)} panels: 1 to {MOST_PANELS} are sensible")
    seen, titles = set(), set()
    for panel in panels:
        if panel.get("id") in seen:
            faults.append(f"id {panel.get('id')} is used twice")
        seen.add(panel.get("id"))
    for panel in panels_of(dashboard):
        if panel.get("title") in titles:
            faults.append(f"panel {panel.get('title')} is titled as another")
        titles.add(panel.get("title"))
        faults += faults_of_panel(panel)
    return faults + list(faults_of_grid(panels))
