"""What a secret looks like, which ones this stack has, and a text without them. Of a value, only where it stands is ever told."""
import dataclasses
import pathlib
import re

LEAST_SEARCHED = 8  # a shorter value would be found everywhere
HIDDEN = "[hidden]"
# What is searched for in texts and histories. The name is what a report tells.
PATTERNS = {
    "an OpenAI or Anthropic key": rb"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{24,}",
    "an AWS access key": rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": rb"\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{50,}",
    "a Google key": rb"\bAIza[0-9A-Za-z_-]{35}",
    "a Slack token": rb"\bxox[abeprs]-[A-Za-z0-9-]{20,}",
    "a Slack webhook": rb"hooks\.slack\.com/services/T[A-Za-z0-9]{6,}/B[A-Za-z0-9]{6,}/[A-Za-z0-9]{16,}",
    "an API key of this program": rb"\bcg_[A-Za-z0-9_-]{40,}",
    "a JSON Web Token": rb"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}",
    "a private key": rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{60,}"}
# Only in configurations: elsewhere it is too often an example.
URL_PASSWORD = rb"\b[a-z][a-z0-9+]{2,20}://[^\s/:@\"'<>{}$]*:(?P<value>[^\s/@\"']{3,})@"
ASSIGNED = (rb"(?i)\b(?P<name>[a-z0-9_.-]*(?:password|passwd|secret|token|api_?key|private_?key)[a-z0-9_]*)[\"']?[ \t]*[=:][ \t]*"
            rb"[\"']?(?P<value>[^\s\"'#]{6,})")
NO_VALUE = re.compile(r"[$<{%@/~]|^(?:[x*.]+|true|false|none|null|file|change.?me|password|your.*|example.*|\[.*)$", re.IGNORECASE)
NO_SECRET_NAME = re.compile(r"(?i)(_FILE|FILES?|_PATH|_FOLDER|_SECONDS|_WORDS|_NAMES?|_ENCRYPTION|_TYPE|_LENGTH)$")
SECRET_NAME = re.compile(r"(?i)(PASSWORD|PASSWD|PGPASS$|SECRET|TOKEN|CREDENTIAL|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|_KEY$|^KEY$|_AUTH$)")
URL_WITH_PASSWORD = re.compile(URL_PASSWORD.decode())
DEFAULTS = {"admin", "password", "passw0rd", "secret", "changeme", "change-me", "change_me", "postgres", "redis", "root", "test", "causal",
            "causal_user",
            "causal_password", "your-secret-key", "default", "123456", "12345678", "letmein", "grafana", "your_secret_key", "dev",
            "development"}
LEAST_LENGTH = {"jwt_secret_key": 32, "second_factor_key": 32}
USUAL_LENGTH, LEAST_DISTINCT = 16, 8
# Given by others, and in forms of theirs.
FOREIGN = {"openai_api_key", "anthropic_api_key", "slack_url", "pagerduty_key", "smtp_password", "webhook_url", "tls_certificate",
           "tls_key"}


@dataclasses.dataclass(frozen=True)
class Known:
    """The secrets of a stack by name. A key ring's values are those after `kid:`."""
    values: dict

    @property
    def searched(self):
        """(name, value) of those long enough to be searched for, as bytes, longest first."""
        pairs = [(name, value.encode()) for name, ring in self.values.items() for value in ring
                 if len(value) >= LEAST_SEARCHED and value.lower() not in DEFAULTS]  # those are words that stand anywhere
        return sorted(pairs, key=lambda pair: -len(pair[1]))

    def named_in(self, content):
        """The names of the secrets whose value stands in these bytes."""
        return sorted({name for name, value in self.searched if value in content})

    def hide(self, text):
        """The text without any secret, known or recognised by its form, and without control characters."""
        for _, value in self.searched:
            text = text.replace(value.decode(), HIDDEN)
        for pattern in PATTERNS.values():
            text = re.sub(pattern.decode(), HIDDEN, text)
        text = URL_WITH_PASSWORD.sub(lambda found: found[0].replace(found["value"], HIDDEN), text)
        return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e]", "?", text)


def ring_values(name, text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return [line.split(":", 1)[1] if name in LEAST_LENGTH and ":" in line else line for line in lines]


def read_known(folder):
    """(Known, names that could not be read) of the files in a folder of secrets; certificates are none."""
    values, unread = {}, []
    for path in sorted(pathlib.Path(folder).glob("*")) if pathlib.Path(folder).is_dir() else []:
        if not path.is_file() or path.name.startswith(".") or path.name == "tls_certificate":
            continue
        try:
            values[path.name] = ring_values(path.name, path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            unread.append(path.name)
    return Known(values), unread


def weaknesses(known):
    """(name, what is wrong) by property. Two names with one value are told of both."""
    found, owners = [], {}
    for name, ring in known.values.items():
        if name in FOREIGN:
            continue
        if not ring:
            found.append((name, "is empty"))
        for value in ring:
            if "://" in value:
                continue  # an address that holds another secret
            least = LEAST_LENGTH.get(name, USUAL_LENGTH)
            if value.lower() in DEFAULTS or value.lower().strip("0123456789!") in DEFAULTS:
                found.append((name, "is a default or among the first that anybody tries"))
            elif len(value) < least:
                found.append((name, f"has {len(value)} characters of at least {least}"))
            elif len(set(value)) < LEAST_DISTINCT:
                found.append((name, f"has {len(set(value))} different characters of at least {LEAST_DISTINCT}"))
            if value in owners and owners[value] != name:
                found.append((name, f"is the same as {owners[value]}"))
            owners.setdefault(value, name)
    return found


def looks_secret(name, value):
    """Whether an environment's variable holds a secret itself, and not the name of a file with one."""
    if URL_WITH_PASSWORD.search(value):
        return True
    return bool(value) and bool(SECRET_NAME.search(name)) and not NO_SECRET_NAME.search(name) and not NO_VALUE.search(value)


def secrets_in(content, known, configuration=False):
    """What stands in these bytes, by name: known secrets, forms of keys, and in configurations passwords in URLs and assignments."""
    found = [f"the secret {name}" for name in known.named_in(content)]
    found += [name for name, pattern in PATTERNS.items() if re.search(pattern, content)]
    if configuration:
        for line in content.splitlines():
            if line.lstrip().startswith((b"#", b";", b"//")):
                continue
            assigned = re.search(ASSIGNED, line)
            if assigned and looks_secret(assigned["name"].decode().replace(".", "_"), assigned["value"].decode(errors="replace")):
                found.append(f"a value of {assigned['name'].decode()}")
            address = re.search(URL_PASSWORD, line)
            if address and not NO_VALUE.search(address["value"].decode(errors="replace")):
                found.append("a password in an address")
    return list(dict.fromkeys(found))
