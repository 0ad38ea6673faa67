"""Says where a compose file breaks a rule of ours: what a container is held to, and where a secret may not be."""
import re

SECRET_WORD = re.compile(r"(PASSWORD|PASSWD|SECRET|TOKEN|_KEY$|CREDENTIAL)")
# Grafana's own way to name a file.
NAMES_A_FILE = ("_FILE", "__FILE")
URL_WITH_PASSWORD = re.compile(r"://[^/\s:@]*:[^/\s@]+@")
SCALED = {"app", "worker"}
OUTSIDE = {"nginx"}
ON_LOOPBACK = {"prometheus", "alertmanager", "grafana"}
LABEL = "org.causal-gym.service"


def environment_of(service):
    environment = service.get("environment") or {}
    if isinstance(environment, list):
        return dict(each.partition("=")[::2] for each in environment)
    return {name: "" if value is None else str(value) for name, value in environment.items()}


def breaches(document, published=True):
    """(service, rule, what) of each breach; `published` tells whether ports are held to the live stack's rule."""
    for name, service in document["services"].items():
        yield from ((name, rule, what) for rule, what in confinement(name, service))
        yield from ((name, rule, what) for rule, what in secrecy(service))
        yield from ((name, rule, what) for rule, what in identity(name, service))
        if published:
            yield from ((name, rule, what) for rule, what in ports(name, service))
    for name, secret in (document.get("secrets") or {}).items():
        if set(secret) != {"file"}:
            yield name, "secret_file", f"comes from {', '.join(secret)}"


def confinement(name, service):
    if service.get("init") is not True:
        yield "init", "nobody buries the dead processes that health checks leave"
    if not service.get("read_only"):
        yield "read_only", "its root can be written"
    if service.get("cap_drop") != ["ALL"] or service.get("cap_add"):
        yield "capabilities", f"drops {service.get('cap_drop')}, adds {service.get('cap_add')}"
    if "no-new-privileges:true" not in (service.get("security_opt") or []):
        yield "new_privileges", "may gain privileges"
    for limit in ("mem_limit", "cpus", "pids_limit"):
        if not service.get(limit):
            yield "limit", f"no {limit}"
    check = service.get("healthcheck") or {}
    if not check.get("test") or check["test"][0] != "CMD" or not {"interval", "timeout", "retries", "start_period"} <= set(check):
        yield "healthcheck", "none that says command, interval, timeout, retries and start_period"
    if service.get("privileged") or service.get("network_mode") == "host" or service.get("pid") == "host":
        yield "privileged", "shares what is the host's"
    for volume in map(str, service.get("volumes") or []):
        if "docker.sock" in volume:
            yield "socket", "whoever has Docker's socket has the host"
        if name.endswith("-exporter") and not volume.endswith(":ro"):
            yield "read_only", f"{volume} can be written"


def secrecy(service):
    for name, value in environment_of(service).items():
        if SECRET_WORD.search(name) and not name.endswith(NAMES_A_FILE):
            yield "secret", f"{name} stands in the environment"
        if URL_WITH_PASSWORD.search(value):
            yield "secret", f"{name} holds a URL with a password"
    words = [*(service.get("command") or []), *((service.get("build") or {}).get("args") or {})]
    for word in map(str, words):
        if URL_WITH_PASSWORD.search(word) or re.search(r"(?i)(password|secret|token)=", word):
            yield "secret", f"{word.partition('=')[0]} stands among the arguments"


def identity(name, service):
    if (service.get("labels") or {}).get(LABEL) != name:
        yield "label", f"{LABEL} is not {name}"
    if name in SCALED and service.get("container_name"):
        yield "container_name", "a fixed name cannot be had twice"
    image = str(service.get("image", ""))
    tag = image.rpartition("/")[2].partition(":")[2]
    if not tag or tag.startswith("latest"):
        yield "image", f"'{image}' has no tag that stays"


def ports(name, service):
    for port in map(str, service.get("ports") or []):
        if name not in OUTSIDE | ON_LOOPBACK:
            yield "port", f"publishes {port}"
        if name in ON_LOOPBACK and not port.startswith("127.0.0.1:"):
            yield "port", f"{port} is not on loopback"
    inside = set(service.get("networks") or [])
    if not inside:
        yield "network", "is on the network of everyone"
