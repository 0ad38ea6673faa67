"""What is installed, what is known to be wrong with it, who may read and write what, where secrets lie about, and who knocked at the door.

Secrets are told by name only. Exit code 3 also means: no program that knows vulnerabilities could be asked.
"""
import contextlib
import datetime
import glob
import hashlib
import json
import os
import pathlib
import re
import tempfile
import urllib.parse

from audit import access_log, containers, files, processes, sbom, scanners
from audit.allow_list import read_allow_list
from audit.history import is_checkout, search_history
from audit.secrets_known import looks_secret, read_known, secrets_in, weaknesses
from audit.security_settings import security_settings
from audit.service_checks import services
from audit.telling import part, tell
from operations.errors import CouldNotCheck
from operations.procedure import Procedure, Step, main
from operations.programs import run_program
from operations.report import now
from operations.settings import causal_gym, checkout

CONTAINER_ROOTS = ["/usr/local", "/opt", "/srv", "/etc"]
AUDIT_QUERY = ("SELECT coalesce(nullif(address, ''), '-'), count(*), count(DISTINCT object) FROM audit_log "
               "WHERE action = 'sign_in' AND outcome NOT IN ('ok', 'code_asked') AND at >= {since} GROUP BY 1 ORDER BY 2 DESC LIMIT 20")


class Place:
    """Where programs are: this machine, or one image of a compose stack, in a container of it."""

    def __init__(self, context, name, service, is_host):
        self.context, self.name, self.service, self.is_host = context, name, service, is_host

    def run(self, *argv, **options):
        return self.context.stack.run(self.service, argv, **options)

    def read(self, path):
        return self.run("cat", path).stdout


def hide_in_report(context):
    """Whatever a step or a program has said: no secret leaves in the report."""
    hide = context.kept["known"].hide

    def clean(value):
        if isinstance(value, str):
            return hide(value)
        if isinstance(value, dict):
            return {hide(str(key)): clean(inner) for key, inner in value.items()}
        return [clean(inner) for inner in value] if isinstance(value, (list, tuple)) else value
    for finding in context.report.findings:
        object.__setattr__(finding, "message", hide(finding.message))
        object.__setattr__(finding, "values", clean(finding.values))
    context.report.tables[:] = [(step, title, heads, clean(rows)) for step, title, heads, rows in context.report.tables]


def beginning(context):
    security = context.kept["security"] = security_settings(context.settings)
    for level in (security.warning_severity, security.critical_severity):
        if level not in scanners.LEVELS:
            raise CouldNotCheck(f"[security]: severities are {', '.join(scanners.LEVELS)}, not {level!r}")
    context.kept["known"], context.kept["unread"] = read_known(context.stack.secret_path("any").parent)
    context.cleanup.callback(hide_in_report, context)
    context.kept["inspected"] = inspect(context) if context.stack.kind == "compose" else []
    context.kept["places"] = list(places(context))
    names = ", ".join(place.name for place in context.kept["places"])
    context.fine(f"{len(context.kept['known'].values)} secrets are known by name; looked at: {names}")


def service_of(one):
    return (one["Config"].get("Labels") or {}).get("com.docker.compose.service", one["Name"].lstrip("/"))


def inspect(context):
    identifiers = context.stack.compose("ps", "-q").stdout.split()
    return json.loads(run_program(["docker", "inspect", *identifiers]).stdout) if identifiers else []


def places(context):
    if context.stack.kind == "host":
        yield Place(context, "host", "app", True)
    seen = set()
    for one in context.kept["inspected"]:
        if one["Image"] not in seen and one["State"]["Running"]:
            seen.add(one["Image"])
            yield Place(context, service_of(one), service_of(one), False)


def release_of(place):
    found = re.search(r'(?m)^VERSION_ID="?([\w.]+)', place.run("cat", "/etc/os-release", check=False).stdout)
    return found[1] if found else "12"


def program_component(context, place):
    path = causal_gym(context.settings) if place.is_host else "causal-gym"
    version = place.run(path, "--version").stdout.strip().split()[-1]
    if place.is_host:
        digest = hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
    else:
        digest = place.run("sha256sum", place.run("sh", "-c", "command -v causal-gym").stdout.strip()).stdout.split()[0]
    return {"type": "application", "bom-ref": "causal-gym", "name": "causal-gym", "version": version,
            "purl": f"pkg:generic/causal-gym@{sbom.quote(version)}", "hashes": [{"alg": "SHA-256", "content": digest}]}


def lock_files(context):
    folder = pathlib.Path(context.kept["security"].checkout or checkout())
    globs = context.kept["security"].lock_files
    found = [pathlib.Path(path) for pattern in globs for path in glob.glob(pattern, recursive=True)] if globs else [
        path for path in folder.rglob("package-lock.json") if not {"node_modules", "build", ".git"} & set(path.relative_to(folder).parts)]
    return [(path, str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)) for path in sorted(found)]


