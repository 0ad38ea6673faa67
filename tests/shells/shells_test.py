#!/usr/bin/env python3
"""The built program as its user meets it: the case files through `batch` and over HTTP, exit codes, killed runs, restarts.

usage: shells_test.py PROGRAM CASES_FOLDER
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

PROGRAM, CASES = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])


def call(*arguments, text="", code=0):
    """Standard output of the program, which must end with that code."""
    done = subprocess.run([PROGRAM, *arguments], input=text, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, f"{arguments}: exit code {done.returncode}, not {code}\n{done.stderr}"
    return done.stdout if code == 0 else done.stderr


def load_cases():
    """(request, expected) of every case, as tests/cases/case_file.h describes the format."""
    cases = []
    for path in sorted(CASES.glob("*.case")):
        fields, current, common = {}, None, {}
        blocks = []
        for line in path.read_text().splitlines():
            if line.startswith("#"):
                continue
            if match := re.match(r"(with|case|source|request|expect): (.*)", line):
                current, rest = match.groups()
                if current in ("with", "case"):
                    fields = {}
                    blocks.append(fields)
                fields[current] = rest
            elif line.strip():
                fields[current] += "\n" + line
        for block in blocks:
            if "with" in block:
                common = json.loads(block["with"])
            else:
                request = json.loads(block["request"])
                request = {**common, **request} if isinstance(request, dict) else request
                cases.append((request, json.loads(block["expect"])))
    return cases


def holds(expected, answer):
    if isinstance(expected, dict):
        return isinstance(answer, dict) and all(k in answer and holds(v, answer[k]) for k, v in expected.items())
    if isinstance(expected, list):
        return isinstance(answer, list) and len(expected) == len(answer) and all(map(holds, expected, answer))
    if isinstance(expected, float) or isinstance(answer, float):
        return abs(expected - answer) <= 1e-9
    if isinstance(expected, str) and expected.startswith("~"):
        return expected[1:] in answer
    return expected == answer


class Server:
    """`causal-gym serve` on free ports with the given database."""

    def __init__(self, database):
        self.process = subprocess.Popen([PROGRAM, "serve", "--port", "0", "--metrics-port", "0", "--database", database],
                                        stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            event = json.loads(line)
            if event["event"] == "listening":
                self.address = f"http://127.0.0.1:{event['port']}"
                self.metrics = f"http://127.0.0.1:{event['metrics_port']}/metrics"
                return
        raise AssertionError("the server ended before it listened")

    def request(self, path, body=None):
        """(status, body) of one request."""
        data = None if body is None else body.encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(self.address + path, data), timeout=60) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait(60)
        self.process.stderr.close()
        return code


class Shells(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.database = os.path.join(folder.name, "runs.sqlite")

    def check(self, cases, answers):
        self.assertEqual(len(cases), len(answers))
        for (request, expected), answer in zip(cases, answers):
            self.assertTrue(holds(expected, answer), f"{request}\nexpected {expected}\nanswered {answer}")

    def test_every_case_holds_through_batch_in_order_at_any_number_of_jobs(self):
        # A store is attached here, which these cases expect to be missing.
        cases = [(request, expected) for request, expected in load_cases()
                 if not (isinstance(request, dict) and request.get("operation") == "runs")]
        self.assertGreater(len(cases), 60)
        lines = "".join(json.dumps(request) + "\n" for request, _ in cases)
        outputs = [call("batch", "--jobs", jobs, text=lines) for jobs in ("1", "2")]
        self.assertEqual(outputs[0], outputs[1])
        self.check(cases, [json.loads(line) for line in outputs[0].splitlines()])

    def test_every_case_holds_over_http(self):
        cases = load_cases()
        server = Server(self.database)
        self.addCleanup(lambda: server.process.poll() is None and server.end())
        lines = "".join(json.dumps(request) + "\n" for request, _ in cases)
        status, body = server.request("/api/v1/batch", lines)
        self.assertEqual(status, 200)
        answers = [json.loads(line) for line in body.splitlines()]
        # A store is attached here, which `batch` has not.
        asks_for_runs = [isinstance(request, dict) and request.get("operation") == "runs" for request, _ in cases]
        self.check([case for case, runs in zip(cases, asks_for_runs) if not runs],
                   [answer for answer, runs in zip(answers, asks_for_runs) if not runs])
        with urllib.request.urlopen(server.metrics, timeout=10) as response:
            self.assertIn("causal_inference_duration_seconds_bucket", response.read().decode())
        self.assertEqual(server.end(), 0)

    def test_a_default_model_serves_only_operations_that_take_one(self):
        lines = ['{"operation": "ask", "query": "P(rain)"}', '{"operation": "environments", "environment": "chain-v1"}',
                 '{"operation": "separated", "graph": "a -> b", "x": "a", "y": "b"}', '{"operation": "ask", "query": "P(rain)", "query": "x"}',
                 '{"operation": "ask", "query": ' + "[" * 100_000 + "]" * 100_000 + "}"]
        answers = [json.loads(line) for line in call("batch", "--model", "sprinkler-v1", text="\n".join(lines)).splitlines()]
        self.assertAlmostEqual(answers[0]["result"]["value"], 0.4)
        self.assertEqual(answers[1]["result"]["id"], "chain-v1")
        self.assertFalse(answers[2]["result"]["separated"])
        self.assertEqual([answer["error"]["code"] for answer in answers[3:]], ["parse_error", "limit_exceeded"])

    def test_an_overlong_line_is_refused_and_the_next_one_answered(self):
        text = '"' + "x" * (40 << 20) + '"\n{"operation": "ask", "model": "chain-v1", "query": "P(fire)"}'
        answers = [json.loads(line) for line in call("batch", text=text).splitlines()]
        self.assertEqual(answers[0]["error"]["code"], "limit_exceeded")
        self.assertIn("value", answers[1]["result"])

    def test_a_batch_over_its_limit_is_refused_whole(self):
        server = Server(self.database)
        self.addCleanup(lambda: server.process.poll() is None and server.end())
        for lines, expected in ((10_000, 200), (10_001, 413)):
            self.assertEqual(server.request("/api/v1/batch", "{}\n" * lines)[0], expected)
        self.assertEqual(server.end(), 0)

    def test_a_batch_whose_input_cannot_be_read_says_so(self):
        folder = os.path.dirname(self.database)
        for jobs in ("1", "2"):
            self.assertIn(f"cannot read '{folder}': Is a directory", call("batch", folder, "--jobs", jobs, code=8))
        self.assertIn("No such file", call("batch", folder + "/missing", code=5))
        directory = os.open(folder, os.O_RDONLY)
        self.addCleanup(os.close, directory)
        done = subprocess.run([PROGRAM, "batch"], stdin=directory, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, "standard input" in done.stderr), (8, True), done.stderr)
        done = subprocess.run(f"'{PROGRAM}' batch <&-", shell=True, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, "standard input" in done.stderr), (8, True), done.stderr)

    def test_a_batch_that_waits_for_input_ends_at_the_first_interruption(self):
        for how in (signal.SIGINT, signal.SIGTERM):
            process = subprocess.Popen([PROGRAM, "batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)
            process.stdin.write('{"operation": "ask", "model": "chain-v1", "query": "P(fire)"}\n')
            process.stdin.flush()
            self.assertIn("value", process.stdout.readline())
            process.send_signal(how)
            self.assertEqual(process.wait(5), 130)
            self.assertIn("cancelled", process.stderr.read())
            for stream in (process.stdin, process.stdout, process.stderr):
                stream.close()

    def test_what_is_unknown_is_named_with_the_nearest_that_is_known(self):
        def message(*arguments, code=2):
            return call(*arguments, code=code)
        self.assertIn("no command 'ru'", message("ru"))
        self.assertIn("did you mean 'batch'?", message("bacth"))
        self.assertIn("no option '--P(rain)' of 'ask'", message("ask", "sprinkler-v1", "--P(rain)"))
        self.assertIn("did you mean '--json'?", message("ask", "sprinkler-v1", "P(rain)", "--jso"))
        self.assertIn("'-1' is not a whole number", message("run", "--seed", "-1"))
        self.assertIn("no intervention 'frobnicate'", message("run", "-e", "sprinkler-v1", "-i", "frobnicate rain", "--database", self.database))
        self.assertNotIn("environment", message("identify", "x--y", "P(y | do(x))"))
        self.assertNotIn("did you mean", message("separated", "x -> y", "z", "y"))
        self.assertNotIn("\x1b", message("ask", "sprinkler-v1", "P(\x1b[31m)"))

    def test_a_file_that_cannot_be_a_model_is_named(self):
        folder = os.path.dirname(self.database)
        os.mkdir(folder + "/d.json")
        os.mkfifo(folder + "/f.bif")
        for name in ("d.json", "f.bif"):
            self.assertIn(f"cannot read '{folder}/{name}': not a regular file", call("ask", f"{folder}/{name}", "P(x)", code=8))
        pathlib.Path(folder, "bad.bif").write_text("network x { }\nvariable a {\n")
        self.assertIn(f"{folder}/bad.bif, ", call("ask", folder + "/bad.bif", "P(a)", code=2))
        self.assertIn("no environment 'nope'", call("batch", "--model", "nope", text="{}\n", code=2))

    def test_a_batch_echoes_ids_and_reads_runs(self):
        lines = ['{"id": 12345678901234567890123, "operation": "ask", "model": "chain-v1", "query": "P(fire)"}',
                 '{"id": 1.10, "operation": "ask", "operation": "ask"}', '{"id": 3, "operation": "runs"}']
        call("run", "-e", "chain-v1", "-a", "ideal", "--database", self.database)
        for model in ((), ("--model", "chain-v1")):
            answers = call("batch", "--database", self.database, *model, text="\n".join(lines)).splitlines()
            self.assertIn('"id":12345678901234567890123,"result"', answers[0])
            self.assertIn('"id":1.10}', answers[1])
            self.assertEqual(len(json.loads(answers[2])["result"]["runs"]), 1)

    def test_certainties_and_zeros_are_exact(self):
        nde = json.loads(call("ask", "smoking_tar_cancer-v1", "NDE(smoking->tar->cancer)", "--json"))
        self.assertEqual(nde["value"], 0)
        # Outcome and treatment share a cause; the outcome is monotone, so that who has it untreated has it treated.
        model = {"name": "c", "graph": "z -> x; z -> y; x -> y", "variables": {name: {"type": "binary"} for name in "zxy"},
                 "mechanisms": {"z": {"table": [[0.9, 0.1]]}, "x": {"given": ["z"], "table": [[0.9, 0.1], [0.2, 0.8]]},
                                "y": {"given": ["z", "x"], "table": [[0.8, 0.2], [0.05, 0.95], [0.6, 0.4], [0.2, 0.8]],
                                      "coupling": "monotone"}}}
        request = {"operation": "ask", "model": model, "query": "P(y[x=1] | y[x=0]=1)"}
        self.assertEqual(json.loads(call("batch", text=json.dumps(request)))["result"]["value"], 1)

    def test_names_with_commas_are_read_as_they_are_written(self):
        graph = '"a,b" -> x; a -> x; b -> x; "a,b" -> y; x -> y'
        self.assertEqual(call("adjustment-sets", graph, "x", "y"), '{"a,b"}\n')
        self.assertTrue(call("check-adjustment", graph, "x", "y", '"a,b"').startswith("valid"))
        self.assertTrue(call("check-adjustment", graph, "x", "y", "a,b").startswith("not valid"))
        self.assertTrue(call("check-adjustment", graph, "x", "y", ' a , "a,b",').startswith("valid"))
        for faulty in ('"a,b"c', '"a'):
            done = subprocess.run([PROGRAM, "check-adjustment", graph, "x", "y", faulty], capture_output=True, text=True)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("parse_error", done.stderr)

    def test_what_an_identification_rests_on_is_on_the_terminal(self):
        self.assertIn("rests on: no latent cause joins any two of x, y", call("identify", "x -> y", "ATT(x -> y)"))
        text = call("identify", "x -> y; x <-> y", "ATT(x -> y)", "--from", "experiments")
        self.assertIn("if x has two states, x and x':\n    ATT(x -> y) = sum_{y} y (P(y) - P(y | do(x'))) / P(x)", text)
        self.assertIn("where x: treated; x': untreated", text)
        self.assertIn("no derivation: ", call("identify", "x -> y", "ATT(x -> y)", "--derivation"))

    def test_a_printed_derivation_is_one_that_can_be_checked(self):
        graph = "x -> m -> y; x <-> y"
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "answer.json"
            path.write_text(call("identify", graph, "P(y | do(x))", "--derivation", "--json"))
            self.assertIn("every step holds", call("check-derivation", graph, str(path)))
            path.write_text(call("identify", graph, "P(y | do(x))", "--json"))
            done = subprocess.run([PROGRAM, "check-derivation", graph, str(path)], capture_output=True, text=True)
            self.assertIn("holds no derivation", done.stderr)

    def test_formulas_that_nobody_could_read_are_not_written_out(self):
        nodes = 300
        graph = "; ".join(f"v{i} -> v{i + 1}" for i in range(nodes)) + "; " + \
            "; ".join(f"v{i} <-> v{i + 2}" for i in range(nodes - 1))
        text = call("identify", graph, f"P(v{nodes} | do(v100))", "--derivation")
        self.assertIn("too long to be written out", text)
        self.assertIn("no derivation: the derivation has more than 50000 symbols", text)
        self.assertLess(len(text), 1_000_000)
        self.assertLess(len(call("explain", graph, "v100", f"v{nodes}")), 100_000)
        independencies = call("implied-independencies", graph, "--limit", "10")
        self.assertNotIn("none:", independencies)
        self.assertIn("there are more", independencies)

    def test_help_of_a_command_is_its_own(self):
        for command in (["runs", "list"], ["runs", "show"], ["environments", "show"]):
            text = call(*command, "--help")
            self.assertIn("causal-gym " + " ".join(command), text)
            self.assertNotIn("Exit codes", text)
        self.assertIn("CAUSAL_GYM_BODY_BYTES", call("serve", "--help"))
        self.assertIn("no command 'export'", call("export", "--help", code=2))
        self.assertIn("no command 'rans'; did you mean 'runs'?", call("rans", "--help", code=2))

    def test_http_refuses_what_it_does_not_know(self):
        server = Server(self.database)
        self.addCleanup(lambda: server.process.poll() is None and server.end())
        for path, body, expected in (("/api/v1/nope", None, 404), ("/api/v1/nope", "{}", 404), ("/api/v1/ask", None, 405),
                                     ("/api/v1/runs?foo=1", None, 400), ("/api/v1/runs?limit=1", None, 200),
                                     ("/environments/chain-v1?set=x", None, 400), ("/health?probe=1", None, 200),
                                     ("/api/v1/ask", json.dumps({"x": "y" * (17 << 20)}), 400)):
            self.assertEqual(server.request(path, body)[0], expected, path)
        status, body = server.request("/api/v1/ask", '{"id": 1.10, "model": "chain-v1", "query": "P(fire)"}')
        self.assertIn('"id":1.10,', body)
        self.assertEqual(server.end(), 0)

    def test_exit_codes_tell_what_was_wrong(self):
        for code, arguments in ((2, ["ask", "sprinkler-v1", "P("]), (2, ["ask", "sprinkler-v9", "P(rain)"]), (2, ["nonsense"]),
                                (2, ["separated", "a -> b -> a", "a", "b"]), (5, ["ask", "missing.json", "P(x)"]),
                                (3, ["ask", "asia-v1", "P(lung | either=no, tub=yes)"]),
                                (5, ["runs", "list", "--database", "/proc/none/runs.sqlite"]), (8, ["runs", "list", "--database", "/proc/self/environ"])):
            self.assertTrue(call(*arguments, code=code), arguments)
        self.assertIn("did you mean", call("ask", "sprinkler-v1", "P(rian)", code=2))

    def test_who_reads_makes_no_database(self):
        missing = pathlib.Path(self.database + "-missing", "runs.sqlite")
        for arguments in (["runs", "list"], ["runs", "list", "--json"], ["runs", "show", "r"], ["runs", "export", "r"], ["run", "--replay", "r"]):
            told = call(*arguments, "--database", str(missing), code=5)
            self.assertIn(f"there is no database '{missing}'", told, arguments)
            self.assertFalse(missing.parent.exists(), arguments)
        listed = json.loads(call("batch", "--database", str(missing), text='{"operation": "runs"}\n'))
        self.assertEqual(listed["result"], {"runs": [], "next_cursor": None})
        told = json.loads(call("batch", "--database", str(missing), text='{"operation": "runs", "run": "r"}\n'))
        self.assertIn(str(missing), told["error"]["message"])
        self.assertFalse(missing.parent.exists())

    def test_the_same_seed_gives_the_same_bytes(self):
        def results(name):
            database = self.database + name
            run = json.loads(call("run", "-a", "random", "noisy_ideal(0.2)", "--seed", "5", "--json", "--database", database))
            return json.dumps([run["episodes"], run["summary"]])
        self.assertEqual(results("a"), results("b"))

    def test_a_killed_run_is_resumed_to_the_results_of_an_unbroken_one(self):
        arguments = ["-e", "all", "-a", "all", "--trials", "3", "--database", self.database]
        process = subprocess.Popen([PROGRAM, "run", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        runs = []
        while process.poll() is None and not (runs and runs[0]["episodes_finished"] >= 5):
            time.sleep(0.05)
            if os.path.exists(self.database):
                done = subprocess.run([PROGRAM, "runs", "list", "--json", "--database", self.database], capture_output=True)
                runs = json.loads(done.stdout)["runs"] if done.returncode == 0 else []
        self.assertIsNone(process.poll(), "the run ended before it could be killed")
        process.kill()
        process.wait()
        before = json.loads(call("runs", "list", "--json", "--database", self.database))["runs"][0]
        self.assertEqual(before["state"], "interrupted")
        hint = f"causal-gym runs resume {before['id']} --database '{self.database}'"
        for command in (["list"], ["show", before["id"]]):
            done = subprocess.run([PROGRAM, "runs", *command, "--database", self.database], capture_output=True, text=True)
            self.assertIn(hint, done.stderr)
            self.assertIn("interrupted", done.stdout)
        self.assertLess(before["episodes_finished"], before["episodes_planned"])
        resumed = json.loads(call("runs", "resume", before["id"], "--json", "--database", self.database))
        unbroken = json.loads(call("run", *arguments, "--json"))
        self.assertEqual(resumed["state"], "finished")
        self.assertEqual(resumed["episodes"], unbroken["episodes"])

    def start_long_run(self):
        """A run that goes on for minutes, once it has begun, and its id."""
        process = subprocess.Popen([PROGRAM, "run", "-e", "all", "-a", "all", "--trials", "1000", "--database", self.database],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: process.poll() is None and (process.kill(), process.wait()))
        for _ in range(600):
            if os.path.exists(self.database):
                done = subprocess.run([PROGRAM, "runs", "list", "--json", "--database", self.database], capture_output=True)
                runs = json.loads(done.stdout)["runs"] if done.returncode == 0 else []
                if runs and runs[0]["episodes_finished"]:
                    return process, runs[0]["id"]
            time.sleep(0.05)
        raise AssertionError("the run did not begin")

    def test_a_run_that_is_alive_elsewhere_is_not_resumed(self):
        process, run = self.start_long_run()
        message = call("runs", "resume", run, "--database", self.database, code=6)
        self.assertIn(f"run '{run}' is being worked on by process {process.pid} on", message)
        self.assertNotIn("go on with", message)
        shown = call("runs", "show", run, "--database", self.database)
        self.assertIn(f"worked on by process {process.pid}", shown)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), 130)
        summary = json.loads(call("runs", "show", run, "--json", "--database", self.database))
        self.assertEqual((summary["state"], summary["worker"]), ("cancelled", None))

    def test_a_busy_run_lets_others_write_and_read(self):
        process, _ = self.start_long_run()
        for arguments in (["run", "-e", "chain-v1", "-a", "ideal"], ["runs", "list"]):
            begun = time.monotonic()
            call(*arguments, "--database", self.database)
            self.assertLess(time.monotonic() - begun, 5, arguments)
        server = Server(self.database)
        self.addCleanup(lambda: server.process.poll() is None and server.end())
        spec = '{"environments": ["sprinkler-v1", "asia-v1"], "agents": ["ideal", "random"], "trials": 3}'
        runs = []
        for _ in range(5):
            status, body = server.request("/api/v1/experiments", spec)
            self.assertEqual(status, 202, body)
            runs.append(json.loads(body)["result"]["id"])
        for _ in range(600):
            states = [json.loads(server.request(f"/api/v1/runs/{run}")[1])["result"]["state"] for run in runs]
            if set(states) == {"finished"}:
                break
            time.sleep(0.1)
        self.assertEqual(set(states), {"finished"})
        self.assertIsNone(process.poll(), "the busy run goes on")
        self.assertEqual(server.end(), 0)

    def test_a_launched_experiment_outlives_a_killed_server(self):
        spec = json.dumps({"environments": ["asia-v1", "sprinkler-v1"], "agents": ["ideal", "random"], "trials": 60})
        server = Server(self.database)
        status, body = server.request("/api/v1/experiments", spec)
        self.assertEqual(status, 202, body)
        run = json.loads(body)["result"]["id"]
        server.end(signal.SIGKILL)
        server = Server(self.database)
        state = "running"
        for _ in range(600):
            state = json.loads(server.request(f"/api/v1/runs/{run}")[1])["result"]["state"]
            if state not in ("running", "interrupted"):  # until the queue finds who was killed
                break
            time.sleep(0.1)
        self.assertEqual(state, "finished")
        status, body = server.request("/api/v1/experiments", '{"environments": ["sprinkler-v1"], "agents": ["idael"]}')
        self.assertEqual((status, "ideal" in body), (400, True))
        self.assertEqual(server.end(), 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
