"""Programs that know vulnerabilities, each given a list of components, and what they print as one kind of finding."""
import dataclasses
import json
import os
import pathlib
import re
import shutil

from audit.sbom import by_source, for_trivy
from operations.errors import CouldNotCheck
from operations.programs import last_lines, run_program

LEVELS = ("unknown", "negligible", "low", "medium", "high", "critical")
WORDS = {"moderate": "medium", "important": "high", "unimportant": "negligible", "info": "low", "none": "negligible",
         "unassigned": "unknown",
         "not yet assigned": "unknown"}
FROM_SCORE = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low"))
DEBSECAN_LINE = re.compile(r"(\S+) (\S+)(?: \((.*)\))?$")


@dataclasses.dataclass(frozen=True)
class Vulnerability:
    id: str
    package: str
    version: str
    severity: str  # one of LEVELS
    fixed: str = ""  # the version that has a remedy; empty: none is known
    aliases: tuple = ()

    def at_least(self, level):
        return LEVELS.index(self.severity) >= LEVELS.index(level)


def level(word):
    word = str(word or "").strip().lower()
    word = WORDS.get(word, word)
    return word if word in LEVELS else "unknown"


def level_of_score(score):
    try:
        number = float(score)
    except (TypeError, ValueError):
        return "unknown"
    return next((name for least, name in FROM_SCORE if number >= least), "negligible")


def osv_fix(vulnerability, name):
    for affected in vulnerability.get("affected", []):
        if affected.get("package", {}).get("name") == name:
            for span in affected.get("ranges", []):
                for event in span.get("events", []):
                    if "fixed" in event:
                        return event["fixed"]
    return ""


def parse_osv(value):
    """osv-scanner --format json: results[].packages[]{package, vulnerabilities[], groups[]}; a group is one fault under several ids."""
    found = []
    for result in value["results"] or []:
        for entry in result.get("packages", []):
            package = entry["package"]
            by_id = {one["id"]: one for one in entry.get("vulnerabilities", [])}
            groups = entry.get("groups") or [{"ids": [identifier]} for identifier in by_id]
            for group in groups:
                first = by_id.get(group["ids"][0], {})
                severity = level_of_score(group.get("max_severity"))
                if severity == "unknown":
                    severity = level(first.get("database_specific", {}).get("severity"))
                names = dict.fromkeys([*group["ids"][1:], *group.get("aliases", []), *first.get("aliases", [])])
                found.append(Vulnerability(group["ids"][0], package["name"], package["version"], severity, osv_fix(first, package["name"]),
                                           tuple(name for name in names if name != group["ids"][0])))
    return found


def parse_grype(value):
    """grype -o json: matches[]{vulnerability{id, severity, fix{versions}}, relatedVulnerabilities[], artifact{name, version}}."""
    return [Vulnerability(match["vulnerability"]["id"], match["artifact"]["name"], match["artifact"]["version"],
                          level(match["vulnerability"].get("severity")),
                          ", ".join((match["vulnerability"].get("fix") or {}).get("versions") or []),
                          tuple(one["id"] for one in match.get("relatedVulnerabilities") or []))
            for match in value["matches"] or []]


def parse_trivy(value):
    """trivy sbom --format json: Results[].Vulnerabilities[]{VulnerabilityID, PkgName, InstalledVersion, FixedVersion, Severity}."""
    if "SchemaVersion" not in value:
        raise KeyError("SchemaVersion")
    return [Vulnerability(one["VulnerabilityID"], one["PkgName"], one["InstalledVersion"], level(one.get("Severity")),
                          one.get("FixedVersion", ""))
            for result in value.get("Results") or [] for one in result.get("Vulnerabilities") or []]


def parse_debsecan(text):
    """One `CVE-... package (words)` a line; among the words are `fixed` and `high urgency`."""
    found = []
    for line in text.splitlines():
        match = DEBSECAN_LINE.fullmatch(line.strip())
        if match is None:
            continue
        words = [word.strip() for word in (match[3] or "").split(",")]
        urgency = next((word.removesuffix(" urgency") for word in words if word.endswith(" urgency")), "")
        found.append(Vulnerability(match[1], match[2], "", level(urgency), "there is one" if "fixed" in words else ""))
    return found