def components(context):
    """One list of components for each image, or for the host; kept beside the reports, and given to the scanner."""
    kept = context.kept["bills"] = []
    folder = pathlib.Path(context.settings.paths.state) / "components"
    for place in context.kept["places"]:
        with part(context, place.name):
            kept.append(list_components(context, place, folder))


def list_components(context, place, folder):
    release, status = release_of(place), place.read(context.kept["security"].dpkg_status)
    packages = sbom.parse_dpkg_status(status)
    if not packages:
        raise CouldNotCheck(f"{context.kept['security'].dpkg_status} names no installed package")
    found = [sbom.debian_component(package, release) for package in packages] + [sbom.system_component(release)]
    subject = {"type": "container", "bom-ref": f"image:{place.name}", "name": place.name}
    if place.service == "app":
        subject = program_component(context, place)
        for path, told in lock_files(context):
            with part(context, told):
                found += sbom.npm_components(path, told)
    bill = sbom.bill_of_materials(subject, found, now())
    path = folder / f"{place.name}.cdx.json"
    modules = sum(one.get("purl", "").startswith("pkg:npm/") for one in found)
    told = f"{place.name}: {len(packages)} Debian packages, {modules} npm packages"
    if not context.dry_run:
        folder.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(bill, indent=1) + "\n", encoding="utf-8")
        fresh.rename(path)
        told += f"; {path}"
    context.fine(told, file=str(path), serial_number=bill["serialNumber"], components=len(bill["components"]))
    return place, bill, status, release


def vulnerabilities(context):
    security = context.kept["security"]
    name, path = scanners.find_scanner(security.scanner)
    allowed = read_allow_list(security.allow_list, now().date())
    if "bills" not in context.kept:
        components(context)
    found, asked = [], 0
    with tempfile.TemporaryDirectory(prefix="causal-gym-operations-") as folder:
        for place, bill, status, release in context.kept.get("bills", []):
            with part(context, f"{place.name}: {name}"):
                found += scanners.scan(name, path, bill, status, release, folder, security.scanner_seconds)
                asked += 1
    if name == "debsecan":
        for lock, told in lock_files(context):
            with part(context, told):
                found += scanners.npm_audit(lock.parent, 60)
    judge_vulnerabilities(context, list(dict.fromkeys(found)), allowed)
    if asked and not found:
        context.fine(f"{name} knows of nothing in {asked} lists of components")


def judge_vulnerabilities(context, found, allowed):
    security, today = context.kept["security"], now().date()
    rows, left = [], []
    for one in sorted(found, key=lambda one: (-scanners.LEVELS.index(one.severity), one.package, one.id)):
        entry = next((entry for entry in allowed if entry.covers(one)), None)
        lived_with = entry is not None and entry.until >= today
        rows.append([one.severity, one.package, one.version or "-", one.id, one.fixed or "-", f"until {entry.until}" if entry else "-"])
        if not lived_with:
            left.append(one)
    if rows:
        context.table("known vulnerabilities", ["severity", "package", "version", "id", "remedy in", "allowed"], rows[:200])
    for entry in allowed:
        if entry.until < today:
            context.warn(f"the allowance for {entry.id} has ended on {entry.until}: look again", id=entry.id)
        elif not any(entry.covers(one) for one in found):
            context.fine(f"the allowance for {entry.id} covers nothing any more", id=entry.id)
    told = []
    for one in left:
        # What nobody has rated yet may be anything.
        if one.at_least(security.warning_severity) or one.severity == "unknown":
            severity = "critical" if one.at_least(security.critical_severity) else "warning"
            told.append((severity, f"{one.package} {one.version}: {one.id}, {one.severity}; "
                         + (f"remedy: {one.fixed}" if one.fixed else "no remedy yet")))
    tell(context, told)
    if found and not told:
        context.fine(f"{len(found)} are known: all allowed, or less than {security.warning_severity}")


def permissions(context):
    security = context.kept["security"]
    owners = files.known_owners(security.owners)
    for place in context.kept["places"]:
        with part(context, place.name):
            roots = security.installation if place.is_host else CONTAINER_ROOTS
            roots = [root for root in roots or host_roots(context) if not place.is_host or os.path.exists(root)]
            inside = owners if place.is_host else ["0", *container_users(context, place.service)]
            done = place.run(*files.find_words(roots, inside), check=False)
            found = files.parse_found(done.stdout, inside)
            tell(context, [("critical", f"{path}: {wrong}") for path, wrong in found], "" if place.is_host else place.name)
            unread = [line for line in done.stderr.splitlines() if "Permission denied" in line]
            if unread:
                context.unchecked(f"{place.name}: {len(unread)} folders cannot be looked into")
            elif done.returncode != 0:
                context.unchecked(f"{place.name}: find ended with {done.returncode}: {done.stderr.strip()[-200:]}")
            elif not found:
                context.fine(f"{place.name}: nobody but their owners may write to the files in {' '.join(map(str, roots))}")
            if place.is_host:
                tell(context, [("critical", f"{path}: carries capabilities") for path in files.capabilities(roots)])
    with part(context, "secrets"):
        secret_folder(context, owners + container_users(context, "app"))


