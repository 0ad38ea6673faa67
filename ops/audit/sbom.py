"""A list of components in CycloneDX 1.5: Debian's packages as dpkg knows them, npm's as lock files pin them, and the program itself.

Source: the specification of CycloneDX 1.5 and of package URLs (purl), types deb and npm.
"""
import base64
import binascii
import dataclasses
import json
import pathlib
import re
import urllib.parse
import uuid

from operations.errors import CouldNotCheck
from operations.report import stamp

NAMESPACE = uuid.UUID("6f0d3c52-8ad1-5b0e-9a55-41f3a1f6c3d2")
DIGESTS = {"sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}


@dataclasses.dataclass(frozen=True)
class DebianPackage:
    name: str
    version: str
    architecture: str
    source: str
    source_version: str


def parse_dpkg_status(text):
    """The installed packages of /var/lib/dpkg/status, by name."""
    found = []
    for paragraph in re.split(r"\n\s*\n", text):
        fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*(.*)$", paragraph, re.MULTILINE))
        if fields.get("Status", "").split()[-1:] != ["installed"] or "Version" not in fields:
            continue
        source = re.fullmatch(r"(\S+)(?: \((\S+)\))?", fields.get("Source", fields["Package"]))
        found.append(DebianPackage(fields["Package"], fields["Version"], fields.get("Architecture", "all"), source[1],
                                   source[2] or fields["Version"]))
    return sorted(found, key=lambda package: (package.name, package.architecture))


def quote(text):
    """Of a purl: what RFC 3986 leaves, and nothing else, stands as it is."""
    return urllib.parse.quote(text, safe="~._-")


def debian_component(package, release):
    purl = f"pkg:deb/debian/{quote(package.name)}@{quote(package.version)}"
    purl += f"?arch={quote(package.architecture)}&distro=debian-{quote(release)}"
    if (package.source, package.source_version) != (package.name, package.version):
        purl += f"&upstream={quote(package.source)}%40{quote(package.source_version)}"
    return {"type": "library", "bom-ref": purl, "name": package.name, "version": package.version, "purl": purl,
            "properties": [{"name": "debian:source", "value": package.source},
                           {"name": "debian:source_version", "value": package.source_version}]}


def npm_components(path, told):
    """Of a lock file of version 2 or 3; `told` is how it is named in the list."""
    try:
        packages = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))["packages"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CouldNotCheck(f"{path} is no lock file of npm 7 or later: {type(error).__name__}") from error
    found = []
    for place, entry in packages.items():
        if not place or entry.get("link") or "version" not in entry:
            continue
        name = entry.get("name") or place.rsplit("node_modules/", 1)[-1]
        group, _, short = name.rpartition("/")
        purl = f"pkg:npm/{quote(group) + '/' if group else ''}{quote(short)}@{quote(entry['version'])}"
        component = {"type": "library", "bom-ref": purl, "name": short, "version": entry["version"], "purl": purl,
                     "scope": "excluded" if entry.get("dev") else "required", "properties": [{"name": "npm:lock_file", "value": told}]}
        if group:
            component["group"] = group
        hashes = integrity_hashes(entry.get("integrity", ""))
        found.append(component | ({"hashes": hashes} if hashes else {}))
    return found


def integrity_hashes(integrity):
    found = []
    for word in integrity.split():
        kind, _, digest = word.partition("-")
        if kind in DIGESTS:
            try:
                found.append({"alg": DIGESTS[kind], "content": base64.b64decode(digest, validate=True).hex()})
            except binascii.Error:
                continue
    return found


def system_component(release):
    return {"type": "operating-system", "bom-ref": "debian", "name": "debian", "version": release}


def bill_of_materials(subject, components, moment):
    """`subject` is what the list is about, a component. The same components give the same serial number."""
    unique = {component["bom-ref"]: component for component in components}
    ordered = [unique[key] for key in sorted(unique)]
    serial = uuid.uuid5(NAMESPACE, json.dumps([subject, ordered], sort_keys=True))
    return {"$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.5",
            "serialNumber": f"urn:uuid:{serial}", "version": 1,
            "metadata": {"timestamp": stamp(moment), "component": subject,
                         "tools": [{"vendor": "Causal Interface Gym", "name": "weekly_security_audit"}]},
            "components": ordered,
            "dependencies": [{"ref": subject["bom-ref"], "dependsOn": sorted(unique)}]}


def by_source(bill):
    """The same with Debian's packages under the names of their sources, by which OSV keeps its advisories."""
    components = []
    for component in bill["components"]:
        told = {entry["name"]: entry["value"] for entry in component.get("properties", [])}
        if "debian:source" in told:
            purl = f"pkg:deb/debian/{quote(told['debian:source'])}@{quote(told['debian:source_version'])}?arch=source"
            purl += "".join(re.findall(r"&distro=[^&]+", component["purl"]))
            component = {"type": "library", "bom-ref": purl, "name": told["debian:source"], "version": told["debian:source_version"],
                         "purl": purl}
        components.append(component)
    unique = {component["bom-ref"]: component for component in components}
    return bill | {"components": list(unique.values()), "dependencies": []}


def for_trivy(bill):
    """The same with the properties by which Trivy knows the source of a Debian package; from a purl it does not read it."""
    components = []
    for component in bill["components"]:
        told = {entry["name"]: entry["value"] for entry in component.get("properties", [])}
        if "debian:source" in told:
            epoch, version, revision = re.fullmatch(r"(?:(\d+):)?(.*?)(?:-([^-]*))?", told["debian:source_version"]).groups()
            values = {"SrcName": told["debian:source"], "SrcEpoch": epoch, "SrcVersion": version, "SrcRelease": revision,
                      "PkgType": "debian"}
            component = component | {"properties": component["properties"] + [
                {"name": f"aquasecurity:trivy:{name}", "value": value} for name, value in values.items() if value]}
        components.append(component)
    return bill | {"components": components}
