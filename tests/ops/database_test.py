"""PostgreSQL and PgBouncer of the containers, with paths in a folder and free ports in place of their own: how the cluster is made, who
may sign in and how, the archive, and the program on all of it. usage: database_test.py PROGRAM"""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests/shells"), str(ROOT / "tests/faults")]
from postgres import PROGRAMS, as_postgres, free_port  # noqa: E402
from server import Server  # noqa: E402

PROGRAM = ""
MOST_SECONDS = 90
SOURCE = ROOT / "ops/compose"
PASSWORDS = {"postgres_password": "super-s3cret", "database_password": "d'ata p@ss\"word", "pgbouncer_password": 'p"ooler\'s',
             "monitor_password": "m0nitor-secret"}


class Database:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="causal-gym-"))
        self.folder.chmod(0o777)
        self.port, self.pooled_port = free_port(), free_port()
        for name in ("run", "etc", "secrets", "data", "repository", "lock"):
            (self.folder / name).mkdir()
            (self.folder / name).chmod(0o777)
        for name, text in PASSWORDS.items():
            (self.folder / "secrets" / name).write_text(text + "\n")
        for path in (SOURCE / "postgres").glob("*.*"):
            (self.folder / "etc" / path.name).write_text(self.here(path.read_text()))
        ini = (SOURCE / "pgbouncer/pgbouncer.ini").read_text()
        for was, becomes in (("/run/pgbouncer", f"{self.folder}/run"), ("host=postgres port=5432", f"host=127.0.0.1 port={self.port}"),
                             ("= 0.0.0.0", "= 127.0.0.1"), ("= 6432", f"= {self.pooled_port}")):
            assert was in ini, was
            ini = ini.replace(was, becomes)
        (self.folder / "etc/pgbouncer.ini").write_text(ini)
        self.environment = {
            "PATH": f"{SOURCE}/postgres:{PROGRAMS}:{os.environ['PATH']}", "HOME": "/nonexistent", "PGHOST": f"{self.folder}/run",
            "PGPORT": str(self.port), "PGDATA": f"{self.folder}/data/cluster", "POSTGRES_CONFIGURATION": f"{self.folder}/etc",
            "SECRETS_FOLDER": f"{self.folder}/secrets", "PGBACKREST_REPOSITORY": f"{self.folder}/repository",
            "PGBACKREST_CONFIG": f"{self.folder}/etc/pgbackrest.conf", "PGBACKREST_PG1_PORT": str(self.port)}
        self.process = self.pooler = None
        self.log = open(self.folder / "log", "w", encoding="utf-8")

    def here(self, text):
        for was, becomes in (("/run/postgresql", "run"), ("/etc/postgresql", "etc"), ("/backups/pgbackrest", "repository"),
                             ("/tmp/pgbackrest", "lock"), ("/var/lib/postgresql/data", "data")):
            text = text.replace(was, f"{self.folder}/{becomes}")
        return text.replace("listen_addresses = '*'", "listen_addresses = '127.0.0.1'")

    def run(self, *command, **more):
        return subprocess.run(as_postgres(*command), capture_output=True, text=True, check=False, timeout=MOST_SECONDS, cwd="/",
                              env=self.environment | more)

    def start(self, **more):
        self.process = subprocess.Popen(as_postgres(SOURCE / "postgres/start", "postgres"), stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log, cwd="/", env=self.environment | more)
        # The server that makes a new cluster answers too, at its socket alone, and then ends.
        self.wait(lambda: self.run(SOURCE / "probe", "postgres", "127.0.0.1", self.port).returncode == 0
                  and self.run("psql", "-X", "-U", "causal_user", "-d", "causal_experiments", "-c", "SELECT 1").returncode == 0, "PostgreSQL")

    def start_pooler(self):
        self.pooler = subprocess.Popen(as_postgres(SOURCE / "pgbouncer/start"), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, cwd="/",
                                       env=self.environment | {"PGBOUNCER_FOLDER": f"{self.folder}/run",
                                                               "PGBOUNCER_CONFIGURATION": f"{self.folder}/etc/pgbouncer.ini"})
        self.wait(lambda: self.run(SOURCE / "probe", "postgres", "127.0.0.1", self.pooled_port).returncode == 0, "PgBouncer")

    def wait(self, what, name):
        deadline = time.monotonic() + MOST_SECONDS
        while not what():
            assert time.monotonic() < deadline, f"{name}\n{self.said()}"
            time.sleep(0.1)

    def said(self):
        return (self.folder / "log").read_text(encoding="utf-8")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code, self.process = self.process.wait(MOST_SECONDS), None
        return code

    def sql(self, text, database="causal_experiments", user="postgres"):
        done = self.run("psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", user, "-d", database, "-c", text)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def sign_in(self, user, password, port, database="causal_experiments", statement="SELECT current_user"):
        """What the statement says over the network, or None when the role was not let in."""
        done = self.run("psql", "-X", "-A", "-t", "-h", "127.0.0.1", "-p", port, "-U", user, "-d", database, "-c", statement, PGPASSWORD=password)
        return done.stdout.strip() if done.returncode == 0 else None

    def url(self, port):
        self.folder.joinpath("bin").mkdir(exist_ok=True)
        (self.folder / "bin/causal-gym").write_text('#!/bin/sh\ncat "$CAUSAL_GYM_DB_FILE"\n')
        (self.folder / "bin/causal-gym").chmod(0o755)
        done = subprocess.run([SOURCE / "app/start"], capture_output=True, text=True, check=True, timeout=MOST_SECONDS, env=self.environment | {
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}", "DATABASE_ADDRESS": f"127.0.0.1:{port}",
            "CAUSAL_GYM_DB_FILE": str(self.folder / "bin/url")})
        return done.stdout.strip()

    def close(self):
        for process in (self.pooler, self.process):
            if process:
                process.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(MOST_SECONDS)
        self.log.close()
        shutil.rmtree(self.folder)


