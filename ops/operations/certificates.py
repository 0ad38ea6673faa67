"""The certificates that a stack shows to others, and when each ends: nginx', PostgreSQL's and PgBouncer's as they run, those of
`paths.certificates`, and the one that is met at an https address, which is the old one as long as nginx was not told of the new."""
import collections
import datetime
import glob
import pathlib
import re
import socket
import ssl
import urllib.parse

from operations.errors import CouldNotCheck
from operations.exposition import label_value
from operations.procedure import write_metrics
from operations.programs import run_program
from operations.report import now

FAMILY = "causal_certificate_not_after_timestamp_seconds"
DAY_SECONDS = 86400


def certificate_end(pem):
    """When the first certificate of a chain to end ends; CouldNotCheck when there is none, or one is not to be read."""
    blocks = re.findall(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", pem, re.DOTALL)
    if not blocks:
        raise CouldNotCheck("it holds no certificate")
    ends = []
    for block in blocks:
        told = run_program(["openssl", "x509", "-noout", "-enddate"], stdin=block + "\n", seconds=10, check=False)
        if told.returncode != 0:
            raise CouldNotCheck("what it holds is no certificate")
        end = datetime.datetime.strptime(told.stdout.strip().removeprefix("notAfter="), "%b %d %H:%M:%S %Y GMT")
        ends.append(end.replace(tzinfo=datetime.timezone.utc))
    return min(ends)


def nginx_configuration(context):
    """All of it, as nginx itself reads it."""
    # While it runs its pid file is there: else this would make one, which an nginx of another user could not write to.
    if not any(state.well for state in context.stack.states_of("nginx")):
        raise CouldNotCheck("it does not run")
    words = context.settings.other.get("security", {}).get("nginx_dump")
    if not words and context.stack.kind == "host":
        check = context.settings.other.get("recovery", {}).get("nginx_check") or ["nginx", "-t"]
        words = ["-T" if word == "-t" else word for word in check]
    words = words or ["nginx", "-T", "-p", "/run/nginx", "-c", "/run/nginx/nginx.conf"]
    return context.stack.run("nginx", words).stdout


def named_by_nginx(text):
    """Paths; one that is relative counts from the folder of the configuration file. A name that holds a variable is no path."""
    first = re.search(r"(?m)^# configuration file (.+):$", text)
    folder = pathlib.PurePath(first[1]).parent if first else pathlib.PurePath("/etc/nginx")
    names = re.findall(r"(?m)^[^#\n]*?\bssl_certificate\s+([^;]+);", text)
    return [str(folder / name.strip("\"'")) for name in dict.fromkeys(names) if "$" not in name]


def of_files(context):
    for pattern in context.settings.paths.certificates:
        for path in sorted(glob.glob(pattern)) or [pattern]:
            yield path, lambda path=path: pathlib.Path(path).read_text(encoding="utf-8")


def of_nginx(context):
    if "nginx" in context.stack.expected():
        for path in named_by_nginx(nginx_configuration(context)):
            yield path, lambda path=path: context.stack.run("nginx", ["cat", path]).stdout


def of_postgres(context):
    """Its file is asked of itself: nobody else may need to read it."""
    if "postgres" not in context.stack.expected():
        return
    used, name, folder = context.stack.admin_sql(
        "SELECT current_setting('ssl'), current_setting('ssl_cert_file'), current_setting('data_directory')", database="postgres")[0]
    if used == "on":
        path = str(pathlib.PurePath(folder) / name)
        quoted = path.replace("'", "''")
        yield path, lambda: context.stack.admin_sql(f"SELECT pg_read_file('{quoted}')", database="postgres")[0][0]


def of_pgbouncer(context):
    if "pgbouncer" not in context.stack.expected():
        return
    settings = {row["key"]: row["value"] for row in context.stack.pooler("SHOW CONFIG")}
    path = settings.get("client_tls_cert_file")
    if path:
        yield path, lambda: context.stack.run("pgbouncer", ["cat", path]).stdout


def of_address(context):
    parts = urllib.parse.urlsplit(context.settings.urls.public)
    if parts.scheme == "https":
        yield f"https://{parts.netloc}", lambda: met_at(parts.hostname, parts.port or 443, context.settings.limits.http_seconds)


def met_at(host, port, seconds):
    """Whether it is trusted is asked elsewhere: here one that has ended is read too."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((host, port), timeout=seconds) as plain, tls.wrap_socket(plain, server_hostname=host) as wrapped:
        return ssl.DER_cert_to_PEM_cert(wrapped.getpeercert(binary_form=True))


SOURCES = {"paths.certificates": of_files, "nginx": of_nginx, "PostgreSQL": of_postgres, "PgBouncer": of_pgbouncer, "the address": of_address}


def check_certificates(context):
    """A finding of each, by limits.certificate_*_days; their ends become metrics, which the alerts read."""
    ends, failed = {}, False
    for source, find in SOURCES.items():
        try:
            found = list(find(context))
        except CouldNotCheck as error:
            found, failed = [], True
            context.unchecked(f"certificates of {source}: {error}")
        for name, read in found:
            if name not in ends:
                ends[name] = read_end(context, name, read)
    if not ends and not failed:
        context.fine("no service has a certificate: none can end")
    known = {name: end for name, end in ends.items() if end}
    if (known or not (failed or ends)) and not context.dry_run:
        write_ends(context, known)


def read_end(context, name, read):
    """None when it is not to be read, which is told as when it ends is."""
    try:
        end = certificate_end(read())
    except (CouldNotCheck, OSError, ValueError) as error:
        context.unchecked(f"the certificate {name}: {getattr(error, 'strerror', None) or error}", file=name)
        return None
    days, limits = (end - now()).total_seconds() / DAY_SECONDS, context.settings.limits
    told = f"ends in {days:.1f} days" if days > 0 else f"has ended {-days:.1f} days ago"
    context.judge(days, limits.certificate_warning_days, limits.certificate_critical_days, f"the certificate {name} {told}", file=name)
    return end


def write_ends(context, ends):
    """Labelled by the file's name, or by its path where two have the same name."""
    names = collections.Counter(pathlib.PurePath(path).name for path in ends)

    def label(path):
        name = pathlib.PurePath(path).name
        return path if names[name] > 1 or "://" in path else name
    series = {f'{FAMILY}{{file="{label_value(label(path))}"}}': int(end.timestamp()) for path, end in ends.items()}
    try:
        write_metrics(context.settings, "certificates", series)
    except OSError as error:
        context.unchecked(f"alerts do not learn of it: {context.settings.paths.metrics}: {error.strerror}")