def parse_npm(value):
    """npm audit --json: vulnerabilities{name: {severity, via[], range, fixAvailable}}; a `via` that is a text names another package."""
    if "vulnerabilities" not in value:
        why = value.get("message") or value.get("error", {}).get("summary") or "the registry gives none"
        raise CouldNotCheck(f"npm audit has no answer: {why}")
    found = []
    for name, entry in value["vulnerabilities"].items():
        for via in entry.get("via", []):
            if isinstance(via, dict):
                identifier = via.get("url", "").rsplit("/", 1)[-1] or str(via.get("source"))
                found.append(Vulnerability(identifier, name, via.get("range", ""), level(via.get("severity") or entry.get("severity")),
                                           "there is one" if entry.get("fixAvailable") else ""))
    return found


# Name: words after the program, exit codes that are answers, and its parser. {file} is the list of components.
SCANNERS = {
    "osv-scanner": (["--format", "json", "--sbom", "{file}"], (0, 1), parse_osv),
    "grype": (["sbom:{file}", "-o", "json", "-q"], (0,), parse_grype),
    "trivy": (["sbom", "--format", "json", "--quiet", "{file}"], (0,), parse_trivy),
    "debsecan": (["--suite", "{suite}", "--status", "{status}"], (0,), None)}
SUITES = {"11": "bullseye", "12": "bookworm", "13": "trixie"}


def find_scanner(wanted):
    """(name, path); CouldNotCheck when none is there."""
    for name in [wanted] if wanted else SCANNERS:
        path = shutil.which(name)
        short = os.path.basename(name)
        if path and short in SCANNERS:
            return short, path
    raise CouldNotCheck("no program that knows vulnerabilities is here: install "
                        f"{wanted or ' or '.join(['osv-scanner', 'grype', 'trivy', 'debsecan'])}, or name one in security.scanner")


def osv_words(path):
    """Version 2 takes lists of components as other lock files, version 1 by --sbom."""
    version = run_program([path, "--version"], check=False, seconds=20).stdout
    told = re.search(r"version:?\s*v?(\d+)", version)
    return ["scan", "source", "--format", "json", "-L", "{file}"] if told and int(told[1]) >= 2 else SCANNERS["osv-scanner"][0]


def scan(name, path, bill, dpkg_status, release, folder, seconds):
    """The vulnerabilities of one list of components. debsecan is given dpkg's status instead: it knows Debian's packages only."""
    file = pathlib.Path(folder) / "scanned.cdx.json"
    understood = {"osv-scanner": by_source, "trivy": for_trivy}.get(name, lambda same: same)
    file.write_text(json.dumps(understood(bill)), encoding="utf-8")
    status = pathlib.Path(folder) / "dpkg_status"
    status.write_text(dpkg_status, encoding="utf-8")
    words, answers, parse = SCANNERS[name]
    if name == "osv-scanner":
        words = osv_words(path)
    told = {"file": file, "status": status, "suite": SUITES.get(release.split(".")[0], "sid")}
    done = run_program([path, *(word.format(**told) for word in words)], check=False, seconds=seconds)
    if done.returncode not in answers:
        raise CouldNotCheck(f"{name} ended with {done.returncode}: {last_lines(done.stderr or done.stdout)}")
    if name == "debsecan":
        return parse_debsecan(done.stdout)
    try:
        return parse(json.loads(done.stdout))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CouldNotCheck(f"{name} printed something else than its JSON: {type(error).__name__} {error}") from error


def npm_audit(folder, seconds):
    done = run_program(["npm", "audit", "--json", "--package-lock-only"], folder=folder, check=False, seconds=seconds)
    try:
        return parse_npm(json.loads(done.stdout))
    except ValueError as error:
        raise CouldNotCheck(f"npm audit printed no JSON in {folder}: {last_lines(done.stderr)}") from error
