"""update_environment.sh: what is wrong is refused before anything changes, what does not work is put back, and nobody notices either."""
import pathlib
import sys

from load import Load
from native_stack import NativeStack, findings

SERVICES = ("postgres", "pgbouncer", "redis", "app", "nginx")
SECRET = "sk-never-to-be-seen-anywhere"


def process_environment(stack):
    pid = (stack.folder / "run/causal-gym-app@1.service.pid").read_text(encoding="ascii")
    return pathlib.Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")


def update(stack, text, *arguments):
    new = stack.folder / "new.env"
    new.write_text(text, encoding="utf-8")
    return stack.procedure("update_environment", new, "--yes", *arguments)


def test_in_use(stack, environment):
    with Load(stack.public_url(), ["/health", "/api/v1/runs?limit=1"]) as load:
        code, report = update(stack, f"CAUSAL_GYM_LOG_LEVEL=info\nCAUSAL_GYM_SLOW_REQUEST_SECONDS=7\nOPENAI_API_KEY={SECRET}\n")
    assert code == 1 and findings(report, "before", "warning") and "in use everywhere" in findings(report, "apply"), report
    load.assert_none_failed(least=10)
    assert "CAUSAL_GYM_SLOW_REQUEST_SECONDS=7" in process_environment(stack)
    assert ["CAUSAL_GYM_SLOW_REQUEST_SECONDS", "added"] in report["tables"][0]["rows"] and SECRET not in str(report)
    code, report = update(stack, "CAUSAL_GYM_LOG_LEVEL=info\nCAUSAL_GYM_SLOW_REQUEST_SECONDS=8\n")
    assert code == 0 and environment.stat().st_mode & 0o777 == 0o600, report
    kept = sorted((stack.folder / "state/environment").iterdir())
    assert len(kept) == 2 and SECRET in kept[1].read_text(encoding="utf-8") and all(path.stat().st_mode & 0o777 == 0o600 for path in kept)


def test_refused(stack, environment):
    before = environment.read_text(encoding="utf-8")
    for text, step in (("CAUSAL_GYM_LOG_LEVEL=loud\n", "check"), ("CAUSAL_GYM_LOG_LEVLE=info\n", "check"), ("no line\n", "before"), ("A=1\nA=2\n", "before"), ("# nothing\n", "before"), ("", "before")):
        code, report = update(stack, text)
        assert code in (2, 3) and (findings(report, step, "critical") or findings(report, step, "unchecked")), report
        assert environment.read_text(encoding="utf-8") == before
    code, report = update(stack, "CAUSAL_GYM_LOG_LEVEL=warn\n", "--dry-run")
    assert code == 0 and environment.read_text(encoding="utf-8") == before, report
    code, report = stack.procedure("update_environment")
    assert code == 0 and "nothing changes" in findings(report, "apply"), report


def test_put_back(stack, environment):
    """It is right by every rule, but no address of this machine: no server comes up with it."""
    before = environment.read_text(encoding="utf-8")
    with Load(stack.public_url(), ["/health", "/api/v1/runs?limit=1"]) as load:
        code, report = update(stack, before + "CAUSAL_GYM_METRICS_ADDRESS=192.0.2.77\n")
    assert code == 2 and "does not work" in findings(report, "apply", "critical")[0], report
    load.assert_none_failed(least=10)
    assert environment.read_text(encoding="utf-8") == before and stack.get(stack.public_url() + "/health")
    assert not any("192.0.2.77" in line for line in process_environment(stack))


def main():
    with NativeStack(sys.argv[1], only=SERVICES) as stack:
        environment = stack.folder / "etc/environment"
        for test in (test_in_use, test_refused, test_put_back):
            test(stack, environment)


if __name__ == "__main__":
    main()
