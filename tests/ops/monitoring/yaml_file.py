"""YAML for tests: Python's library reads none, npm's does."""
import json
import pathlib
import subprocess

READER = pathlib.Path(__file__).resolve().parent.parent / "dashboards" / "yaml_to_json.mjs"


def read_yaml(path):
    done = subprocess.run(["node", READER, path], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{path}: {done.stderr}"
    return json.loads(done.stdout)
