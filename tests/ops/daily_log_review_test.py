"""daily_log_review.sh on the lines of real programs: fine when all is well, and each thing that fails is found, grouped and counted."""
import contextlib
import datetime
import http.server
import json
import os
import socket
import sys
import threading
import urllib.error
import urllib.request

from native_stack import UNITS, NativeStack, findings

from operations.log_groups import Kinds, count_by, parse_line, without_details


def line(event, level="ERROR", ago_days=0.01, **fields):
    moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=ago_days)
    return {"ts": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"), "level": level, "event": event} | fields


def test_kinds():
    """What differs between happenings of one kind makes no new kind; what tells kinds apart does."""
    kinds = Kinds()
    for number in range(5):
        kinds.add(line("run_failed", ago_days=0.01 * (number + 1),
                       reason=f"run 7{number} of 'a{number}' took {number}.5 s at 10.0.0.{number}"))
    kinds.add(line("run_failed", reason="no such environment"))
    kinds.add(line("db_connection_failed", operation="load_run", reason="refused"))
    kinds.add(line("db_connection_failed", operation="list_runs", reason="refused"))
    assert [(kind.event, kind.count) for kind in kinds.sorted()][0] == ("run_failed", 5) and len(kinds) == 4
    first = kinds.sorted()[0]
    assert first.first < first.last and first.message == "run <n> of <name> took <n> s at <n>", first
    assert without_details("\x1b[31mred\x07") == "?[<n>mred?", "a terminal is not spoken to"
    assert without_details("run 0123456789abcdef0123") == "run <id>"
    for text in ("", "no json", "{", "[1]", '{"ts": 1, "level": "ERROR", "event": "x"}', '{"event": "x"}'):
        assert parse_line(text) is None, text
    many = Kinds()
    for number in range(3000):
        many.add(line("event_" + chr(97 + number % 26) + chr(97 + number // 26 % 26) + chr(97 + number // 676)))
    assert len(many) == 2001 and many.sorted()[-1].event == "of further kinds" and sum(kind.count for kind in many.sorted()) == 3000
    assert count_by([line("x", a=1), line("x", a=1), line("x", b=1)], ("a",))[0][:2] == (("1",), 2)


def rows(report, title):
    return next(table["rows"] for table in report["tables"] if table["title"] == title)


def tell(stack, lines, service="app"):
    with open(stack.folder / f"log/{service}-1.log", "a", encoding="utf-8") as file:
        file.writelines((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines)


@contextlib.contextmanager
def told(stack, lines, service="app"):
    """Lines that are taken back."""
    path = stack.folder / f"log/{service}-1.log"
    size = path.stat().st_size
    tell(stack, lines, service)
    yield
    os.truncate(path, size)


def test_well(stack):
    for _ in range(20):
        stack.get(stack.app_url() + "/health")
    code, report = stack.procedure("daily_log_review")
    assert code == 0 and report["outcome"] == "fine", report
    assert {finding["step"] for finding in report["findings"]} == {"lines", "errors", "slow requests", "language models", "timeouts",
                                                                   "database"}


def test_database(stack):
    """PostgreSQL ends, requests are refused, it comes back: told as what goes on, and later as what was."""
    stack.supervise("stop", UNITS["postgres"])
    for _ in range(3):
        try:
            urllib.request.urlopen(stack.app_url() + "/api/v1/runs", timeout=30).read()
        except urllib.error.HTTPError as error:
            assert error.code == 503, error.code
    stack.supervise("start", UNITS["postgres"])
    code, report = stack.procedure("daily_log_review")
    assert code == 2 and "it goes on" in findings(report, "database", "critical")[0], report
    assert "list_runs" in [row[0] for row in rows(report, "failed connections by operation")], report["tables"]
    assert any(row[2] == "db_connection_failed" for row in rows(report, "errors by kind")), report["tables"]
    stack.write_settings(logs={"recent_minutes": -5}, **LOGS(stack))
    code, report = stack.procedure("daily_log_review")
    assert code == 1 and findings(report, "database", "warning"), report
    stack.write_settings(**LOGS(stack))


def test_slow(stack):
    """The server is told that everything is slow."""
    with settings(stack, CAUSAL_GYM_SLOW_REQUEST_SECONDS="0.000001"):
        for _ in range(10):
            stack.get(stack.app_url() + "/api/v1/environments")
    code, report = stack.procedure("daily_log_review")
    assert code == 2 and findings(report, "slow requests", "critical"), report
    slow = {row[1]: int(row[2]) for row in rows(report, "slow requests by route")}
    assert slow["/api/v1/environments"] == 10, slow
    stack.write_settings(logs={"slow_share_warning": 0.98, "slow_share_critical": 0.99}, **LOGS(stack))
    code, report = stack.procedure("daily_log_review")
    assert not findings(report, "slow requests", "critical"), report
    stack.write_settings(**LOGS(stack))


class Refusing(http.server.BaseHTTPRequestHandler):
    """A provider to whom no key is right."""

    def do_POST(self):
        body = b'{"error": {"message": "Incorrect API key provided", "type": "invalid_request_error", "code": "invalid_api_key"}}'
        self.send_response(401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_language_models(stack):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with settings(stack, CAUSAL_GYM_MODELS_ALLOWED="openai/*", CAUSAL_GYM_MODELS_MOST_COST=0,
                  OPENAI_BASE_URL=f"http://127.0.0.1:{server.server_port}/v1", OPENAI_API_KEY="planted-key"):
        stack.post("/api/v1/experiments", {"environments": ["chain-v1"], "agents": ["openai/gpt-4o-mini"], "trials": 1}, stack.app_url())
        stack.wait(lambda: '"llm_error"' in (stack.folder / "log/app-1.log").read_text(encoding="utf-8"), "the failed call")
    server.shutdown()
    server.server_close()
    code, report = stack.procedure("daily_log_review")
    assert code == 2 and "openai answers gpt-4o-mini with authentication" in findings(report, "language models", "critical")[0], report
    assert rows(report, "failed calls")[0][:4] == ["openai", "gpt-4o-mini", "authentication", "401"], report["tables"]
    assert "planted" not in json.dumps(report), "no key is told"


@contextlib.contextmanager
def settings(stack, **variables):
    """The server begins anew with these, and again without."""
    file = stack.folder / "etc/instances/app-1.env"
    before = file.read_text(encoding="ascii")
    for text in (before + "".join(f"{name}={value}\n" for name, value in variables.items()), before):
        file.write_text(text, encoding="ascii")
        stack.supervise("restart", "causal-gym-app@1.service")
        stack.wait(lambda: stack.get(stack.app_url() + "/ready"), "the server")
        if text is not before:
            yield


def test_errors(stack):
    """Few are fine, many are not; what is new is told; a critical line counts alone; silence is no health."""
    usual = [line("run_failed", ago_days=day, reason=f"run {day} is lost") for day in (1.5, 2.5, 3.5, 4.5) for _ in range(30)]
    with told(stack, usual):
        with told(stack, [line("run_failed", reason="run 9 is lost")] * 30):
            code, report = stack.procedure("daily_log_review")
            assert code == 0 and "usually 30" in findings(report, "errors", "fine")[0], report
        with told(stack, [line("run_failed", reason="quite another thing")]):
            code, report = stack.procedure("daily_log_review")
            assert code == 1 and "not seen in the" in findings(report, "errors", "warning")[0], report
        with told(stack, [line("run_failed", reason="run 9 is lost")] * 400):
            code, report = stack.procedure("daily_log_review")
            assert code == 2, report
    with told(stack, [line("not_started", "CRITICAL", reason="no port")]):
        code, report = stack.procedure("daily_log_review")
        assert code == 2 and "not_started" in findings(report, "errors", "critical")[0], report
    with told(stack, [line("x", "INFO"), "terminate called after throwing at 0x7ffdeadbeef00"]):
        code, report = stack.procedure("daily_log_review")
        assert code == 1 and "no JSON" in findings(report, "errors", "warning")[0], report
    log = stack.folder / "log/app-1.log"
    whole = log.read_text(encoding="utf-8")
    log.write_text("", encoding="ascii")
    code, report = stack.procedure("daily_log_review")
    assert code == 3 and "no line of app" in findings(report, "lines", "unchecked")[0] and len(report["findings"]) == 1, report
    log.write_text(whole, encoding="utf-8")
    stack.write_settings(logs={"slow_share_warnin": 1.0}, **LOGS(stack))
    code, report = stack.procedure("daily_log_review")
    assert code == 3 and "did you mean slow_share_warning" in findings(report, "lines", "unchecked")[0], report
    stack.write_settings(**LOGS(stack))


def test_timeouts(stack, slow_client):
    """A request whose end never came, after the server's own half minute."""
    slow_client.settimeout(60)
    assert b" 408 " in slow_client.recv(4096)
    slow_client.close()
    stack.write_settings(logs={"timeouts_warning": 1}, **LOGS(stack))
    stack.wait(lambda: "request_timeout" in (stack.folder / "log/app-1.log").read_text(encoding="utf-8"), "the line")
    code, report = stack.procedure("daily_log_review")
    assert findings(report, "timeouts", "warning") == ["1 timeouts: 1 of requests, 0 of language models"], report
    assert rows(report, "timeouts")[0][:3] == ["request", "127.0.0.1", "1"] and code in (1, 2), report
    stack.write_settings(**LOGS(stack))


def LOGS(stack):
    return {"paths": {"logs": {"app": [f"{stack.folder}/log/app-*.log"], "worker": [f"{stack.folder}/log/worker-*.log"]}}}


def main():
    test_kinds()
    with NativeStack(sys.argv[1], only=("app", "postgres")) as stack:
        stack.write_settings(**LOGS(stack))
        (stack.folder / "log/worker-1.log").write_text("", encoding="ascii")
        test_language_models(stack)
        test_slow(stack)
        clear(stack)
        test_well(stack)
        test_errors(stack)
        slow_client = socket.create_connection(("127.0.0.1", stack.ports["app"]))
        slow_client.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n")
        test_database(stack)
        test_timeouts(stack, slow_client)


def clear(stack):
    """The log begins anew; the server appends to it."""
    (stack.folder / "log/app-1.log").write_text("", encoding="ascii")
    stack.get(stack.app_url() + "/health")


if __name__ == "__main__":
    main()
