#!/usr/bin/env python3
"""Keys of providers reach their provider alone: planted ones are in nothing that the built program says, keeps or leaves behind.

usage: secrets_test.py PROGRAM LLM_SERVER
"""
import base64
import hashlib
import json
import os
import pathlib
import re
import resource
import signal
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

sys.dont_write_bytecode = True
PROGRAM, SERVER = sys.argv[1:3]
from model_run import DOWN, MISSING, NOT_ALLOWED, PROVIDERS, Records, ScriptedServer, Workplace, run_id  # noqa: E402

QUESTIONS = ["-e", "chain-v1", "-i", "set fire=true", "-b", "P(alarm)", "--json", "--max-retry-wait", "0.05"]
VARIABLES = sorted({key for _, _, key in PROVIDERS.values()})
# One for each variable, with what URLs and base64 write in another way.
KEYS = {variable: f"sk-{at}/planted+key={hashlib.sha256(variable.encode()).hexdigest()[:40]}~" for at, variable in enumerate(VARIABLES)}
REDIRECTS = (301, 302, 303, 307, 308)
LONGEST_MESSAGE = 1_000  # bytes of a provider's words that the program keeps


def key_of(provider):
    return KEYS[PROVIDERS[provider][2]]


def base64_forms(key):
    """The digits that stand for the key wherever it is inside of what is encoded."""
    for before in range(3):
        digits = base64.b64encode(b"\0" * before + key.encode()).decode()
        yield digits[(before * 8 + 5) // 6:(before + len(key)) * 8 // 6]


def forms(key):
    quoted = urllib.parse.quote(key, safe="")
    # Half a key is too much too.
    plain = [key, key[:len(key) // 2], key[len(key) // 2:], key.replace("/", "\\/")]
    return [form.encode() for form in (*plain, quoted, quoted.lower(), urllib.parse.quote(key), *base64_forms(key))]


def echo(key):
    """A server's words that hold the key in each of its forms."""
    return " ".join(["Incorrect API key provided:", key, urllib.parse.quote(key, safe=""), base64.b64encode(key.encode()).decode(),
                     base64.b64encode(f"Bearer {key}".encode()).decode(), base64.b64encode(f":{key}".encode()).decode()])


def rules_of(provider, elsewhere):
    """(model, rule): each way in which a server can say the key back, or ask for it elsewhere."""
    key, words = key_of(provider), echo(key_of(provider))
    headers = {"x-request-id": key, "openai-version": key, "x-ratelimit-limit-requests": f"Bearer {key}", "server": urllib.parse.quote(key)}
    rules = {
        "fine": {"answer": {"belief": 0.5, "model": key, "headers": headers}}, "says": {"answer": {"text": words}},
        "refuses": {"answer": {"refusal": words}}, "thinks": {"answer": {"belief": 0.5, "thinking": words}},
        "cuts-off": {"answer": {"text": words, "cut_off": True}}, "odd-end": {"answer": {"belief": 0.5, "finish_reason": key}},
        "limited": {"fault": {"kind": "rate_limited", "message": words, "code": key, "type": key, "headers": {"retry-after": key}}},
        "broken": {"fault": {"kind": "status", "status": 500, "message": words, "headers": headers}},
        "bad": {"fault": {"kind": "status", "status": 400, "message": words, "code": key, "type": key}},
        "cut": {"answer": {"text": words * 3}, "fault": {"kind": "cut"}}, "malformed": {"answer": {"text": words * 3}, "fault": {"kind": "malformed"}},
        "stream-error": {"fault": {"kind": "stream_error", "message": words}},
        # What is left of it is cut in the middle of the key.
        "long": {"fault": {"kind": "status", "status": 400, "message": "x" * (LONGEST_MESSAGE - 30) + key}},
        "long-stream": {"fault": {"kind": "stream_error", "message": "x" * (LONGEST_MESSAGE - 30) + key}},
    }
    for after in range(800, 860, 10):  # some of these break off near the end of a key
        rules[f"cut-{after}"] = {"answer": {"text": f"{key} " * 40}, "fault": {"kind": "cut", "after": after}}
    for status in REDIRECTS:
        # The same path, on this machine by another name and port.
        location = f"{elsewhere}{PROVIDERS[provider][1]}/chat/completions?key={urllib.parse.quote(key, safe='')}"
        rules[f"moved-{status}"] = {"fault": {"kind": "redirect", "status": status, "location": location}}
    return rules


class Secrets(unittest.TestCase):
    def setUp(self):
        self.place, self.other = Workplace(PROGRAM, SERVER), ScriptedServer(SERVER)
        self.elsewhere = self.other.url.replace("127.0.0.1", "localhost")
        self.place.environment |= {**KEYS, "CAUSAL_GYM_LOG_LEVEL": "debug"}
        self.said = []  # everything that the program printed or answered

    def tearDown(self):
        self.place.close()
        self.other.close()

    def call(self, *arguments, code=0, **more):
        out, err = self.place.call(*arguments, code=code, **more)
        self.said += [out, err]
        return out, err

    def check_nothing_is_told(self):
        texts = {f"output {at}": text.encode() for at, text in enumerate(self.said)}
        texts |= {str(path): path.read_bytes() for path in self.place.folder.rglob("*") if path.is_file()}
        self.assertTrue(any(name.endswith(".sqlite") for name in texts), sorted(texts))
        for name, text in texts.items():
            for variable, key in KEYS.items():
                for form in forms(key):
                    at = text.find(form)
                    self.assertEqual(at, -1, f"{variable} is in {name}: ...{text[max(0, at - 200):at + 100]}...")

    def check_requests(self, requests):
        """Each request carries the key of its provider, in one header, and no other's."""
        for request in requests:
            key = key_of(request["provider"])
            with self.subTest(provider=request["provider"], path=request["path"]):
                carriers = [name for name, value in request["headers"].items() if any(one in value for one in KEYS.values())]
                self.assertEqual(len(carriers), 1)
                self.assertIn(request["headers"][carriers[0]], (key, f"Bearer {key}"))
                for one in KEYS.values():
                    self.assertNotIn(one, json.dumps([request["path"], request["query"], request["body_text"]]))

    def script(self):
        rules = []
        for provider in PROVIDERS:
            rules += [{"match": {"model": model, "provider": provider}, **rule} for model, rule in rules_of(provider, self.elsewhere).items()]
            rules.append({"match": {"model": "stops", "provider": provider}, "fault": {"kind": "authentication", "message": echo(key_of(provider))}})
        self.place.server.script(*rules)
        return list(rules_of("openai", self.elsewhere))

    def run_all(self, database, **more):
        models = self.script()
        agents = [f"{provider}/{model}{options}" for provider in PROVIDERS for model in models for options in ("", "(stream=on)")]
        for at in range(0, len(agents), 90):
            # Some of what the servers say is an outage, which leaves its episode.
            self.call("run", *(part for agent in agents[at:at + 90] for part in ("-a", agent)), *QUESTIONS, "--max-failures", "1000",
                      "--database", database, code=DOWN, **more)

    def tell_all(self, database):
        """Every way in which the program tells of runs."""
        self.call("runs", "list", "--database", database)
        self.call("runs", "list", "--json", "--database", database)
        for run in Records(database).rows("SELECT id FROM experiments"):
            for form in ([], ["--json"]):
                self.call("runs", "show", run["id"], *form, "--database", database)
            for form in ("json", "csv", "markdown"):
                file = str(self.place.folder / f"{run['id']}.{form}")
                self.call("runs", "export", run["id"], "--format", form, "--database", database)
                self.call("runs", "export", run["id"], "--format", form, "-o", file, "--database", database)

    def test_whatever_a_provider_says_its_key_is_told_to_nobody(self):
        database = self.place.database("runs")
        self.run_all(database)
        for provider in PROVIDERS:
            _, err = self.call("run", "-a", f"{provider}/stops", *QUESTIONS, "--database", database, code=NOT_ALLOWED)
            self.assertIn("key provided: [key]", err)
            run_id(err)
        self.tell_all(database)
        exchanges = Records(database).exchanges()
        kinds = {one["failure"] for one in exchanges}
        self.assertLessEqual({None, "rate_limited", "server", "invalid_request", "authentication", "interrupted", "malformed"}, kinds)
        # The servers did say it, in bodies, headers and streams, and it was masked.
        for provider in PROVIDERS:
            for stream in (0, 1):
                masked = [one for one in exchanges if (one["provider"], one["stream"]) == (provider, stream) and "[key]" in one["response"]]
                self.assertGreater(len(masked), 10)
        self.assertTrue(any("[key]" in one["headers"] for one in exchanges))
        self.check_nothing_is_told()
        self.check_requests(self.place.server.requests())

    def test_no_redirect_carries_a_key_away(self):
        database = self.place.database("runs")
        self.script()
        moved = [f"{provider}/moved-{status}{options}" for provider in PROVIDERS for status in REDIRECTS for options in ("", "(stream=on)")]
        self.call("run", *(part for agent in moved for part in ("-a", agent)), *QUESTIONS, "--database", database, code=MISSING)
        asked = [one["model"] for one in Records(database).exchanges()]
        self.assertEqual(set(asked), {f"moved-{status}" for status in REDIRECTS})
        self.assertGreaterEqual(len(asked), len(PROVIDERS) * len(REDIRECTS))  # the first ends its model
        self.assertEqual(len(self.place.server.requests()), len(asked))
        self.assertEqual(self.other.requests(), [])
        self.assertEqual({one["failure"] for one in Records(database).exchanges()}, {"not_found"})

    def test_an_address_with_a_key_in_it_is_refused_and_told_to_nobody(self):
        database = self.place.database("runs")
        self.call("run", "-a", "openai/m", *QUESTIONS, "--database", database)
        asked = len(self.place.server.requests())
        for provider, (variable, path, key) in PROVIDERS.items():
            secret, server = urllib.parse.quote(KEYS[key], safe=""), self.place.server.url.removeprefix("http://")
            for address in (f"http://me:{secret}@{server}{path}", f"http://{server}{path}?key={secret}", f"{secret}@{server}?{secret}"):
                for extra in ([], ["--dry-run"], ["--max-cost", "1"]):
                    agent = ["run", "-a", f"{provider}/m", *QUESTIONS, *extra, "--database", database]
                    _, given = self.call(*agent, "--base-url", address, code=2)
                    self.assertIn("--base-url", given)
                    _, found = self.call(*agent, code=2, **{variable: address})
                    self.assertIn(variable, found)
        self.assertEqual(len(self.place.server.requests()), asked)
        self.assertEqual(len(Records(database).rows("SELECT id FROM experiments")), 1)
        self.tell_all(database)
        self.check_nothing_is_told()

    def test_keys_of_files_are_kept_as_well(self):
        database = self.place.database("runs")
        with tempfile.TemporaryDirectory() as folder:  # not among what is searched
            for variable, key in KEYS.items():
                path = pathlib.Path(folder) / variable
                path.write_text(key + "\n")
                del self.place.environment[variable]
                self.place.environment[f"{variable}_FILE"] = str(path)
            self.run_all(database)
        self.tell_all(database)
        self.assertIn("[key]", "".join(one["response"] for one in Records(database).exchanges()))
        self.check_nothing_is_told()
        self.check_requests(self.place.server.requests())

    def test_a_killed_program_leaves_no_key_in_files_or_dumps(self):
        self.place.server.script({"match": {"nth": {"from": 3}}, "fault": {"kind": "stall"}}, {"answer": {"text": echo(key_of("openai"))}})
        most = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (most, most))  # what the program inherits
        process = self.place.start("run", "-a", "openai/slow", "--trials", "2", *QUESTIONS, "--database", self.place.database("runs"))
        self.addCleanup(lambda: process.poll() is None and process.kill())
        deadline = time.monotonic() + 30
        while len(self.place.server.requests()) < 4:
            self.assertLess(time.monotonic(), deadline, "it never waited")
            time.sleep(0.02)
        limits = pathlib.Path(f"/proc/{process.pid}/limits").read_text()
        self.assertRegex(limits, r"Max core file size +0 +0 ")
        # Of what is not dumpable, the kernel gives the memory to root alone.
        self.assertEqual(os.stat(f"/proc/{process.pid}/mem").st_uid, 0)
        self.assertNotIn(b"planted", pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes())
        self.check_nothing_is_told()
        process.send_signal(signal.SIGABRT)
        _, status = os.waitpid(process.pid, 0)
        self.assertEqual((os.WTERMSIG(status), os.WCOREDUMP(status)), (signal.SIGABRT, False))
        self.said += [process.stdout.read(), process.stderr.read()]
        process.stdout.close()
        process.stderr.close()
        process.returncode = -signal.SIGABRT
        self.check_nothing_is_told()

    def test_the_server_tells_no_key_of_its_environment_or_of_its_clients(self):
        database = self.place.database("runs")
        self.run_all(database)
        process = self.place.start("serve", "--port", "0", "--metrics-port", "0", "--database", database)
        try:
            ports = self.ports_of(process)
            reader = threading.Thread(target=lambda: self.said.extend(process.stderr))
            reader.start()
            for key in KEYS.values():
                self.ask_server(ports, key)
            for run in Records(database).rows("SELECT id FROM experiments"):
                for path in ("", *(f"/export?format={form}" for form in ("json", "csv", "markdown"))):
                    self.fetch(f"{ports[0]}/api/v1/runs/{run['id']}{path}")
            self.assertIn("causal_gym", self.fetch(f"{ports[1]}/metrics"))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
            reader.join()
            self.said.append(process.stdout.read())
            process.stdout.close()
            process.stderr.close()
        self.assertTrue(any('"listening"' in text for text in self.said))
        self.assertGreater(sum('"event":"request"' in text for text in self.said), 100)
        self.check_nothing_is_told()

    def ports_of(self, process):
        for line in process.stderr:
            self.said.append(line)
            if event := re.search(r"\{.*\"listening\".*\}", line):
                told = json.loads(event[0])
                return f"http://127.0.0.1:{told['port']}", f"http://127.0.0.1:{told['metrics_port']}"
        raise AssertionError("the server ended before it listened")

    def ask_server(self, ports, key):
        """As a client of the reference endpoint that has that key, in good order and in bad; and of experiments."""
        question = {"model": "causal-gym/ideal", "messages": [{"role": "user", "content": "P(alarm)?"}], "max_tokens": 10}
        for headers in ({"authorization": f"Bearer {key}"}, {"x-api-key": key, "anthropic-version": "2023-06-01"}, {"api-key": key}):
            for path in ("/v1/chat/completions", "/v1/messages", "/v1/responses", "/v1/models", "/api/v1/environments", "/nowhere"):
                self.fetch(ports[0] + path, headers=headers)
                self.fetch(ports[0] + path, question, headers)
                self.fetch(ports[0] + path, {"model": 7}, headers)
        for agent in ("openai/fine", "ideal"):
            self.fetch(f"{ports[0]}/api/v1/experiments", {"environments": ["chain-v1"], "agents": [agent]}, {"authorization": f"Bearer {key}"})

    def fetch(self, url, body=None, headers=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {"content-type": "application/json", **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = str(answer.headers) + answer.read().decode()
        except urllib.error.HTTPError as error:
            text = str(error.headers) + error.read().decode()
        self.said.append(text)
        return text


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
