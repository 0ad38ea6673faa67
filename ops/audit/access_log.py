"""nginx's log of JSON lines, counted by client, route and status; who is refused far more than others, and who looks for holes."""
import collections
import dataclasses
import datetime
import json
import re
import statistics

REFUSED = (401, 403, 404, 429)
IDENTIFIER = re.compile(r"(?<=/)(?:[0-9a-f]{8,}|[0-9A-Za-z_-]{20,}|\d+)(?=/|$)")
# What scanners ask for, and this program does not have.
SCANNED = re.compile(r"(?i)/\.(?:env|git|aws|ssh|svn|htpasswd|DS_Store)\b|/wp-|/xmlrpc\.php|/phpmyadmin|/cgi-bin/"
                     r"|\.(?:php|asp|aspx|jsp|cgi)$"
                     r"|/etc/passwd|\.\./|%2e%2e|/actuator\b|/solr/|/boaform|/hnap1|/vendor/phpunit|/manager/html|/server-status|/_ignition")
MOST_CLIENTS, MOST_ROUTES = 100_000, 1000
OTHER = "(other)"


@dataclasses.dataclass
class Client:
    requests: int = 0
    refused: collections.Counter = dataclasses.field(default_factory=collections.Counter)  # by status
    routes: collections.Counter = dataclasses.field(default_factory=collections.Counter)  # of refused requests
    scanned: int = 0
    found: list = dataclasses.field(default_factory=list)  # scanners' paths that were answered with 2xx


@dataclasses.dataclass
class Access:
    clients: dict = dataclasses.field(default_factory=dict)
    routes: collections.Counter = dataclasses.field(default_factory=collections.Counter)  # (route, status) of refused requests
    lines: int = 0
    unread: int = 0
    oldest: datetime.datetime = None

    def client(self, name):
        if name not in self.clients and len(self.clients) >= MOST_CLIENTS:
            name = OTHER
        return self.clients.setdefault(name, Client())


def route(path):
    """Ids become {id}, so that what is asked counts and not of whom; at most four parts of it."""
    path = IDENTIFIER.sub("{id}", path.split("?")[0])
    parts = path.split("/")
    return "/".join(parts[:5]) + ("/..." if len(parts) > 5 else "")


def count(access, line):
    name = str(line.get("client") or line.get("remote") or line.get("remote_addr") or "-")
    status, path = int(line["status"]), str(line.get("path") or line.get("uri") or "-")
    client = access.client(name)
    client.requests += 1
    if SCANNED.search(path):
        client.scanned += 1
        if 200 <= status < 300 and len(client.found) < 20:
            client.found.append(path)
    if status in REFUSED:
        told = route(path)
        key = (told, status) if len(access.routes) < MOST_ROUTES or (told, status) in access.routes else (OTHER, status)
        client.refused[status] += 1
        client.routes[key[0]] += 1
        access.routes[key] += 1


def read_log(lines, since):
    """Access since then. Lines that are no JSON, or no line of access, are counted as unread when they look as if they should be."""
    access = Access()
    for text in lines:
        start = text.find("{")
        if start < 0 or '"status"' not in text:
            continue
        try:
            line = json.loads(text[start:])
            moment = datetime.datetime.fromisoformat(str(line["ts"]).replace("Z", "+00:00"))
            access.oldest = moment if access.oldest is None else min(access.oldest, moment)
            if moment >= since:
                count(access, line)
                access.lines += 1
        except (ValueError, KeyError, TypeError, AttributeError):
            access.unread += 1
    return access


def spikes(access, least, factor, days):
    """(client, refused, median of the others) of those who were refused more than `least` a day and `factor` times what is usual."""
    refused = {name: sum(client.refused.values()) for name, client in access.clients.items()}
    found = []
    for name, number in refused.items():
        others = [value for other, value in refused.items() if other != name]
        usual = statistics.median(others) if others else 0
        if number >= least * max(1.0, days) and number >= factor * max(usual, 1):
            found.append((name, number, usual))
    return sorted(found, key=lambda one: -one[1])