def host_roots(context):
    return [causal_gym(context.settings), "/etc/causal-gym", str(checkout() / "ops")]


def container_users(context, service):
    """Numbers of those whom a service's containers run as."""
    names = {one["Config"].get("User", "").split(":")[0] for one in context.kept["inspected"] if service_of(one) == service}
    return sorted(name for name in names if name.isdigit())


def secret_folder(context, owners):
    folder = context.stack.secret_path("any").parent
    try:
        wrong = files.judge_secret_folder(folder, owners)
    except OSError as error:
        raise CouldNotCheck(f"{folder}: {error.strerror}") from error
    tell(context, [("critical", f"{name} {what}") for name, what in wrong], str(folder))
    if not wrong:
        context.fine(f"{folder} and its files are for their owner alone")


def running(context):
    """Users, rights, ports and variables of what runs."""
    if context.stack.kind == "host":
        host_processes(context)
        return
    security, known = context.kept["security"], context.kept["known"]
    for one in context.kept["inspected"]:
        found = containers.judge(one, service_of(one), security.public, known)
        tell(context, found, one["Name"].lstrip("/"))
        if not found:
            context.fine(f"{one['Name'].lstrip('/')}: user {one['Config']['User']}, root file system read-only, no capabilities")


def port_of(url):
    parts = urllib.parse.urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def host_ports(context):
    """(service, port) of all that should listen."""
    stack, settings = context.settings.stack, context.settings
    found = {"nginx": port_of(settings.urls.public), "prometheus": port_of(settings.urls.prometheus),
             "alertmanager": port_of(settings.urls.alertmanager),
             "postgres": settings.postgres.port, "redis": settings.redis.port, "pgbouncer": settings.pgbouncer.port} | context.kept["security"].ports
    pairs = [(service, number) for service, number in found.items() if service in context.stack.expected()]
    for number in context.stack.numbers("app"):
        pairs += [("app", stack.first_port + number - 1), ("app's metrics", stack.first_metrics_port + number - 1)]
    return pairs


def host_processes(context):
    known, security = context.kept["known"], context.kept["security"]
    there = processes.listeners()
    holders = processes.holders([one.inode for one in there])
    for service, port in host_ports(context):
        sockets = [one for one in there if one.port == port]
        if not sockets:
            context.unchecked(f"{service}: nothing listens on port {port}")
            continue
        found = [("critical", f"listens on {one.address}, which anybody may reach") for one in sockets
                 if one.reach == "public" and service not in security.public]
        pids = sorted({pid for one in sockets for pid in holders.get(one.inode, [])})
        told = [process for process in map(processes.read_process, pids) if process]
        if told and all(process.user == 0 for process in told) or not told and all(one.user == 0 for one in sockets):
            found.append(("critical", "runs as root"))
        for process in told:
            found += judge_process(process, known)
        if not told:
            context.unchecked(f"{service}: its process cannot be looked into; run this as root")
        tell(context, found, service)
        if not found and told:
            addresses = ", ".join(sorted({one.address for one in sockets}))
            context.fine(f"{service}: user {max(process.user for process in told)}, on {addresses} port {port}")


def judge_process(process, known):
    found = []
    if process.user != 0 and process.rights & ~processes.NET_BIND_SERVICE:
        found.append(("warning", f"has capabilities though it is user {process.user}"))
    for name, value in process.environment.items():
        if looks_secret(name, value) or known.named_in(value.encode()):
            found.append(("warning", f"has a secret in its variable {name}: give the name of a file instead"))
    for what in secrets_in("\n".join(process.arguments).encode(), known):
        found.append(("critical", f"has {what} among its arguments, which everybody on this machine can read"))
    return found


