"""scale_services.sh under load: from one server to three and back without a failed request, and back by itself when one is broken."""
import json
import sys
import urllib.request

from load import Load
from native_stack import NativeStack, findings
from operations.stack import wait_until

SERVICES = ("postgres", "pgbouncer", "redis", "app", "nginx", "prometheus")
PATHS = ["/health", "/api/v1/environments", "/api/v1/runs?limit=5"]


def upstream(stack):
    return (stack.folder / "etc/upstream.conf").read_text(encoding="ascii").count("server ")


def is_active(stack, number):
    return stack.supervise("is-active", f"causal-gym-app@{number}.service").returncode == 0


def test_out_and_in(stack):
    with Load(stack.public_url(), PATHS) as load:
        code, report = stack.procedure("scale_services")
        assert code == 0, report
        assert upstream(stack) == 3 and all(is_active(stack, number) for number in (1, 2, 3))
        code, report = stack.procedure("scale_services", "1")
        assert code == 0, report
    assert upstream(stack) == 1 and is_active(stack, 1) and not is_active(stack, 2) and not is_active(stack, 3)
    load.assert_none_failed()
    print(f"{load.count} requests, none failed; {load.reopened} kept connections were made anew")


def metrics_of(address):
    try:
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as answer:
            return answer.read().decode()
    except OSError:
        return ""


def test_worker(stack):
    code, report = stack.procedure("scale_services", "1", "--service", "worker")
    assert code == 0 and stack.supervise("is-active", "causal-gym-worker@1.service").returncode == 0, report
    targets = json.loads((stack.folder / "etc/targets/worker.json").read_text(encoding="ascii"))
    assert targets == [{"targets": [f"127.0.0.1:{stack.ports['worker_metrics']}"], "labels": {"job": "worker"}}]
    wait_until(lambda: "causal_queue_jobs" in metrics_of(targets[0]["targets"][0]), "the worker's figures", 30)
    code, report = stack.procedure("scale_services", "0", "--service", "worker")
    assert code == 0 and stack.supervise("is-active", "causal-gym-worker@1.service").returncode != 0, report
    assert json.loads((stack.folder / "etc/targets/worker.json").read_text(encoding="ascii"))[0]["targets"] == []


def test_worker_that_tells_no_figures(stack):
    """Its file is of the version before, or an operator's: it is kept, and Prometheus does not wait for what nobody answers."""
    file = stack.folder / "etc/instances/worker-1.env"
    file.write_text("WORKER_CONCURRENCY=1\n", encoding="ascii")
    code, report = stack.procedure("scale_services", "1", "--service", "worker")
    assert code == 0 and file.read_text(encoding="ascii") == "WORKER_CONCURRENCY=1\n", report
    assert json.loads((stack.folder / "etc/targets/worker.json").read_text(encoding="ascii"))[0]["targets"] == []
    code, report = stack.procedure("scale_services", "0", "--service", "worker")
    assert code == 0 and not file.exists(), report


def refused(stack, *arguments):
    code, report = stack.procedure("scale_services", *arguments)
    assert code == 2 and upstream(stack) == 1, report
    return findings(report, "limits", "critical")[0]


def test_refusals(stack):
    assert "cannot be" in refused(stack, "0") and "cannot be" in refused(stack, "1000")
    stack.write_settings(scaling={"memory_bytes": 1 << 50})
    assert "are free" in refused(stack, "2")
    stack.write_settings(scaling={"app_connections": 150})
    assert "max_client_conn" in refused(stack, "2")
    stack.write_settings()
    code, report = stack.procedure("scale_services", "2", "--dry-run")
    assert code == 0 and upstream(stack) == 1 and "would go from 1 to 2" in findings(report, "scale")[0], report


def test_broken(stack):
    """Its environment file is wrong, as an operator may have left it: it ends at once, and nothing else is touched."""
    file = stack.folder / "etc/instances/app-2.env"
    file.write_text(f"CAUSAL_GYM_PORT={stack.ports['app'] + 1}\nCAUSAL_GYM_NO_SUCH_KEY=1\n", encoding="ascii")
    with Load(stack.public_url(), PATHS) as load:
        code, report = stack.procedure("scale_services", "3")
    assert code == 2 and "causal-gym-app@2" in findings(report, "scale", "critical")[0], report
    assert "put back: 1 of app" in findings(report, "scale", "warning")[0] and upstream(stack) == 1 and not is_active(stack, 3), report
    load.assert_none_failed(least=5)
    file.unlink()


def test_flapping(stack):
    """The second one is ready, takes traffic, and ends a moment later, again and again."""
    units = stack.folder / "units.json"
    whole = units.read_text(encoding="utf-8")
    told = json.loads(whole)
    program = told["causal-gym-app@.service"]["argv"][0]
    told["causal-gym-app@.service"]["argv"] = ["sh", "-c", f"[ {{instance}} = 1 ] || exec timeout 6 {program} serve; exec {program} serve"]
    units.write_text(json.dumps(told), encoding="utf-8")
    stack.write_settings(scaling={"settle_seconds": 20})
    with Load(stack.public_url(), PATHS) as load:
        code, report = stack.procedure("scale_services", "2")
    assert code == 2 and any("causal-gym-app@2" in text for text in findings(report, "scale", "critical") + findings(report, "verify", "critical")), report
    assert upstream(stack) == 1 and not is_active(stack, 2) and is_active(stack, 1), report
    load.assert_none_failed(least=5)
    units.write_text(whole, encoding="utf-8")
    stack.write_settings()


def main():
    with NativeStack(sys.argv[1], only=SERVICES) as stack:
        test_out_and_in(stack)
        test_refusals(stack)
        test_broken(stack)
        test_flapping(stack)
        test_worker(stack)
        test_worker_that_tells_no_figures(stack)


if __name__ == "__main__":
    main()
