"""update_dependencies.sh against a registry of npm on loopback: a branch with what passes the gate, none with what does not, the tree as it was."""
import base64
import hashlib
import http.server
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import threading

from debian_archive import Archive
from native_stack import ROOT, findings, toml


def tarball(version):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        text = json.dumps({"name": "pinned", "version": version}).encode()
        told = tarfile.TarInfo("package/package.json")
        told.size = len(text)
        tar.addfile(told, io.BytesIO(text))
    return buffer.getvalue()


class Registry:
    """Knows the package `pinned`, in the versions that it is given."""

    def __init__(self, *versions):
        packages = {version: tarball(version) for version in versions}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                where = f"http://{self.headers['Host']}"
                content = next((packages[version] for version in packages if self.path == f"/pinned-{version}.tgz"), None)
                if self.path == "/pinned":
                    listed = {version: {"name": "pinned", "version": version, "dist": {
                        "tarball": f"{where}/pinned-{version}.tgz",
                        "integrity": "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()}} for version, data in packages.items()}
                    content = json.dumps({"name": "pinned", "dist-tags": {"latest": versions[-1]}, "versions": listed}).encode()
                self.send_response(200 if content else 404)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def git(repository, *words):
    own = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    return subprocess.run(["git", *own, "-C", repository, *words], check=True, capture_output=True, text=True, timeout=60).stdout.strip()


def make_repository(folder, environment):
    repository = folder / "repository"
    (repository / "web").mkdir(parents=True)
    (repository / "web/package.json").write_text(json.dumps({"name": "ours", "version": "1.0.0", "dependencies": {"pinned": "1.0.0"}}), encoding="ascii")
    subprocess.run(["npm", "install", "--package-lock-only", "--no-audit"], cwd=repository / "web", env=environment, check=True, capture_output=True, timeout=300)
    git(repository, "init", "-q")
    git(repository, "config", "user.name", "Test")
    git(repository, "config", "user.email", "test@example.org")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "All")
    return repository


class Operator:
    def __init__(self, folder):
        self.folder, self.registry = folder, Registry("1.0.0", "1.1.0", "2.0.0")
        self.environment = os.environ | {"npm_config_registry": self.registry.url, "npm_config_cache": str(folder / "cache"), "HOME": str(folder),
                                         "npm_config_update_notifier": "false"}
        self.repository = make_repository(folder, self.environment)
        self.archive = Archive(folder / "apt")
        self.archive.add("1.0", "as released")
        self.archive.apt("update")
        self.archive.apt("install", "-y", "patched")
        self.archive.add("1.1", "mended")
        self.archive.apt("update")

    def run(self, *arguments, gate="true"):
        tables = {"stack": {"kind": "host"}, "paths": {"state": str(self.folder / "state")},
                  "updates": {"repository": str(self.repository), "gate": ["sh", "-c", gate], "apt_options": self.archive.options}}
        file = self.folder / "operations.toml"
        lines = [line for name, table in tables.items() for line in [f"[{name}]", *(f"{key} = {toml(value)}" for key, value in table.items())]]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        done = subprocess.run([str(ROOT / "ops/procedures/update_dependencies.sh"), "--config", str(file), "--json", *arguments], env=self.environment,
                              capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
        return done.returncode, json.loads(done.stdout)

    def branches(self):
        return [line.strip("* ") for line in git(self.repository, "branch", "--list", "updates/*").splitlines()]

    def pinned(self, branch):
        return json.loads(git(self.repository, "show", f"{branch}:web/package-lock.json"))["packages"]["node_modules/pinned"]["version"]


def main():
    with tempfile.TemporaryDirectory(prefix="causal-gym-") as name:
        operator = Operator(pathlib.Path(name))
        head = git(operator.repository, "rev-parse", "HEAD")
        code, report = operator.run("--major", gate="echo the gate says no; exit 7")
        assert code == 2 and "ended with 7" in findings(report, "gate", "critical")[0] and not operator.branches(), report
        code, report = operator.run("--dry-run")
        assert code == 1 and not operator.branches(), report
        assert "1 of them for security" in findings(report, "debian", "warning")[0], report
        code, report = operator.run("--major", "--no-apt", gate="grep -q 2.0.0 web/package-lock.json")
        assert code == 0 and [operator.pinned(branch) for branch in operator.branches()] == ["2.0.0"], report
        assert ["web", "pinned", "1.0.0", "2.0.0"] in report["tables"][-1]["rows"], report
        assert git(operator.repository, "rev-parse", "HEAD") == head and not git(operator.repository, "status", "--porcelain")
        assert len(git(operator.repository, "worktree", "list").splitlines()) == 1
        (operator.repository / "web/new").touch()
        code, report = operator.run()
        assert code == 3 and "not committed" in findings(report, "tree")[0], report


if __name__ == "__main__":
    main()
