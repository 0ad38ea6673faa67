"""A native stack as it should be: nobody serves as root, secrets come from files, Redis keeps dangerous commands to itself."""
import hashlib
import json
import os
import pathlib
import pwd
import shutil
import subprocess

from native_stack import UNITS, NativeStack

ACL = ("user default on #{digest} ~* &* +@all -@dangerous +info +config|get +acl +slowlog +latency +client +flushdb +keys\n")


class AuditedStack(NativeStack):
    def make_secrets(self):
        super().make_secrets()
        self.own(self.folder / "secrets", *(self.folder / "secrets").iterdir())
        (self.folder / "bin").mkdir()
        (self.folder / "bin").chmod(0o755)
        self.program = pathlib.Path(shutil.copy(self.program, self.folder / "bin/causal-gym"))
        self.program.chmod(0o755)
        self.make_checkout()

    def own(self, *paths):
        for path in paths if os.geteuid() == 0 else []:
            shutil.chown(path, "nobody", "nogroup")

    def write_secret(self, name, value):
        super().write_secret(name, value)
        self.own(self.folder / "secrets" / name)

    def make_checkout(self):
        """A small repository with a lock file of npm, as an installation may have it."""
        folder = self.folder / "checkout"
        (folder / "web").mkdir(parents=True)
        (folder / "web/package-lock.json").write_text(json.dumps({"name": "pages", "lockfileVersion": 3, "packages": {
            "": {"name": "pages"},
            "node_modules/left-pad": {"version": "1.3.0",
                                      "integrity": "sha512-XI5MPzVNApjAyhQzphX8BkmKsKUxD4LdyK24iZeQGinBN9yTQT3bFlCBy/aVx2HrNcqQGsdot8ghrjyrvMCoEA=="},
            "node_modules/@scope/part": {"version": "2.0.0", "dev": True}}}), encoding="ascii")
        self.git("init", "-q", "-b", "main")
        self.commit("A lock file")

    def git(self, *words):
        given = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "PATH": os.environ["PATH"], "HOME": str(self.folder)}
        identity = ["-c", "user.name=tests", "-c", "user.email=tests@example.com"]
        subprocess.run(["git", *identity, "-C", self.folder / "checkout", *words], check=True, capture_output=True, env=given, timeout=60)

    def commit(self, message):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def make_configurations(self, prometheus_more):
        super().make_configurations(prometheus_more)
        digest = hashlib.sha256(self.secret("redis_password").encode()).hexdigest()
        (self.folder / "etc/redis/users.acl").write_text(ACL.format(digest=digest), encoding="ascii")
        nginx = self.folder / "etc/nginx.conf"
        nginx.write_text(nginx.read_text(encoding="utf-8").replace("user root;", "").replace("http {\n", "http {\n  server_tokens off;\n",
                                                                                             1), encoding="utf-8")
        self.make_certificate(90)

    def make_certificate(self, days):
        """Valid from now for so many days."""
        path, key = self.folder / "etc/site.pem", self.folder / "run/site.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                        "/CN=site.example",
                        "-days", str(days), "-keyout", key, "-out", path], check=True, capture_output=True, timeout=60)
        path.chmod(0o644)

    def make_units(self):
        super().make_units()
        path = self.folder / "units.json"
        units = json.loads(path.read_text(encoding="utf-8"))
        for name, unit in units.items():
            if name.startswith("causal-gym-") or name == UNITS["nginx"]:
                unit |= {"user": "nobody", "group": "nogroup"}
        path.write_text(json.dumps(units, indent=1), encoding="utf-8")

    def write_settings(self, security=None, **tables):
        folder, ports = self.folder, self.ports
        own = {"installation": [str(folder / "bin"), str(folder / "etc")],
               "owners": ["root", "nobody", "postgres", pwd.getpwuid(os.geteuid()).pw_name], "checkout": str(folder / "checkout"),
               "unit_files": [f"{folder}/units.json", f"{folder}/etc/*.conf", f"{folder}/etc/*.ini", f"{folder}/etc/*.yml",
                              f"{folder}/etc/instances/*.env"],
               "scanner": str(folder / "scanners/grype"), "allow_list": f"{folder}/etc/vulnerabilities.toml",
               "ports": {"node-exporter": ports["node"], "postgres-exporter": ports["postgres_exporter"],
                         "redis-exporter": ports["redis_exporter"], "nginx-exporter": ports["nginx_exporter"]}}
        paths = {"certificates": [f"{folder}/etc/*.pem"]} | tables.pop("paths", {})
        super().write_settings(security=own | (security or {}), paths=paths, **tables)
