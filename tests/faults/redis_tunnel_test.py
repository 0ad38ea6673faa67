"""Two servers share a Redis that speaks TLS alone, each through stunnel as docs/operations/redis.md shows."""
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from server import Server

PROGRAM = None
ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "operations" / "redis.md"
# Worth sharing: over a millisecond of work.
QUESTION = {"graph": " -> ".join(f"v{i}" for i in range(120))}
MOST_SECONDS = 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process):
    end = time.monotonic() + MOST_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, f"{process.args[0]} ended with {process.returncode}"
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}")


class Tunnel(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.processes = []
        self.addCleanup(self.stop)
        self.tls_port, self.plain_port = free_port(), free_port()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", self.folder / "key.pem", "-out",
                        self.folder / "cert.pem"], check=True, capture_output=True)
        self.start(self.tls_port, "redis-server", "--port", "0", "--tls-port", str(self.tls_port), "--tls-cert-file", "cert.pem",
                   "--tls-key-file", "key.pem", "--tls-auth-clients", "no", "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder))

    def start(self, port, *command):
        process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.processes.append(process)
        wait_for_port(port, process)

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
            process.wait(MOST_SECONDS)

    def start_tunnel(self, host="localhost"):
        """The document's section, with this test's ports, certificate and name."""
        section = re.search(r"```ini\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL).group(1)
        section = (section.replace("127.0.0.1:6379", f"127.0.0.1:{self.plain_port}").replace("redis.example:6380", f"127.0.0.1:{self.tls_port}")
                   .replace("redis.example", host).replace("/etc/ssl/certs/ca-certificates.crt", "cert.pem"))
        (self.folder / "stunnel.conf").write_text(f"foreground = yes\npid =\n{section}", encoding="utf-8")
        self.start(self.plain_port, "stunnel4", "stunnel.conf")

    def redis_says(self, *words):
        command = ["redis-cli", "--tls", "--cacert", "cert.pem", "-h", "localhost", "-p", str(self.tls_port), *words]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=MOST_SECONDS, check=False).stdout.strip()

    def keys_after_a_question(self):
        os.environ["REDIS_URL"] = f"redis://127.0.0.1:{self.plain_port}/0"
        self.addCleanup(os.environ.pop, "REDIS_URL", None)
        server = Server(PROGRAM, str(self.folder / "gym.sqlite"))
        try:
            status, value = server.request("/api/v1/implied_independencies", QUESTION)
            self.assertEqual(status, 200, value)
            end = time.monotonic() + 5
            while self.redis_says("DBSIZE") == "0" and time.monotonic() < end:
                time.sleep(0.1)
        finally:
            server.end()
        self.assertFalse([line for line in server.log if json.loads(line)["event"] == "configuration_warning"])
        return int(self.redis_says("DBSIZE"))

    def test_answers_go_through_the_tunnel(self):
        self.start_tunnel()
        self.assertGreater(self.keys_after_a_question(), 0)

    def test_a_certificate_of_another_name_lets_nothing_through(self):
        self.start_tunnel("another.example")
        self.assertEqual(self.keys_after_a_question(), 0)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
