"""nginx of the containers before real servers on loopback addresses of their own, which a stand-in for DNS tells: replicas come, drain,
die under load; streams, TLS and the log. usage: nginx_test.py PROGRAM"""
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests/shells")]
from load import Load  # noqa: E402
from postgres import free_port  # noqa: E402

PROGRAM = ""
MOST_SECONDS = 60
ADDRESSES = ("127.0.0.2", "127.0.0.3", "127.0.0.4")
LISTENED = {"8501": "http", "8443": "https", "8090": "metrics", "8080": "inside"}
# A stand-in for DNS: addresses of the file `names`, none when it is empty.
GETENT = '#!/bin/sh\n[ -s "{folder}/names" ] || exit 2\nsed "s/$/ STREAM app/" "{folder}/names"\n'


def unprivileged(*command):
    user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    return [*user, *map(str, command)]


class Balanced:
    """nginx as `start` starts it, with paths in a folder and free ports in place of its own."""

    def __init__(self, certificate=False):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="causal-gym-"))
        self.folder.chmod(0o777)
        for name in ("run", "etc", "secrets", "bin"):
            (self.folder / name).mkdir()
            (self.folder / name).chmod(0o777)
        self.ports = {name: free_port() for name in LISTENED.values()}
        self.port, self.replicas_metrics = free_port(), free_port()
        for name in ("nginx.conf", "routes.conf", "tls.conf"):
            (self.folder / "etc" / name).write_text(self.here((ROOT / "ops/compose/nginx" / name).read_text()))
        for name, source in (("replicas", "nginx/replicas"), ("probe", "probe")):
            (self.folder / "bin" / name).symlink_to(ROOT / "ops/compose" / source)
        (self.folder / "bin/getent").write_text(GETENT.format(folder=self.folder))
        (self.folder / "bin/getent").chmod(0o755)
        self.names()
        if certificate:
            self.make_certificate()
        self.servers, self.log = {}, open(self.folder / "log", "a", encoding="utf-8")
        os.chmod(self.folder / "log", 0o666)
        self.process = subprocess.Popen(unprivileged(ROOT / "ops/compose/nginx/start"), stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log, env=self.environment())
        self.wait(lambda: self.get("/alive", "inside")[0] == 200, "nginx")

    def here(self, text):
        text = text.replace("/run/nginx", f"{self.folder}/run").replace("/etc/nginx", f"{self.folder}/etc")
        text = text.replace("/run/secrets", f"{self.folder}/secrets")
        return re.sub(r"listen (\d+)", lambda match: f"listen 127.0.0.1:{self.ports[LISTENED[match[1]]]}", text)

    def environment(self):
        return {"PATH": f"{self.folder}/bin:{os.environ['PATH']}", "NGINX_SOURCE": f"{self.folder}/etc", "NGINX_FOLDER": f"{self.folder}/run",
                "SECRETS_FOLDER": f"{self.folder}/secrets", "REPLICAS_PORT": str(self.port), "REPLICAS_METRICS_PORT": str(self.replicas_metrics)}

    def make_certificate(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=IP:127.0.0.1", "-keyout", self.folder / "secrets/tls_key", "-out", self.folder / "secrets/tls_certificate"],
                       check=True, capture_output=True, timeout=MOST_SECONDS)
        (self.folder / "secrets/tls_key").chmod(0o644)

    def names(self, *addresses):
        (self.folder / "names.new").write_text("".join(address + "\n" for address in addresses))
        (self.folder / "names.new").rename(self.folder / "names")

    def serve(self, address):
        """A replica; all share a database."""
        self.servers[address] = subprocess.Popen(
            [PROGRAM, "serve", "--address", address, "--port", str(self.port), "--metrics-port", str(self.replicas_metrics), "--database",
             self.folder / "runs.sqlite"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "CAUSAL_GYM_AUTH_ACCESS": "off"})

    def replicas(self, *words):
        done = subprocess.run(unprivileged(ROOT / "ops/compose/nginx/replicas", *words), capture_output=True, text=True, check=False,
                              timeout=MOST_SECONDS, env=self.environment())
        return done.returncode, done.stdout, done.stderr

    def wait_for(self, *addresses):
        self.wait(lambda: self.replicas("show")[1].split("\n")[:-1] == list(addresses), addresses)

    def wait(self, what, name):
        deadline = time.monotonic() + MOST_SECONDS
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if what():
                    return
            assert time.monotonic() < deadline and self.process.poll() is None, f"{name}\n{self.said()[-4000:]}"
            time.sleep(0.05)

    def url(self, path, port="http"):
        return f"http://127.0.0.1:{self.ports[port]}{path}"

    def get(self, path, port="http", data=None):
        """(status, headers, body)"""
        try:
            with urllib.request.urlopen(self.url(path, port), data, timeout=MOST_SECONDS) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def said(self):
        return (self.folder / "log").read_text(encoding="utf-8")

    def access_log(self):
        return [json.loads(line) for line in self.said().splitlines() if '"event":"access"' in line]

    def close(self):
        """nginx's exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(MOST_SECONDS)
        for server in self.servers.values():
            server.kill()
            server.wait(MOST_SECONDS)
        self.log.close()
        shutil.rmtree(self.folder)
        return code


class Replicas(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.nginx = Balanced()
        cls.addClassCleanup(lambda: cls.nginx.close() if cls.nginx.process.poll() is None else None)

    def test_a_life(self):
        """One story: each step stands on the one before."""
        for step in (self.nobody_yet, self.named_before_it_is_ready, self.more_come, self.drained, self.killed_under_load,
                     self.a_stream_comes_as_it_is_made, self.metrics_and_status, self.the_log, self.no_name_is_no_news, self.stopped):
            step()

    def nobody_yet(self):
        status, headers, body = self.nginx.get("/health")
        self.assertEqual((status, headers["Retry-After"], headers["Content-Type"]), (503, "2", "application/json"))
        self.assertEqual(json.loads(body)["error"]["code"], "unavailable")

    def named_before_it_is_ready(self):
        self.nginx.names(ADDRESSES[0])
        time.sleep(1.5)
        self.assertEqual(self.nginx.replicas("show")[1], "")
        self.nginx.serve(ADDRESSES[0])
        self.nginx.wait_for(ADDRESSES[0])
        self.nginx.wait(lambda: self.nginx.get("/health")[0] == 200, "the first replica")

    def more_come(self):
        for address in ADDRESSES[1:]:
            self.nginx.serve(address)
        with Load(self.nginx.url("/"), ["/health"]) as load:
            self.nginx.names(*ADDRESSES)
            self.nginx.wait_for(*ADDRESSES)
            self.used(set(ADDRESSES))
        self.assertEqual(load.failures, [])
        self.assertGreater(load.count, 10)

    def used(self, addresses):
        """Waits until requests go to these and no others."""
        def looked():
            before = len(self.nginx.access_log())
            for _ in range(12):
                self.assertEqual(self.nginx.get("/health")[0], 200)
            return {line["replica"].rpartition(":")[0] for line in self.nginx.access_log()[before:]} == addresses
        self.nginx.wait(looked, addresses)

    def drained(self):
        self.assertEqual(self.nginx.replicas("drain", "127.0.0.9")[0], 2)
        self.assertEqual(self.nginx.replicas("drain", ADDRESSES[0])[0], 0)
        self.assertIn(f"{ADDRESSES[0]} draining\n", self.nginx.replicas("show")[1])
        self.used(set(ADDRESSES[1:]))
        self.nginx.replicas("fill", ADDRESSES[0])
        self.used(set(ADDRESSES))

    def killed_under_load(self):
        with Load(self.nginx.url("/"), ["/health"]) as load:
            time.sleep(1)
            self.nginx.servers[ADDRESSES[2]].kill()
            time.sleep(2)
            self.nginx.names(*ADDRESSES[:2])
            self.nginx.wait_for(*ADDRESSES[:2])
            time.sleep(1)
        self.assertEqual(load.failures, [])
        self.assertGreater(load.count, 50)

    def a_stream_comes_as_it_is_made(self):
        self.nginx.names(ADDRESSES[0])
        self.nginx.wait_for(ADDRESSES[0])
        experiment = json.dumps({"environments": ["asia-v1"], "agents": ["ideal", "seeing"], "trials": 2000}).encode()
        status, _, body = self.nginx.get("/api/v1/experiments", data=experiment)
        self.assertEqual(status, 202, body)
        run = json.loads(body)["result"]["id"]
        with urllib.request.urlopen(self.nginx.url(f"/api/v1/runs/{run}/events"), timeout=10) as stream:
            self.assertEqual(stream.headers["Content-Type"], "text/event-stream")
            self.assertTrue(stream.readline())
            state = json.loads(self.nginx.get("/api/v1/runs?limit=1")[2])["result"]["runs"][0]["state"]
            self.assertEqual(state, "running")
        self.nginx.get(f"/api/v1/runs/{run}/cancel", data=b"{}")

    def metrics_and_status(self):
        self.assertIn(b"causal_", self.nginx.get("/metrics", "metrics")[2])
        self.assertEqual(self.nginx.get("/api/v1/environments", "metrics")[0], 404)
        self.assertIn(b"Active connections", self.nginx.get("/stub_status", "inside")[2])
        self.assertEqual(self.nginx.get("/stub_status")[0], 404)

    def the_log(self):
        self.assertEqual(self.nginx.get("/nothing?token=s3cret")[0], 404)
        time.sleep(0.2)
        line = self.nginx.access_log()[-1]
        self.assertEqual((line["method"], line["path"], line["status"], line["remote"]), ("GET", "/nothing", 404, "127.0.0.1"))
        self.assertIsInstance(line["seconds"], float)
        self.assertNotIn("s3cret", self.nginx.said())

    def no_name_is_no_news(self):
        self.nginx.names()
        time.sleep(1.5)
        self.assertEqual(self.nginx.replicas("show")[1], ADDRESSES[0] + "\n")
        self.assertEqual(self.nginx.get("/health")[0], 200)

    def stopped(self):
        self.assertEqual(self.nginx.close(), 0)


class Secure(unittest.TestCase):
    def test_tls_where_there_is_a_certificate(self):
        nginx = Balanced(certificate=True)
        self.addCleanup(nginx.close)
        nginx.serve(ADDRESSES[0])
        nginx.names(ADDRESSES[0])
        nginx.wait_for(ADDRESSES[0])
        context = ssl.create_default_context(cafile=nginx.folder / "secrets/tls_certificate")
        url = f"https://127.0.0.1:{nginx.ports['https']}/health"
        nginx.wait(lambda: urllib.request.urlopen(url, timeout=MOST_SECONDS, context=context).close() is None, "TLS")
        with urllib.request.urlopen(url, timeout=MOST_SECONDS, context=context) as answer:
            self.assertIn("max-age=31536000", answer.headers["Strict-Transport-Security"])
        for version, accepted in (("1.1", False), ("1.2", True), ("1.3", True)):
            done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{nginx.ports['https']}", f"-tls{version.replace('.', '_')}",
                                   "-cipher", "ALL:@SECLEVEL=0"], stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=MOST_SECONDS)
            self.assertEqual(done.returncode == 0, accepted, version)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