def secrets(context):
    """Weak ones, and those that lie where they can be read: in units, in compose files, in what images were made by."""
    known, security = context.kept["known"], context.kept["security"]
    weak = weaknesses(known)
    tell(context, [("critical", f"the secret {name} {what}") for name, what in weak])
    for name in context.kept["unread"]:
        context.unchecked(f"the secret {name} cannot be read here: its value is not searched for")
    if not known.values:
        context.unchecked(f"no secrets are in {context.stack.secret_path('any').parent}: set paths.secrets")
    elif not weak:
        context.fine("no secret is short, common or used twice")
    paths = {path for pattern in security.unit_files for path in glob.glob(pattern)}
    if context.stack.kind == "compose":
        paths |= {str(context.stack.folder / name) for name in [*context.settings.stack.compose_files, ".env"]}
    found, read = [], 0
    for path in sorted(paths):
        with contextlib.suppress(IsADirectoryError, FileNotFoundError):
            try:
                found += [("critical", f"{path} holds {what}")
                          for what in secrets_in(pathlib.Path(path).read_bytes(), known, configuration=True)]
                read += 1
            except PermissionError:
                context.unchecked(f"{path} cannot be read")
    tell(context, found)
    if not found:
        context.fine(f"no secret stands in {read} files of units and configurations")
    for image in sorted({one["Config"]["Image"] for one in context.kept["inspected"]}):
        with part(context, image):
            told = containers.history_secrets(run_program(["docker", "history", "--no-trunc", "--format", "{{.CreatedBy}}", image]).stdout,
                                              known)
            tell(context, [("critical", f"what it was made by holds {what}") for what in told], image)


def history(context):
    folder = pathlib.Path(context.kept["security"].checkout or checkout())
    if not is_checkout(folder):
        context.fine(f"{folder} has no history")
        return
    found = search_history(folder, context.kept["known"], context.kept["security"].ignored_paths)
    tell(context, [("critical", f"{where} holds {what}: whoever has a copy has it; rotate it") for where, what in found])
    if not found:
        context.fine(f"no secret is in the history of {folder}")


def access(context):
    with part(context, "the log of access"):
        judge_access(context)
    with part(context, "the audit log"):
        sign_ins(context)


def judge_access(context):
    security, moment = context.kept["security"], now()
    since = moment - datetime.timedelta(days=security.access_days)
    told = access_log.read_log(context.stack.logs("nginx", 24 * security.access_days), since)
    if told.unread:
        context.warn(f"{told.unread} lines of nginx's log are no JSON of ours: its log_format has changed")
    days = min(security.access_days, (moment - told.oldest).total_seconds() / 86400) if told.oldest else 0
    found = []
    for name, number, usual in access_log.spikes(told, security.refused_least, security.refused_factor, days):
        client = told.clients[name]
        what = ", ".join(f"{count} times {status}" for status, count in client.refused.most_common())
        most = client.routes.most_common(1)[0][0]
        found.append(("warning", f"{name} was refused {number} times ({what}); half of the others at most {usual:g} times. Most: {most}"))
    for name, client in told.clients.items():
        if client.scanned:
            found.append(("warning", f"{name} looked for holes with {client.scanned} requests"))
        found += [("critical", f"{name} asked for {path[:100]}, and it was answered") for path in client.found]
    tell(context, found)
    refused = sum(sum(client.refused.values()) for client in told.clients.values())
    context.fine(f"{told.lines} requests of {len(told.clients)} clients in {days:.1f} days; {refused} refused", requests=told.lines,
                 refused=refused)
    busiest = sorted(told.clients.items(), key=lambda pair: -sum(pair[1].refused.values()))[:10]
    context.table("refused by client", ["client", "requests", *map(str, access_log.REFUSED)],
                  [[name, client.requests, *(client.refused[status] for status in access_log.REFUSED)]
                   for name, client in busiest if client.refused])
    context.table("refused by route", ["route", "status", "count"],
                  [[route[:80], status, number] for (route, status), number in told.routes.most_common(15)])


def sign_ins(context):
    """Of the server's own log of what was done to accounts, which knows the reason."""
    security = context.kept["security"]
    since = int(now().timestamp() - security.access_days * 86400)
    rows = context.stack.sql(AUDIT_QUERY.format(since=since))
    found = [("warning", f"{address}: {number} failed sign-ins with {names} names")
             for address, number, names in rows if int(number) >= security.sign_in_failures]
    tell(context, found)
    if not found:
        context.fine(f"{sum(int(row[1]) for row in rows)} failed sign-ins; no address has {security.sign_in_failures} or more")


CHECKS = {"components": components, "vulnerabilities": vulnerabilities, "permissions": permissions, "running": running,
          "services": services, "secrets": secrets, "history": history, "access": access}


def chosen(name, check):
    """Without --step every check is made."""
    return Step(name, lambda context: check(context) if context.options.step in (None, []) or name in context.options.step else None)


def own_options(parser):
    parser.add_argument("--step", action="append", choices=list(CHECKS), metavar="NAME",
                        help=f"only this, may be given again: {', '.join(CHECKS)}")


if __name__ == "__main__":
    main(Procedure("weekly_security_audit", "Weekly security audit", __doc__, seconds=2700, options=own_options,
                   steps=[Step("beginning", beginning, needed=True), *(chosen(name, check) for name, check in CHECKS.items())]))
