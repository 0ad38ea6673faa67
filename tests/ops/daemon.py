"""A Docker daemon for `make test-compose`: the one that is there, or one of our own with its data in a folder, ended by its process id."""
import json
import os
import pathlib
import subprocess
import time

MOST_SECONDS = 60
# Images and their layers stay there, so that a second run builds little.
FOLDER = pathlib.Path(os.environ.get("DOCKER_TEST_FOLDER", "/var/tmp/causal-gym-docker"))


def answers(environment):
    return subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=MOST_SECONDS, env=environment).returncode == 0


class Daemon:
    def __init__(self):
        # Debian's client goes with Debian's daemon, whatever else is in the path.
        self.environment = {**os.environ, "PATH": f"/usr/bin:{os.environ['PATH']}", "DOCKER_BUILDKIT": "1", "COMPOSE_DOCKER_CLI_BUILD": "1"}
        self.process = None
        if not answers(self.environment):
            self.start()

    def start(self):
        assert os.geteuid() == 0, "no Docker daemon answers, and only root can start one"
        FOLDER.mkdir(parents=True, exist_ok=True)
        socket = f"unix://{FOLDER}/docker.sock"
        (FOLDER / "daemon.json").write_text(json.dumps({
            "data-root": f"{FOLDER}/data", "exec-root": f"{FOLDER}/exec", "pidfile": f"{FOLDER}/pid", "hosts": [socket],
            "default-ulimits": {"nofile": {"Name": "nofile", "Hard": 16384, "Soft": 16384}}}))
        self.environment["DOCKER_HOST"] = socket
        with open(FOLDER / "log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(["dockerd", "--config-file", FOLDER / "daemon.json"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)
        deadline = time.monotonic() + MOST_SECONDS
        while not answers(self.environment):
            assert self.process.poll() is None and time.monotonic() < deadline, (FOLDER / "log").read_text(encoding="utf-8")[-4000:]
            time.sleep(0.5)

    def close(self):
        if self.process:
            self.process.terminate()
            self.process.wait(MOST_SECONDS)
