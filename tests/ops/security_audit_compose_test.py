"""weekly_security_audit.sh on a stack of containers, as Docker tells of them: confined ones are well, and each right too many is told."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
KEY = "sk-" + "Kq7w" * 9


def container(service, **host):
    """Confined as docker-compose.yml has it."""
    return {"Id": f"{service}-id", "Name": f"/causal-{service}-1", "Image": f"sha256:{service}", "Args": [], "RestartCount": 0,
            "State": {"Running": True, "Status": "running", "Health": {"Status": "healthy"}},
            "Config": {"User": "10001", "Image": f"causal-gym/{service}:0.1.0",
                       "Env": ["PATH=/usr/bin", "JWT_SECRET_KEY_FILE=/run/secrets/jwt_secret_key"],
                       "Cmd": ["serve"], "Entrypoint": ["start"], "Labels": {"com.docker.compose.service": service}},
            "HostConfig": {"Privileged": False, "CapDrop": ["ALL"], "CapAdd": None, "SecurityOpt": ["no-new-privileges:true"],
                           "ReadonlyRootfs": True,
                           "NetworkMode": "causal_edge", "PidMode": "", "IpcMode": "private", "Memory": 1 << 30,
                           "PortBindings": {"8501/tcp": [{"HostIp": "", "HostPort": "8501"}]} if service == "nginx" else {}} | host,
            "Mounts": []}


class Fake:
    def __init__(self, folder, program):
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        shutil.copy(HERE / "fake_docker.py", self.bin / "docker")
        (self.bin / "docker").chmod(0o755)
        (self.bin / "causal-gym").symlink_to(pathlib.Path(program).resolve())
        (folder / "docker-compose.yml").write_text("services: {}\n", encoding="ascii")
        (folder / "state").mkdir()
        (folder / "secrets").mkdir(mode=0o700)
        secret = folder / "secrets/redis_password"
        secret.write_text("a-long-password-of-redis-1234567890\n", encoding="ascii")
        secret.chmod(0o600)
        self.settings = folder / "operations.toml"
        self.settings.write_text(f'[stack]\nkind = "compose"\nfolder = "{folder}"\n[paths]\nstate = "{folder}/state"\nmetrics = "{folder}/none"\n'
                                 f'secrets = "{folder}/secrets"\n[security]\ncheckout = "{folder}"\n', encoding="ascii")
        self.set([container("app"), container("nginx")])

    def set(self, containers, history="/bin/sh -c #(nop) CMD [\"serve\"]"):
        (self.bin / "containers.json").write_text(json.dumps(containers), encoding="utf-8")
        (self.bin / "history.txt").write_text(history, encoding="utf-8")

    def run(self, *steps):
        words = [word for step in steps for word in ("--step", step)]
        done = subprocess.run([ROOT / "ops/procedures/weekly_security_audit.sh", "--config", self.settings, "--json", *words],
                              capture_output=True, text=True,
                              timeout=400, env=os.environ | {"PATH": f"{self.bin}:{os.environ['PATH']}"}, stdin=subprocess.DEVNULL)
        assert KEY not in done.stdout and "a-long-password" not in done.stdout, "a secret is in the report"
        report = json.loads(done.stdout)
        return done.returncode, report["findings"]


def test_well(fake):
    code, found = fake.run("running", "secrets", "components")
    assert code == 0, found
    bill = json.loads((fake.folder / "state/components/app.cdx.json").read_text(encoding="utf-8"))
    assert bill["metadata"]["component"]["name"] == "causal-gym" and len(bill["components"]) > 50
    assert json.loads((fake.folder / "state/components/nginx.cdx.json").read_text(encoding="utf-8"))["metadata"]["component"]["type"] == "container"


def test_rights(fake):
    """Each right too many on a container of its own, and the words that tell of it."""
    changes = {
        "privileged": ({"Privileged": True}, "is privileged"), "capabilities": ({"CapDrop": None}, "cap_drop lacks ALL"),
        "added": ({"CapAdd": ["NET_ADMIN"]}, "is given capabilities: NET_ADMIN"),
               "gaining": ({"SecurityOpt": None}, "no-new-privileges is missing"),
        "unfiltered": ({"SecurityOpt": ["no-new-privileges", "seccomp=unconfined"]}, "filter of system calls"),
        "writing": ({"ReadonlyRootfs": False}, "may write to its root"), "network": ({"NetworkMode": "host"}, "shares the host's network"),
        "boundless": ({"Memory": 0}, "no limit of memory"),
        "published": ({"PortBindings": {"5432/tcp": [{"HostIp": "0.0.0.0", "HostPort": "5432"}]}}, "publishes 5432/tcp on 0.0.0.0")}
    containers = [container(name, **host) for name, (host, _) in changes.items()]
    root, socket, variable, argument = (container(name) for name in ("root", "socket", "variable", "argument"))
    root["Config"]["User"] = ""
    socket["Mounts"] = [{"Type": "bind", "Source": "/var/run/docker.sock", "Destination": "/var/run/docker.sock", "RW": True}]
    variable["Config"]["Env"].append(f"OPENAI_API_KEY={KEY}")
    argument["Config"]["Cmd"] = ["redis-server", "--requirepass", "a-long-password-of-redis-1234567890"]
    inside = container("inside", PortBindings={"9090/tcp": [{"HostIp": "127.0.0.1", "HostPort": "9090"}]})
    fake.set([*containers, root, socket, variable, argument, inside], history=f"/bin/sh -c echo {KEY} > /key")
    code, found = fake.run("running", "secrets")
    told = [one["message"] for one in found if one["severity"] in ("critical", "warning")]
    words = {name: words for name, (_, words) in changes.items()} | {
        "root": "runs as root", "socket": "holds the socket", "variable": "variable OPENAI_API_KEY",
                                                                     "argument": "the secret redis_password among its arguments"}
    for name, what in words.items():
        assert any(text.startswith(f"causal-{name}-1:") and what in text for text in told), (name, told)
    assert not any("causal-inside-1" in text for text in told), told
    assert any("was made by holds an OpenAI or Anthropic key" in text for text in told) and code == 2, (code, told)


def test_access(fake):
    """Lines of containers' logs have the clock before them or not; those of nginx itself are none of ours."""
    fake.set([container("app"), container("nginx")])
    line = {"ts": "2099-01-01T00:00:00+00:00", "event": "access", "client": "198.51.100.7", "path": "/wp-login.php", "status": 404}
    (fake.bin / "access.log").write_text(json.dumps(line) + "\n2026/11/27 10:00:00 [notice] 1#1: start\n", encoding="ascii")
    _, found = fake.run("access")
    assert any("198.51.100.7 looked for holes with 1 requests" in one["message"] for one in found), found


def main():
    with tempfile.TemporaryDirectory(prefix="causal-gym-") as folder:
        fake = Fake(pathlib.Path(folder), sys.argv[1])
        test_well(fake)
        test_rights(fake)
        test_access(fake)


if __name__ == "__main__":
    main()