class Cluster(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = Database()
        cls.addClassCleanup(cls.database.close)
        # What an attempt that was cut off left behind is no cluster.
        (cls.database.folder / "data/cluster.new").mkdir()
        (cls.database.folder / "data/cluster.new/PG_VERSION").write_text("15\n")
        (cls.database.folder / "data/cluster.new").chmod(0o777)
        cls.database.start()
        cls.database.start_pooler()

    def test_it_has_checksums_statements_and_roles(self):
        for setting, value in (("data_checksums", "on"), ("shared_preload_libraries", "pg_stat_statements"), ("archive_mode", "on"),
                               ("archive_timeout", "30s"), ("password_encryption", "scram-sha-256")):
            self.assertEqual(self.database.sql(f"SHOW {setting}"), value)
        for database in ("causal_experiments", "template1"):
            self.assertEqual(self.database.sql("SELECT count(*) FROM pg_stat_statements(false)", database).isdigit(), True)
        self.assertEqual(self.database.sql("SELECT string_agg(rolname, ' ' ORDER BY rolname) FROM pg_roles WHERE rolcanlogin AND NOT rolsuper"),
                         "causal_monitor causal_user pgbouncer")
        self.assertEqual(self.database.sql("SELECT bool_and(rolpassword LIKE 'SCRAM-SHA-256$%') FROM pg_authid WHERE rolcanlogin"), "t")
        self.assertEqual(self.database.sql("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'causal_experiments'"), "causal_user")

    def test_no_password_is_told(self):
        told = self.database.said() + self.database.sql("SELECT string_agg(query, ' ') FROM pg_stat_statements")
        for name, password in PASSWORDS.items():
            self.assertNotIn(password, told, name)

    def test_over_the_network_each_proves_who_it_is(self):
        port, right = self.database.port, PASSWORDS["database_password"]
        self.assertEqual(self.database.sign_in("causal_user", right, port), "causal_user")
        self.assertIsNone(self.database.sign_in("causal_user", "wrong", port))
        self.assertIsNone(self.database.sign_in("causal_user", "", port))
        self.assertIsNone(self.database.sign_in("postgres", PASSWORDS["postgres_password"], port))
        monitor = PASSWORDS["monitor_password"]
        self.assertEqual(self.database.sign_in("causal_monitor", monitor, port, statement="SELECT count(*) > 0 FROM pg_stat_activity"), "t")

    def test_the_pooler_lets_in_applications_alone(self):
        port = self.database.pooled_port
        self.assertEqual(self.database.sign_in("causal_user", PASSWORDS["database_password"], port), "causal_user")
        for user, password in (("causal_user", "wrong"), ("causal_user", ""), ("postgres", PASSWORDS["postgres_password"]), ("nobody", "x")):
            self.assertIsNone(self.database.sign_in(user, password, port), user)
        self.assertIsNone(self.database.sign_in("causal_user", PASSWORDS["database_password"], port, "postgres"))
        self.assertIsNone(self.database.sign_in("causal_user", PASSWORDS["database_password"], self.database.port,
                                                statement="SELECT * FROM pgbouncer.lookup('causal_monitor')"))
        self.assertIsNone(self.database.sign_in("pgbouncer", PASSWORDS["pgbouncer_password"], self.database.port,
                                                statement="SELECT rolpassword FROM pg_authid"))

    def test_the_pooler_holds_what_the_operators_document_says(self):
        shown = self.database.sign_in("pgbouncer", PASSWORDS["pgbouncer_password"], self.database.pooled_port, "pgbouncer", "SHOW CONFIG")
        held = dict(line.split("|")[:2] for line in shown.splitlines())
        for key, value in (("max_client_conn", "200"), ("default_pool_size", "25"), ("server_lifetime", "3600"), ("server_idle_timeout", "600"),
                           ("pool_mode", "transaction"), ("auth_type", "scram-sha-256"), ("server_login_retry", "1")):
            self.assertEqual(held[key], value, key)

    def test_a_new_password_counts_at_the_pooler_at_once(self):
        role = "another_application"
        self.database.sql(f"CREATE ROLE {role} LOGIN PASSWORD 'first'; GRANT CONNECT ON DATABASE causal_experiments TO {role}")
        port = self.database.pooled_port
        self.assertEqual(self.database.sign_in(role, "first", port), role)
        self.database.sql(f"ALTER ROLE {role} PASSWORD 'second'")
        self.assertEqual(self.database.sign_in(role, "second", port), role)
        self.assertIsNone(self.database.sign_in(role, "first", port))
        self.database.sql(f"REVOKE CONNECT ON DATABASE causal_experiments FROM {role}; DROP ROLE {role}")

    def test_the_program_works_through_the_pooler(self):
        server = Server(PROGRAM, self.database.url(self.database.pooled_port))
        try:
            self.assertEqual(server.finished(server.launched()), "finished")
        finally:
            server.end()
        self.assertEqual(self.database.sql("SELECT count(*) FROM experiments"), "1")

    def test_changes_are_archived(self):
        self.database.wait(lambda: (self.database.folder / "repository/archive/causal/archive.info").exists(), "the stanza")
        done = self.database.run("pgbackrest", "--stanza=causal", "check")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotEqual(self.database.sql("SELECT archived_count FROM pg_stat_archiver"), "0")


class Lives(unittest.TestCase):
    def test_stopped_and_lost(self):
        """What is there stays over a restart; when it is lost, nothing new takes its place unasked."""
        database = Database()
        self.addCleanup(database.close)
        database.start()
        database.wait(lambda: (database.folder / "repository/archive/causal/archive.info").exists(), "the stanza")
        database.sql("CREATE TABLE kept (x int)")
        self.assertEqual(database.stop(), 0)
        self.assertIn("database system is shut down", database.said())
        database.start()
        self.assertEqual(database.sql("SELECT count(*) FROM kept"), "0")
        database.stop()
        shutil.rmtree(database.folder / "data/cluster")
        done = database.run(SOURCE / "postgres/start")
        self.assertEqual(done.returncode, 2)
        self.assertIn("NEW_DATABASE=yes", done.stderr)
        self.assertFalse((database.folder / "data/cluster").exists())
        database.start(NEW_DATABASE="yes")
        self.assertEqual(database.sql("SELECT to_regclass('kept') IS NULL"), "t")
        database.wait(lambda: database.run("pgbackrest", "--stanza=causal", "check").returncode == 0, "the archive")

    def test_a_secret_that_is_missing_is_named(self):
        database = Database()
        self.addCleanup(database.close)
        (database.folder / "secrets/monitor_password").unlink()
        done = database.run(SOURCE / "postgres/start")
        self.assertEqual(done.returncode, 2)
        self.assertIn("monitor_password", done.stderr)
        self.assertFalse((database.folder / "data/cluster").exists())


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
