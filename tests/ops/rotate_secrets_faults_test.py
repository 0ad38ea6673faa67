"""rotate_secrets.sh when something is refused, lost, cut off or not to be written: everybody goes on with what worked before."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

from load import Load
from native_stack import ROOT, findings
from signed_in import all_secrets, call, carry_out, exported, rotate
from web_stand_ins import Grafana, Provider


def test_web_keys(stack):
    stack.write_secret("grafana_admin_password", "grafana-first-password")
    stack.write_secret("openai_api_key", "sk-old-key-of-the-provider")
    with Grafana("grafana-first-password") as grafana, Provider() as provider:
        stack.write_settings(urls={"grafana": grafana.url}, rotation={"provider_urls": {"openai": provider.url + "/v1"}})
        rotate(stack, "--only", "grafana")
        assert grafana.password == stack.secret("grafana_admin_password") != "grafana-first-password"
        grafana.refusing = True
        rotate(stack, "--only", "grafana", code=2)
        assert grafana.password == stack.secret("grafana_admin_password")
        fresh = stack.folder / "fresh.key"
        fresh.write_text("wrong-key\n", encoding="ascii")
        report = rotate(stack, "--only", "provider:openai", "--from", fresh, code=2)
        assert "refuses the new key with 401" in findings(report, "rotation", "critical")[0] and stack.secret("openai_api_key").startswith("sk-old"), report
        fresh.write_text("sk-new-key-of-the-provider\n", encoding="ascii")
        rotate(stack, "--only", "provider:openai", "--from", fresh)
        assert stack.secret("openai_api_key") == "sk-new-key-of-the-provider"
        stack.write_secret("openai_api_key", "wrong-key")
        report = rotate(stack, "--retire", "--check-providers", code=2)
        assert "refuses the key that is in use" in findings(report, "providers", "critical")[0], report
    for name in ("grafana_admin_password", "openai_api_key"):
        (stack.folder / "secrets" / name).unlink()
    stack.write_settings()


def test_refused_role(stack, session):
    """PostgreSQL lets the second role in nowhere: nothing has changed for anybody."""
    rules = stack.folder / "postgres/data/pg_hba.conf"
    whole, before = rules.read_text(encoding="utf-8"), all_secrets(stack)
    rules.write_text("host all causal_user_bridge all reject\n" + whole, encoding="utf-8")
    stack.psql("SELECT pg_reload_conf()")
    report = rotate(stack, "--only", "database", code=2)
    assert "causal_user_bridge is refused" in findings(report, "rotation", "critical")[0] and findings(report, "rotation", "warning"), report
    assert all_secrets(stack) == before
    rules.write_text(whole, encoding="utf-8")
    stack.psql("SELECT pg_reload_conf()")


def test_replica_lost(stack, session):
    """The second server does not come back with the new secret: everything is as before, and it too is back."""
    units = stack.folder / "units.json"
    whole, before = units.read_text(encoding="utf-8"), all_secrets(stack)
    told = json.loads(whole)
    program, url = told["causal-gym-app@.service"]["argv"][0], stack.folder / "secrets/redis_url"
    good = stack.folder / "secrets/read/good_url"
    good.write_bytes(url.read_bytes())
    told["causal-gym-app@.service"]["argv"] = ["sh", "-c", f"[ {{instance}} = 1 ] || cmp -s {url} {good} || exit 1; exec {program} serve"]
    units.write_text(json.dumps(told), encoding="utf-8")
    with Load(stack.public_url(), ["/api/v1/auth/me"], readers=2, headers=session.headers) as load:
        report = rotate(stack, "--only", "redis", code=2)
    assert "causal-gym-app@2" in findings(report, "rotation", "critical")[0], report
    load.assert_none_failed(least=10)
    assert all_secrets(stack) == before and stack.supervise("is-active", "causal-gym-app@2.service").returncode == 0
    units.write_text(whole, encoding="utf-8")
    good.unlink()


def test_killed(stack, session):
    """Killed before each phase of the database's rotation, and taken up."""
    for phase in ("switch", "finish"):
        kill_before(stack, phase, "database")
        assert call(stack, "/api/v1/runs?limit=1", token=session.tokens["access_token"])[0] == 200
    report = rotate(stack, "--only", "database")
    assert "goes on after switch" in str(findings(report, "rotation")), report
    assert not list(pathlib.Path(tempfile.gettempdir()).glob("causal-gym-operations-*")), "what the killed ones left is gone"


