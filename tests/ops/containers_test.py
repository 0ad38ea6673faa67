"""The files of the containers: Dockerfiles and compose files by rules, what they name against what is there, nginx's configuration by
nginx, and the secrets' files by what was made. No container is started. usage: containers_test.py PROGRAM"""
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest

import yaml

sys.dont_write_bytecode = True
sys.path += [str(pathlib.Path(__file__).resolve().parents[1] / "shells")]
from postgres import free_port  # noqa: E402
import compose_rules  # noqa: E402
import dockerfile_rules  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ""
DOCKERFILES = ("Dockerfile", "ops/compose/Dockerfile")
WHOLE = ("docker-compose.yml", "docker-compose.test.yml")
ON_TOP = ("docker-compose.dev.yml", "ops/compose/tls.yml")
SECONDS = 60


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def compose(path):
    return yaml.safe_load(read(path))


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=SECONDS, check=False, **options)


class Dockerfiles(unittest.TestCase):
    def test_no_rule_is_broken(self):
        for path in DOCKERFILES:
            self.assertEqual(list(dockerfile_rules.breaches(read(path))), [], path)

    def test_each_rule_finds_its_breach(self):
        good = read("ops/compose/Dockerfile")
        for rule, was, becomes in (
                ("DL3007", "debian:bookworm-slim", "debian:latest"), ("DL3006", "debian:bookworm-slim", "debian"),
                ("DL3020", "COPY ops/compose/probe", "ADD ops/compose/probe"), ("DL3002", "USER ${STACK_UID}", "USER root"),
                ("DL3015", "install -y --no-install-recommends nginx-light", "install -y nginx-light"),
                ("DL3009", "rm -rf /var/lib/apt/lists/*", "true"), ("DL3025", 'CMD ["start"]', "CMD start"),
                ("DL3014", "install -y --no", "install --no"), ("SECRET", "ENV PATH=", "ENV REDIS_PASSWORD=x PATH="),
                ("FINAL", "HEALTHCHECK --interval=5s --timeout=3s --start-period=10s", "LABEL x=y #"),
                ("OWNER", "FROM ${BASE_IMAGE} AS foundation", "FROM debian:12 AS foundation"),
                ("DL4006", "echo 'create_main_cluster = false'", "echo 'create_main_cluster = false' | cat"),
                ("DL3027", "apt-get install -y --no-install-recommends pgbouncer", "apt install -y pgbouncer")):
            bad = good.replace(was, becomes)
            self.assertNotEqual(bad, good, was)
            self.assertIn(rule, {found for _, found, _ in dockerfile_rules.breaches(bad)}, f"{was} -> {becomes}")

    def test_what_is_copied_is_there_and_reaches_the_build(self):
        allowed = [line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")]
        for path in DOCKERFILES:
            for stage in dockerfile_rules.stages(read(path))[1]:
                for each in stage.of("COPY"):
                    *sources, _ = [word for word in each.rest.split() if not word.startswith("--")]
                    for source in sources if "--from=" not in each.rest and sources != ["."] else ():
                        self.assertTrue(source.startswith("build/") or (ROOT / source).exists(), f"{path}:{each.line}: {source}")
                        self.assertTrue(any(source == one or source.startswith(one + "/") for one in allowed), f".dockerignore: {source}")

    def test_the_image_has_the_libraries_of_the_program_and_no_others(self):
        """By a second road: what the built program asks for, and which package of Debian has it."""
        needed = set(re.findall(r"NEEDED\s+(\S+)", run("objdump", "-p", PROGRAM).stdout)) - {"ld-linux-x86-64.so.2"}
        places = {line.split()[0]: line.split()[-1] for line in run("/sbin/ldconfig", "-p").stdout.splitlines()[1:] if "x86-64" in line}
        files = [os.path.realpath(places[name]) for name in needed]
        # With or without /usr, as the package was made before or after Debian joined the two.
        owners = run("dpkg", "-S", *files, *[file.removeprefix("/usr") for file in files]).stdout
        packages = {line.partition(":")[0] for line in owners.splitlines()} - {"libc6", "libc6-dev", "libgcc-s1"}
        app = next(stage for stage in dockerfile_rules.stages(read("Dockerfile"))[1] if stage.name == "app")
        listed = re.search(r"apt-get install -y --no-install-recommends ([^&]*)", app.of("RUN")[0].rest)[1].split()
        self.assertEqual(set(listed) - {"ca-certificates"}, packages)


class ComposeFiles(unittest.TestCase):
    def test_no_rule_is_broken(self):
        self.assertEqual(list(compose_rules.breaches(compose("docker-compose.yml"))), [])
        self.assertEqual(list(compose_rules.breaches(compose("docker-compose.test.yml"), published=False)), [])

    def test_each_rule_finds_its_breach(self):
        for rule, service, key, value in (
                ("init", "redis", "init", None), ("init", "grafana", "init", False), ("init", "app", "init", "yes"),
                ("read_only", "redis", "read_only", False), ("capabilities", "app", "cap_drop", []), ("limit", "nginx", "mem_limit", None),
                ("capabilities", "app", "cap_add", ["NET_ADMIN"]), ("limit", "app", "pids_limit", None), ("limit", "app", "cpus", None),
                ("new_privileges", "app", "security_opt", []), ("healthcheck", "worker", "healthcheck", {"test": ["NONE"]}),
                ("label", "postgres", "labels", {}), ("container_name", "app", "container_name", "app"), ("image", "app", "image", "x:latest"),
                ("secret", "app", "environment", {"JWT_SECRET_KEY": "x"}), ("secret", "app", "environment", ["DATABASE_URL=postgresql://a:b@c/d"]),
                ("port", "postgres", "ports", ["5432:5432"]), ("port", "prometheus", "ports", ["9090:9090"]), ("network", "app", "networks", []),
                ("socket", "cgroup-exporter", "volumes", ["/var/run/docker.sock:/var/run/docker.sock:ro"])):
            document = compose("docker-compose.yml")
            document["services"][service][key] = value
            self.assertIn((service, rule), {found[:2] for found in compose_rules.breaches(document)}, f"{service}.{key} = {value}")

    def test_a_secret_that_is_used_is_declared_and_one_that_is_declared_is_used(self):
        for path in WHOLE:
            document = compose(path)
            used = {name for service in document["services"].values() for name in service.get("secrets") or []}
            self.assertEqual(used, set(document["secrets"]), path)

    def test_every_built_service_names_a_stage(self):
        targets = {stage.name for stage in dockerfile_rules.stages(read("ops/compose/Dockerfile"))[1]}
        for name, service in compose("docker-compose.yml")["services"].items():
            build = service.get("build")
            if build and "target" in build:
                self.assertEqual(build["target"], name)
                self.assertIn(name, targets)

    def test_health_checks_are_those_of_the_images(self):
        """docker run and compose ask the same."""
        documented = {stage.name: stage for path in DOCKERFILES for stage in dockerfile_rules.stages(read(path))[1]}
        for name, service in compose("docker-compose.yml")["services"].items():
            if name in documented and name != "worker":
                words = re.findall(r'"([^"]+)"', documented[name].of("HEALTHCHECK")[0].rest)
                self.assertEqual(service["healthcheck"]["test"], ["CMD", *words], name)

    def test_settings_that_the_file_names_have_a_default(self):
        for path in (*WHOLE, *ON_TOP):
            for name in re.findall(r"\$\{(\w+)\}", read(path)):
                self.fail(f"{path}: {name} has no default")

    def test_the_example_of_settings_sets_what_there_is_and_no_secret(self):
        known = set(re.findall(r"\$\{(\w+):-", read("docker-compose.yml"))) | {"COMPOSE_PROJECT_NAME"}
        for line in read(".env.example").splitlines():
            if line and not line.startswith("#"):
                name = line.partition("=")[0]
                self.assertIn(name, known)
                self.assertIsNone(compose_rules.SECRET_WORD.search(name), name)

    def test_compose_accepts_them(self):
        environment = {**os.environ, "HOME": tempfile.gettempdir()}
        for files in (["docker-compose.yml"], ["docker-compose.test.yml"], *(["docker-compose.yml", path] for path in ON_TOP)):
            words = [word for path in files for word in ("-f", ROOT / path)]
            done = run("docker-compose", "--project-directory", ROOT, *words, "config", "-q", env=environment)
            self.assertEqual(done.returncode, 0, f"{files}: {done.stderr}")


def alone(*command):
    """As somebody without rights, who may start no process beside its own."""
    user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    return [*user, "prlimit", "--nproc=1", *map(str, command)]


class HealthChecks(unittest.TestCase):
    """The scripts that health checks are: what they tell of a real service, as one process, so that one which is killed leaves nothing."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.folder.chmod(0o755)
        self.password, self.port = "pässword $1 %s \\n", free_port()
        self.secret(self.password)
        configuration = re.sub(r"port 6379", f"port {self.port}", read("ops/compose/redis/redis.conf")).replace("/run/redis", str(self.folder))
        (self.folder / "redis.conf").write_text(configuration.replace("bind * -::*", "bind 127.0.0.1"))
        self.environment = {"PATH": os.environ["PATH"], "SECRETS_FOLDER": str(self.folder), "REDIS_FOLDER": str(self.folder),
                            "REDIS_CONFIGURATION": str(self.folder / "redis.conf"), "REDIS_PORT": str(self.port)}
        self.redis = subprocess.Popen([ROOT / "ops/compose/redis/start"], env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.addCleanup(self.end)
        for _ in range(SECONDS * 20):
            if self.alive().returncode == 0:
                return
            time.sleep(0.05)
        self.fail(f"Redis did not come: {self.alive().stderr}")

    def end(self):
        self.redis.send_signal(signal.SIGCONT)
        self.redis.terminate()
        self.redis.wait(SECONDS)

    def secret(self, text):
        (self.folder / "redis_password").write_text(text + "\n")
        (self.folder / "redis_password").chmod(0o644)

    def alive(self):
        return run(*alone(ROOT / "ops/compose/redis/alive"), env=self.environment)

    def test_a_process_beside_its_own_is_noticed(self):
        self.assertIn("fork", run(*alone("sh", "-c", "said=$(id)")).stderr)

    def test_alive_tells_whether_redis_answers_who_knows_the_secret(self):
        done = self.alive()
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.secret("another")
        done = self.alive()
        self.assertEqual(done.returncode, 1)
        self.assertIn("WRONGPASS", done.stderr)
        self.assertNotIn("another", done.stderr)
        self.secret(self.password)
        self.redis.send_signal(signal.SIGSTOP)
        self.assertIn("no answer", self.alive().stderr)
        self.redis.send_signal(signal.SIGCONT)
        self.assertEqual(self.alive().returncode, 0)
        self.end()
        self.assertEqual(self.alive().returncode, 1)
        (self.folder / "redis_password").unlink()
        self.assertEqual(self.alive().returncode, 1)

    def test_probe_is_one_process_too(self):
        probe = ROOT / "ops/compose/probe"
        for words in (("http", "127.0.0.1", self.port, "/"), ("postgres", "127.0.0.1", self.port), ("http", "127.0.0.1", free_port(), "/")):
            done = run(*alone(probe, *words))
            self.assertNotEqual(done.returncode, 0, words)  # by its own word, or as Redis hung up while it was asked
            self.assertEqual(done.stderr, "", words)


class Secrets(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def make(self):
        done = run(ROOT / "ops/compose/make_secrets", "--folder", self.folder / "secrets", "--owner", os.getuid())
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_all_are_made_for_their_owner_alone_and_none_is_printed(self):
        said = self.make()
        declared = set(compose("docker-compose.yml")["secrets"])
        self.assertEqual({path.name for path in (self.folder / "secrets").iterdir()}, declared)
        contents = {}
        for name in declared:
            path = self.folder / "secrets" / name
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600, name)
            contents[name] = path.read_text()
            self.assertTrue(not contents[name] or contents[name] not in said)
        made = [text for text in contents.values() if text]
        self.assertEqual(len(made), len(set(made)))
        self.assertTrue(all(len(text) >= 43 for text in made))
        self.assertRegex(contents["jwt_secret_key"], r"^\d{8}:[\w-]{43}$")

    def test_one_that_is_there_stays(self):
        self.make()
        before = {path.name: path.read_bytes() for path in (self.folder / "secrets").iterdir()}
        (self.folder / "secrets" / "redis_password").unlink()
        self.assertEqual(self.make().count("made"), 1)
        after = {path.name: path.read_bytes() for path in (self.folder / "secrets").iterdir()}
        self.assertNotEqual(before.pop("redis_password"), after.pop("redis_password"))
        self.assertEqual(before, after)

    def test_the_program_takes_the_keys(self):
        self.make()
        secrets = self.folder / "secrets"
        done = run(PROGRAM, "config", "check", env={
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "JWT_SECRET_KEY_FILE": str(secrets / "jwt_secret_key"),
            "CAUSAL_GYM_AUTH_SECOND_FACTOR_KEY_FILE": str(secrets / "second_factor_key")})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Start(unittest.TestCase):
    """ops/compose/app/start, before a program that tells what it was given."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        for name, text in (("database_password", "p@ss/w'rd %é\n"), ("redis_password", "r"), ("openai_api_key", ""), ("anthropic_api_key", "k")):
            (self.folder / name).write_text(text)
        (self.folder / "causal-gym").write_text('#!/bin/sh\nenv; echo "arguments: $*"\n')
        (self.folder / "causal-gym").chmod(0o755)

    def start(self, **environment):
        return run(ROOT / "ops/compose/app/start", "serve", env={
            "PATH": f"{self.folder}:{os.environ['PATH']}", "SECRETS_FOLDER": str(self.folder), "REDIS_ADDRESS": "redis:6379",
            "CAUSAL_GYM_DB_FILE": str(self.folder / "url"), "CAUSAL_GYM_REDIS_URL_FILE": str(self.folder / "redis_url"), **environment})

    def test_passwords_are_in_files_of_the_owner_alone_and_not_in_the_environment(self):
        done = self.start(DATABASE_ADDRESS="db:6432", MODELS_ALLOWED="")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("70%40", done.stdout)
        self.assertIn("arguments: serve", done.stdout)
        self.assertNotIn("OPENAI_API_KEY", done.stdout)
        self.assertIn(f"ANTHROPIC_API_KEY_FILE={self.folder}/anthropic_api_key", done.stdout)
        self.assertNotIn("CAUSAL_GYM_MODELS_ALLOWED", done.stdout)
        url = self.folder / "url"
        self.assertEqual(stat.S_IMODE(url.stat().st_mode), 0o600)
        self.assertEqual((self.folder / "redis_url").read_text(), "redis://default:%72@redis:6379/0\n")
        escaped = "".join(f"%{byte:02x}" for byte in "p@ss/w'rd %é".encode())
        self.assertEqual(url.read_text(), f"postgresql://causal_user:{escaped}@db:6432/causal_experiments\n")

    def test_a_secret_that_is_missing_is_named(self):
        (self.folder / "database_password").unlink()
        done = self.start(DATABASE_ADDRESS="db:6432")
        self.assertEqual(done.returncode, 2)
        self.assertIn("database_password", done.stderr)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
