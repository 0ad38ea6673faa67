#!/usr/bin/env python3
"""Answers as osv-scanner, grype, trivy or debsecan do, by the name that it is started by, from the lists that it is really given.

$FAKE_FAULTS is a JSON file of [{id, package (of Debian's source or npm), severity, score, fixed}] or {"fail": text}. What it was
given is kept beside that file, as given-NAME.json.
"""
import json
import os
import pathlib
import sys

NAME = pathlib.Path(sys.argv[0]).name
FAULTS = pathlib.Path(os.environ["FAKE_FAULTS"])


def component_of(bill, wanted):
    """The first component that is this package, or is built from it."""
    for component in bill["components"]:
        sources = [entry["value"] for entry in component.get("properties", []) if entry["name"] == "debian:source"]
        if wanted in (component["name"], *sources):
            return component
    return None


def osv(found):
    packages = [{"package": {"name": component["name"], "version": component["version"], "ecosystem": "Debian:12"},
                 "vulnerabilities": [{"id": f"DEBIAN-{fault['id']}", "modified": "2026-01-01T00:00:00Z", "aliases": [],
                                      "upstream": [fault["id"]],
                                      "affected": [{"package": {"ecosystem": "Debian:12", "name": component["name"]},
                                                    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"},
                                                                                                *([{"fixed": fault["fixed"]}]
                                                                                                  if fault["fixed"] else [])]}]}]}],
                 "groups": [{"ids": [f"DEBIAN-{fault['id']}"], "aliases": [f"DEBIAN-{fault['id']}", fault["id"]],
                             "max_severity": fault["score"]}]}
                for fault, component in found]
    return {"results": [{"source": {"path": "scanned.cdx.json", "type": "sbom"}, "packages": packages}] if packages else [],
            "experimental_config": {}}, 1 if packages else 0


def grype(found):
    return {"matches": [{"vulnerability": {"id": fault["id"], "dataSource": "", "severity": fault["severity"].capitalize(), "urls": [],
                                           "fix": {"versions": [fault["fixed"]] if fault["fixed"] else [],
                                                   "state": "fixed" if fault["fixed"] else "not-fixed"}},
                         "relatedVulnerabilities": [], "matchDetails": [],
                         "artifact": {"name": component["name"], "version": component["version"], "type": "deb", "purl": component["purl"]}}
                        for fault, component in found], "source": {"type": "sbom-file"}, "distro": {"name": "debian", "version": "12"},
            "descriptor": {"name": "grype"}}, 0


def trivy(found):
    return {"SchemaVersion": 2, "ArtifactName": "scanned.cdx.json", "ArtifactType": "cyclonedx",
            "Results": [{"Target": "scanned.cdx.json (debian 12)", "Class": "os-pkgs", "Type": "debian",
                         "Vulnerabilities": [{"VulnerabilityID": fault["id"], "PkgName": component["name"],
                                              "InstalledVersion": component["version"],
                                              "Severity": fault["severity"].upper(),
                                              **({"FixedVersion": fault["fixed"]} if fault["fixed"] else {})}
                                             for fault, component in found]}]}, 0


def main():
    if sys.argv[1:] == ["--version"]:
        print("osv-scanner version: 2.1.0\ncommit: 0")
        return 0
    faults = json.loads(FAULTS.read_text(encoding="utf-8"))
    if isinstance(faults, dict):
        print(faults["fail"], file=sys.stderr)
        return 127
    if NAME == "debsecan":
        status = pathlib.Path(sys.argv[sys.argv.index("--status") + 1]).read_text(encoding="utf-8")
        assert "Package: " in status and sys.argv[1:3] == ["--suite", "bookworm"], sys.argv
        for fault in faults:
            print(f"{fault['id']} {fault['package']} ({'fixed, ' if fault['fixed'] else ''}remotely exploitable, {fault['severity']} urgency)")
        return 0
    words = {"osv-scanner": ["scan", "source", "--format", "json", "-L"], "grype": [],
             "trivy": ["sbom", "--format", "json", "--quiet"]}[NAME]
    assert sys.argv[1:1 + len(words)] == words, sys.argv
    path = sys.argv[1].removeprefix("sbom:") if NAME == "grype" else sys.argv[-1]
    bill = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    FAULTS.with_name(f"given-{NAME}.json").write_text(json.dumps(bill), encoding="utf-8")
    found = [(fault, component) for fault in faults for component in [component_of(bill, fault["package"])] if component]
    answer, code = {"osv-scanner": osv, "grype": grype, "trivy": trivy}[NAME](found)
    print(json.dumps(answer))
    return code


sys.exit(main())
