"""scale_database.sh: what it reports, pooling off and on under load, a configuration that lets everybody in, and a standby that follows."""
import os
import subprocess
import sys

from load import Load
from native_stack import NativeStack, findings
from postgres import PROGRAMS, as_postgres, free_port

SERVICES = ("postgres", "pgbouncer", "redis", "app", "nginx")


def test_report(stack):
    code, report = stack.procedure("scale_database")
    assert code == 0 and "they fit" in findings(report, "connections", "fine")[0], report
    assert findings(report, "pooler", "fine"), report
    stack.write_settings(scaling={"app_connections": 500})
    code, report = stack.procedure("scale_database")
    assert code == 2 and "max_client_conn" in findings(report, "connections", "critical")[0], report
    stack.write_settings()


def test_configuration(stack):
    file = stack.folder / "etc/pgbouncer.ini"
    file.write_text(file.read_text().replace("pool_mode = transaction", "pool_mode = session").replace("default_pool_size = 25\n", ""))
    stack.supervise("reload", "pgbouncer.service")
    code, report = stack.procedure("scale_database")
    assert code == 2 and "pool_mode is session" in findings(report, "pooler", "critical")[0], report
    code, report = stack.procedure("scale_database", "--set-up", "--yes")
    assert code == 0 and "pool_mode = transaction" in file.read_text(), report


def test_pooling(stack):
    with Load(stack.public_url(), ["/api/v1/runs?limit=1"], readers=2) as load:
        for wanted, port in (("off", "postgres"), ("on", "pgbouncer")):
            code, report = stack.procedure("scale_database", "--pooling", wanted, "--yes")
            assert code == 0 and f":{stack.ports[port]}/" in stack.secret("database_url"), report
    load.assert_none_failed(least=10)
    before = stack.secret("database_url")
    code, report = stack.procedure("scale_database", "--pooling", "off")
    assert code == 3 and "Give --yes" in str(report) and stack.secret("database_url") == before, report


def test_standby(stack):
    folder, port = stack.folder / "postgres/standby", free_port()
    code, report = stack.procedure("scale_database", "--standby", f"{folder}:{port}", "--yes")
    try:
        assert code == 0 and "follows" in findings(report, "new standby", "fine")[0], report
        stack.psql("CREATE TABLE followed (x int); INSERT INTO followed VALUES (42)")
        given = os.environ | {"PGPASSWORD": stack.secret("postgres_password")}
        words = ["psql", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "-d", "causal_experiments", "-X", "-A", "-t", "-c"]
        stack.wait(lambda: subprocess.run([*words, "SELECT x FROM followed"], env=given, capture_output=True, text=True).stdout.strip() == "42", "the row")
        assert subprocess.run([*words, "SELECT pg_is_in_recovery()"], env=given, capture_output=True, text=True).stdout.strip() == "t"
    finally:
        subprocess.run(as_postgres(PROGRAMS / "pg_ctl", "stop", "-m", "immediate", "-D", folder), cwd="/", capture_output=True, timeout=60)
    stack.wait(lambda: stack.psql("SELECT active FROM pg_replication_slots").stdout.strip() == "f", "the slot without its standby")
    code, report = stack.procedure("scale_database")
    assert code == 1 and "has no standby" in findings(report, "standbys", "warning")[0], report
    failed = stack.folder / "postgres/failed"
    for wrong in (f"{failed}:99999", f"{failed}:0", f"{failed}:{stack.ports['postgres']}", f"{failed}/deep/in:{port + 1}", f"failed:{port + 1}", f"{failed}:"):
        code, report = stack.procedure("scale_database", "--standby", wrong, "--yes")
        assert code == 3 and "--standby" in findings(report, "new standby", "unchecked")[0] and not failed.exists(), (wrong, report)
    stack.psql(f"SELECT pg_create_physical_replication_slot('standby_{port + 1}')")
    code, report = stack.procedure("scale_database", "--standby", f"{failed}:{port + 1}", "--yes")
    assert code == 2 and "removed" in findings(report, "new standby", "critical")[0] and not failed.exists(), report


def main():
    with NativeStack(sys.argv[1], only=SERVICES) as stack:
        for test in (test_report, test_configuration, test_pooling, test_standby):
            test(stack)
            print(test.__name__, flush=True)


if __name__ == "__main__":
    main()