def test_exporter(stack):
    """It has its password from elsewhere than the secret: the old one is put back, in PostgreSQL too; and one that is refused already is told first."""
    units, unit = stack.folder / "units.json", "prometheus-postgres-exporter.service"
    whole, before = units.read_text(encoding="utf-8"), all_secrets(stack)
    told = json.loads(whole)
    own = stack.folder / "run/own"
    own.write_text(stack.secret("monitor_password"), encoding="ascii")
    own.chmod(0o644)
    told[unit]["environment"]["DATA_SOURCE_PASS_FILE"] = str(own)
    units.write_text(json.dumps(told), encoding="utf-8")
    report = rotate(stack, "--only", "monitor", code=2)
    assert "pg_up of postgres-exporter" in findings(report, "rotation", "critical")[0] and "undone" in findings(report, "rotation", "warning")[0], report
    assert all_secrets(stack) == before
    stack.wait(lambda: exported(stack, "postgres_exporter", "pg_up") == 1, "the exporter with the old password", 20)
    own.write_text("another", encoding="ascii")
    stack.supervise("restart", unit)
    report = rotate(stack, "--only", "monitor", code=2)
    assert "mend that first" in findings(report, "rotation", "critical")[0] and all_secrets(stack) == before, report
    own.unlink()
    units.write_text(whole, encoding="utf-8")
    stack.supervise("restart", unit)
    for phase in ("switch", "finish"):
        kill_before(stack, phase, "monitor")
    report = rotate(stack, "--only", "monitor")
    assert "goes on after switch" in str(findings(report, "rotation")) and exported(stack, "postgres_exporter", "pg_up") == 1, report


def test_not_undone(stack):
    """The servers come up neither with the new nor with the old: nothing else is begun, and when that is mended the next run goes on."""
    units = stack.folder / "units.json"
    whole = units.read_text(encoding="utf-8")
    told = json.loads(whole)
    told["causal-gym-app@.service"]["argv"] = ["sh", "-c", "exit 1"]
    units.write_text(json.dumps(told), encoding="utf-8")
    before = all_secrets(stack)
    report = rotate(stack, "--only", "second_factor,database,redis", code=2)
    assert "could not be undone" in findings(report, "rotation", "critical")[-1], report
    assert findings(report, "rotation", "warning") == ["second_factor comes first: nothing was done about database, redis"], report
    after = all_secrets(stack)
    assert {name for name in after if after[name] != before.get(name)} <= {"second_factor_key.previous"}, after.keys()
    units.write_text(whole, encoding="utf-8")
    stack.supervise("start", "causal-gym-app@1.service")
    stack.supervise("start", "causal-gym-app@2.service")
    stack.write_settings(rotation={"access_token_seconds": 0})
    report = rotate(stack, "--retire")
    assert "second_factor: goes on" in str(findings(report, "before")), report
    stack.write_settings()


def test_wrong_keys(stack):
    """What cannot be a key, or is nobody's; no journal is left of it."""
    binary = stack.folder / "binary.key"
    binary.write_bytes(b"\xff\xfe")
    for arguments, code, word in ((("--only", "provider:openai", "--from", "/nonexistent"), 2, "No such file"), (("--only", "provider:openai", "--from", binary), 2, "ASCII"),
                                  (("--only", "provider:openai", "--from", stack.folder), 2, "Is a directory"), (("--only", "provider:../x"), 3, "is no name of a provider"),
                                  (("--only", "provider:"), 3, "is no name of a provider"), (("--only", "jwt", "--from", binary), 3, "--only provider"),
                                  (("--only", ""), 3, "unknown kind"), (("--only", "provider:nobody"), 3, "provider_urls")):
        report = rotate(stack, *arguments, code=code)
        assert word in str(findings(report, "rotation") + findings(report, "before")), (arguments, report)
    assert not list((stack.folder / "state/rotation").iterdir())


def kill_before(stack, phase, kind):
    script = [str(ROOT / "ops/procedures/rotate_secrets.sh"), "--config", str(stack.settings_file), "--yes", "--only", kind]
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, start_new_session=True,
                          env=os.environ | {"OPERATIONS_PAUSE_BEFORE": phase}) as process:
        assert phase in process.stdout.readline()
        command = pathlib.Path(f"/proc/{process.pid}/cmdline").read_text(encoding="utf-8")
        assert not any(secret in command for secret in all_secrets(stack).values())
        os.killpg(process.pid, signal.SIGKILL)


def test_unwritable(stack):
    """Also for root: the folder is mounted read-only."""
    before = all_secrets(stack)
    folder = stack.folder / "secrets"
    inner = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"'
    words = ["unshare", "-m" if os.geteuid() == 0 else "-rm", "sh", "-c", inner, "sh", str(folder), str(ROOT / "ops/procedures/rotate_secrets.sh"),
             "--config", str(stack.settings_file), "--yes", "--only", "jwt", "--json"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
    assert done.returncode == 3 and "nothing can be written in the folder of secrets" in done.stdout, done
    assert all_secrets(stack) == before
    code, report = stack.procedure("rotate_secrets", "--only", "jwt")
    assert code == 3 and "Give --yes" in findings(report, "rotation")[0], report
    code, report = stack.procedure("rotate_secrets", "--dry-run")
    assert code == 0 and all_secrets(stack) == before, report


if __name__ == "__main__":
    carry_out(sys.argv[1], (test_unwritable, test_refused_role, test_replica_lost, test_killed, test_exporter, test_not_undone, test_wrong_keys, test_web_keys))
