"""What `docker inspect` says of a container, judged: its user, its rights, what it may write, its mounts, ports and variables."""
import ipaddress

from audit.secrets_known import looks_secret, secrets_in

SOCKETS = ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock")
ROOTS = ("", "0", "root")


def loopback(address):
    try:
        return ipaddress.ip_address(address or "0.0.0.0").is_loopback
    except ValueError:
        return False


def rights(one):
    """(severity, what is wrong): severities are critical and warning."""
    host, config = one["HostConfig"], one["Config"]
    found = []
    if config.get("User", "").split(":")[0] in ROOTS:
        found.append(("critical", "runs as root"))
    if host.get("Privileged"):
        found.append(("critical", "is privileged: root in it is root of the host"))
    if "ALL" not in [name.upper().removeprefix("CAP_") for name in host.get("CapDrop") or []]:
        found.append(("warning", "keeps capabilities: cap_drop lacks ALL"))
    if host.get("CapAdd"):
        found.append(("warning", f"is given capabilities: {', '.join(host['CapAdd'])}"))
    if not any(option.startswith("no-new-privileges") and not option.endswith("false") for option in host.get("SecurityOpt") or []):
        found.append(("warning", "may gain rights by set-uid programs: no-new-privileges is missing"))
    if any(option in ("seccomp=unconfined", "seccomp:unconfined", "apparmor=unconfined") for option in host.get("SecurityOpt") or []):
        found.append(("critical", "has its filter of system calls or its AppArmor profile taken away"))
    if not host.get("ReadonlyRootfs"):
        found.append(("warning", "may write to its root file system"))
    for key, what in (("NetworkMode", "network"), ("PidMode", "processes"), ("IpcMode", "shared memory")):
        if host.get(key) == "host":
            found.append(("critical", f"shares the host's {what}"))
    if not host.get("Memory"):
        found.append(("warning", "has no limit of memory"))
    return found


def reach(one, service, public):
    """Mounts and ports that give or take too much."""
    found = []
    for mount in one.get("Mounts") or []:
        if mount.get("Source") in SOCKETS or mount.get("Destination") in SOCKETS:
            found.append(("critical", "holds the socket of the container engine, which is root of the host"))
        elif mount.get("Type") == "bind" and mount.get("RW") and mount.get("Source") in ("/", "/etc", "/root", "/home", "/usr", "/var"):
            found.append(("critical", f"may write to {mount['Source']} of the host"))
    for port, bindings in (one["HostConfig"].get("PortBindings") or {}).items():
        for binding in bindings or []:
            if service not in public and not loopback(binding.get("HostIp")):
                found.append(("critical", f"publishes {port} on {binding.get('HostIp') or 'every address'}"))
    return found


def variables(one, known):
    """Names of variables that hold a secret themselves; and of secrets among the arguments."""
    found = []
    for entry in one["Config"].get("Env") or []:
        name, _, value = entry.partition("=")
        if looks_secret(name, value) or known.named_in(value.encode()):
            found.append(("critical", f"has a secret in its variable {name}, which docker inspect shows"))
    words = "\n".join([*(one["Config"].get("Entrypoint") or []), *(one["Config"].get("Cmd") or []), *(one.get("Args") or [])])
    for what in secrets_in(words.encode(), known):
        found.append(("critical", f"has {what} among its arguments"))
    return found


def judge(one, service, public, known):
    return rights(one) + reach(one, service, public) + variables(one, known)


def history_secrets(text, known):
    """What stands in the commands that an image was made by (docker history --no-trunc)."""
    return secrets_in(text.encode(), known, configuration=True)
