"""Settings of the services that open doors: what Redis, PostgreSQL, PgBouncer, nginx and TLS say of themselves, judged."""
import configparser
import re
import socket
import ssl
import urllib.parse

DANGEROUS = ("flushall", "config set", "debug sleep", "shutdown", "replicaof", "module load")
BAD_METHODS = {"trust": "critical", "password": "critical", "ident": "warning", "md5": "warning"}
WEAK_BOUNCER = {"trust": "critical", "any": "critical", "plain": "critical", "md5": "warning"}
OLD_TLS = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.1")
HEADERS = {"X-Content-Type-Options": r"nosniff", "Content-Security-Policy": r"default-src", "Referrer-Policy": r".",
           "X-Frame-Options": r"(?i)deny|sameorigin"}


def judge_hba(rows):
    """Of (type, database, users, address, method) of pg_hba_file_rules: who may come in without proving who they are."""
    found = []
    for kind, database, users, address, method, fault in rows:
        if fault:
            found.append(("warning", f"a line of pg_hba.conf is wrong: {fault}"))
        elif method in BAD_METHODS:
            severity = BAD_METHODS[method]
            if kind == "hostnossl" and method != "trust":
                severity = "critical"
            found.append((severity, f"pg_hba.conf lets {users} into {database} from {address or 'this machine'} by {method}"))
    return found


def judge_roles(rows, admin, user):
    """Of (name, superuser, createrole, replication, bypassrls, login, kind of password)."""
    found = []
    for name, superuser, createrole, replication, bypass, login, password in rows:
        if superuser == "t" and name != admin:
            found.append(("critical", f"the role {name} is a superuser"))
        if name == user:
            rights = [word for word, given in (("CREATEROLE", createrole), ("REPLICATION", replication), ("BYPASSRLS", bypass))
                      if given == "t"]
            found += [("critical", f"the application's role {name} has {right}") for right in rights]
        if login == "t" and password == "md5":
            found.append(("warning", f"the password of {name} is kept as MD5: set it again under scram-sha-256"))
    return found


def judge_bouncer(text):
    """Of pgbouncer.ini."""
    parser = configparser.ConfigParser(interpolation=None, strict=False, comment_prefixes=(";", "#"), delimiters=("=",))
    parser.read_string(text)
    section = parser["pgbouncer"] if parser.has_section("pgbouncer") else {}
    kind = section.get("auth_type", "md5").strip()
    found = []
    if kind in WEAK_BOUNCER:
        found.append((WEAK_BOUNCER[kind],
                      f"PgBouncer's auth_type is {kind}" + (": whoever reaches it is anybody" if kind in ("trust", "any") else "")))
    for name, value in parser["databases"].items() if parser.has_section("databases") else []:
        if re.search(r"\bpassword\s*=", value):
            found.append(("critical", f"pgbouncer.ini holds a password of the database {name}"))
    return found, kind


def judge_nginx(text):
    """Of nginx -T."""
    found = []
    text = re.sub(r"(?m)^\s*#.*$", "", text)
    for value in re.findall(r"\bssl_protocols\s+([^;]+);", text):
        old = [word for word in value.split() if word in OLD_TLS]
        if old:
            found.append(("critical", f"nginx accepts {', '.join(old)}"))
    if not re.search(r"\bserver_tokens\s+off\s*;", text):
        found.append(("warning", "nginx tells its version: server_tokens is not off"))
    if re.search(r"\bautoindex\s+on\s*;", text):
        found.append(("warning", "nginx lists folders: autoindex is on"))
    if re.search(r"\blisten\s[^;]*\bssl\b", text) and "Strict-Transport-Security" not in text:
        found.append(("warning", "nginx serves TLS without Strict-Transport-Security"))
    return found


def judge_headers(headers):
    missing = [name for name, wanted in HEADERS.items() if not re.search(wanted, headers.get(name) or "")]
    found = [("warning", f"pages come without {', '.join(missing)}")] if missing else []
    if re.search(r"/\d", headers.get("Server") or ""):
        found.append(("warning", "the header Server tells a version"))
    return found


def old_tls_accepted(url, seconds):
    """The versions before 1.2 that the server at an https address agrees to, of those that this machine's OpenSSL can ask for."""
    parts = urllib.parse.urlsplit(url)
    found = []
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = version
            with socket.create_connection((parts.hostname, parts.port or 443), timeout=seconds) as plain:
                with context.wrap_socket(plain, server_hostname=parts.hostname):
                    found.append(version.name.replace("_", "."))
        except (OSError, ValueError):
            continue
    return found
