#!/usr/bin/env python3
"""Answers as `docker` and `docker compose` do about the containers in containers.json beside it: ps, inspect, history, exec, logs.

What is run in a container runs here: the program of the image is this machine's.
"""
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def compose(containers, words):
    while words[0] in ("-f", "-p"):
        words = words[2:]
    verb, rest = words[0], words[1:]
    if verb == "version":
        print("Docker Compose version v2.0.0")
    elif verb == "config":
        print("\n".join(dict.fromkeys(one["Config"]["Labels"]["com.docker.compose.service"] for one in containers)))
    elif verb == "ps":
        wanted = [word for word in rest if word != "-q"]
        print("\n".join(one["Id"] for one in containers if not wanted or one["Config"]["Labels"]["com.docker.compose.service"] in wanted))
    elif verb == "exec":
        rest = rest[1:]
        while rest[0] == "-e":
            rest = rest[2:]
        return subprocess.run(rest[1:], stdin=sys.stdin, check=False).returncode
    else:
        sys.exit(f"fake docker compose knows no {verb}")
    return 0


def main():
    containers = json.loads((HERE / "containers.json").read_text(encoding="utf-8"))
    verb, words = sys.argv[1], sys.argv[2:]
    if verb == "compose":
        return compose(containers, words)
    if verb == "inspect":
        print(json.dumps([one for one in containers if one["Id"] in words]))
    elif verb == "history":
        print((HERE / "history.txt").read_text(encoding="utf-8"))
    elif verb == "logs":
        print((HERE / "access.log").read_text(encoding="utf-8") if (HERE / "access.log").exists() else "")
    else:
        sys.exit(f"fake docker knows no {verb}")
    return 0


os.environ["PATH"] = f"{HERE}:{os.environ['PATH']}"
sys.exit(main())
