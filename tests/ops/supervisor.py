#!/usr/bin/env -S python3 -S -E
"""Stands in for systemctl where no systemd runs: is-active, start, stop, restart, reload UNIT, of the units in $STACK_FOLDER/units.json.

A unit is {argv, user, environment_files, credentials, log, stop, reload}; `{instance}` in a template `NAME@.service` is what stands after the
@. Credentials are secrets that it gets a copy of when it starts, as LoadCredential of systemd does.
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

FOLDER = pathlib.Path(os.environ.get("STACK_FOLDER") or pathlib.Path(sys.argv[0]).resolve().parent)
MOST_SECONDS = 30


def find(unit):
    units = json.loads((FOLDER / "units.json").read_text(encoding="utf-8"))
    if unit in units:
        return units[unit], ""
    name, _, rest = unit.partition("@")
    template, instance = f"{name}@.service", rest.removesuffix(".service")
    if not rest or template not in units:
        sys.exit(f"no unit {unit}")
    return json.loads(json.dumps(units[template]).replace("{instance}", instance)), instance


def read_pid(unit):
    try:
        pid = int((FOLDER / "run" / f"{unit}.pid").read_text(encoding="ascii"))
        state = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
        return None if state in "ZX" else pid
    except (OSError, ValueError):
        return None


def environment(paths):
    values = dict(os.environ)
    for path in paths:
        for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition("=")
            if name:
                values[name] = value
    return values


def give(source, copy, user):
    copy.parent.mkdir(mode=0o700, exist_ok=True)
    shutil.copyfile(source, copy)
    copy.chmod(0o600)
    for path in (copy, copy.parent) if user else ():
        shutil.chown(path, user)


def start(unit):
    if read_pid(unit):
        return
    told, _ = find(unit)
    user = told.get("user") if os.geteuid() == 0 else None
    argv = ["setpriv", f"--reuid={user}", f"--regid={told.get('group', user)}", "--clear-groups", *told["argv"]] if user else told["argv"]
    given = environment(told.get("environment_files", [])) | told.get("environment", {})
    for source, copy in told.get("credentials", {}).items():
        give(source, pathlib.Path(copy), user)
    with open(FOLDER / "log" / told["log"], "ab") as log:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=given, cwd=FOLDER)
    (FOLDER / "run" / f"{unit}.pid").write_text(str(process.pid), encoding="ascii")
    time.sleep(0.05)
    if process.poll() is not None:
        sys.exit(f"{unit} ended at once with {process.returncode}")


def stop(unit):
    told, _ = find(unit)
    pid = read_pid(unit)
    if pid is None:
        return
    os.kill(pid, getattr(signal, told.get("stop", "SIGTERM")))
    end = time.monotonic() + MOST_SECONDS
    while read_pid(unit):
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def main():
    verb, unit = sys.argv[1:3]
    if verb == "is-active":
        find(unit)
        print("active" if read_pid(unit) else "inactive")
        sys.exit(0 if read_pid(unit) else 3)
    if verb in ("stop", "restart"):
        stop(unit)
    if verb in ("start", "restart"):
        start(unit)
    if verb == "reload":
        told, _ = find(unit)
        pid = read_pid(unit)
        if pid is None:
            sys.exit(f"{unit} is not running")
        os.kill(pid, getattr(signal, told.get("reload", "SIGHUP")))


main()
