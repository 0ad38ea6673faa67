"""rotate_secrets.sh under load, on two servers: nobody is signed out, no request fails, and the old secrets are refused in the end."""
import json
import os
import subprocess
import sys
import time

from load import Load
from native_stack import findings
from signed_in import call, carry_out, exported, rotate


def test_database(stack, session):
    """Under load that makes new connections to the database all the time, and with the old password refused in the end."""
    old = stack.secret("database_password")
    with Load(stack.public_url(), ["/api/v1/runs?limit=1", "/api/v1/auth/me"], headers=session.headers) as load:
        rotate(stack, "--only", "database")
    load.assert_none_failed()
    assert stack.secret("database_password") != old and stack.psql("SELECT 1", user="causal_user").returncode == 0
    refused = subprocess.run(["psql", "-h", "127.0.0.1", "-p", str(stack.ports["postgres"]), "-U", "causal_user", "-d", "causal_experiments", "-c", "SELECT 1"],
                             env=os.environ | {"PGPASSWORD": old}, capture_output=True, text=True, timeout=60)
    assert "password authentication failed" in refused.stderr
    assert stack.psql("SELECT count(*) FROM pg_roles WHERE rolname LIKE '%bridge'").stdout.strip() == "0"
    assert stack.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner <> 'causal_user'").stdout.strip() == "0"
    print(f"database: {load.count} requests, none failed")


def test_jwt(stack, session):
    """Accepted, used, and retired only after the life of the tokens that the old key signed."""
    stack.write_settings(rotation={"probe_user": "probe", "access_token_seconds": 3})
    token, ring = session.tokens["access_token"], stack.secret("jwt_secret_key")
    with Load(stack.public_url(), ["/api/v1/auth/me"], readers=2, headers=session.headers) as load:
        report = rotate(stack, "--only", "jwt", code=1)
    assert "retired after" in findings(report, "rotation", "warning")[0], report
    load.assert_none_failed(least=10)
    lines = stack.secret("jwt_secret_key").splitlines()
    assert len(lines) == 2 and lines[1] == ring and call(stack, "/api/v1/auth/me", token=token)[0] == 200
    time.sleep(3)
    session.refresh()
    with Load(stack.public_url(), ["/api/v1/auth/me"], readers=2, headers=session.headers) as load:
        rotate(stack, "--retire")
    load.assert_none_failed(least=10)
    assert stack.secret("jwt_secret_key") == lines[0] and call(stack, "/api/v1/auth/me", token=token)[0] == 401
    assert "nothing is pending" in str(rotate(stack, "--retire"))


def test_second_factor(stack):
    """A key stays while a device is kept under it, and goes after."""
    ring = f"new:{stack.secret('second_factor_key')}\nkept:{'another-key-' * 4}"
    stack.psql("INSERT INTO second_factors (user_id, secret, confirmed, last_step, created_at) SELECT id, 'kept:sealed', 1, 0, 0 FROM users LIMIT 1")
    stack.write_secret("second_factor_key", ring)
    journal = stack.folder / "state/rotation/second_factor.json"
    waiting = json.dumps({"name": "second_factor", "done": ["accept", "use"], "kept": {"kid": "new", "due": 0}})
    journal.write_text(waiting, encoding="ascii")
    report = rotate(stack, "--retire")
    assert any("1 old keys stay" in text for text in findings(report, "rotation")), report
    assert stack.secret("second_factor_key") == ring.strip()
    stack.psql("DELETE FROM second_factors")
    journal.write_text(waiting, encoding="ascii")
    rotate(stack, "--retire")
    assert stack.secret("second_factor_key") == ring.splitlines()[0]


def test_monitor(stack):
    """The exporter of PostgreSQL signs in with the new password, and nobody with the old one."""
    old = stack.secret("monitor_password")
    report = rotate(stack, "--only", "monitor")
    assert len(findings(report, "rotation", "fine")) == 2, report
    assert stack.secret("monitor_password") != old and exported(stack, "postgres_exporter", "pg_up") == 1
    given = os.environ | {"PGHOST": "127.0.0.1", "PGPORT": str(stack.ports["postgres"]), "PGUSER": "causal_monitor", "PGDATABASE": "causal_experiments"}
    for password, code in ((old, 2), (stack.secret("monitor_password"), 0)):
        done = subprocess.run(["psql", "-X", "-c", "SELECT 1"], env=given | {"PGPASSWORD": password}, capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done
    stack.supervise("restart", "prometheus-postgres-exporter.service")
    stack.wait(lambda: exported(stack, "postgres_exporter", "pg_up") == 1, "the exporter, started anew")
    stack.supervise("stop", "prometheus-postgres-exporter.service")
    report = rotate(stack, "--only", "monitor", code=1)
    assert "when it starts" in findings(report, "rotation", "warning")[0], report
    stack.supervise("start", "prometheus-postgres-exporter.service")
    stack.wait(lambda: exported(stack, "postgres_exporter", "pg_up") == 1, "the exporter with what was rotated meanwhile")


def test_redis_and_pgbouncer(stack, session):
    old_redis, old_pooler = stack.secret("redis_password"), stack.secret("pgbouncer_password")
    with Load(stack.public_url(), ["/api/v1/runs?limit=1", "/api/v1/auth/me"], headers=session.headers) as load:
        rotate(stack, "--only", "redis,pgbouncer")
    load.assert_none_failed()
    acl = (stack.folder / "etc/redis/users.acl").read_text(encoding="ascii")
    assert acl.count("#") == 1, acl
    redis = ["redis-cli", "-p", str(stack.ports["redis"]), "--no-auth-warning", "-e", "ping"]
    for password, answer in ((old_redis, "NOAUTH"), (stack.secret("redis_password"), "PONG")):
        done = subprocess.run(redis, env=os.environ | {"REDISCLI_AUTH": password}, capture_output=True, text=True, timeout=60)
        assert answer in done.stdout + done.stderr, (answer, done)
    stack.wait(lambda: exported(stack, "redis_exporter", "redis_up") == 1, "the exporter of Redis with the new password", 20)
    assert old_pooler not in (stack.folder / "etc/pgbouncer-users.txt").read_text(encoding="utf-8")
    stack.supervise("restart", "pgbouncer.service")
    stack.wait(lambda: call(stack, "/api/v1/auth/me", token=session.tokens["access_token"])[0] == 200, "PgBouncer with its new password")


if __name__ == "__main__":
    carry_out(sys.argv[1], (test_database, test_jwt, test_second_factor, test_monitor, test_redis_and_pgbouncer))
