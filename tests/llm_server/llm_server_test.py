#!/usr/bin/env python3
"""The test server itself: what it says on each wire, what it refuses, each fault as it arrives at a plain socket."""
import http.client
import json
import pathlib
import signal
import socket
import subprocess
import sys
import time
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent
JSON = {"content-type": "application/json"}
OPENAI = {"model": "gpt-x", "messages": [{"role": "user", "content": "how likely?"}]}
RESPONSES = {"model": "gpt-x", "input": "how likely?"}
ANTHROPIC = {"model": "claude-x", "max_tokens": 100, "messages": [{"role": "user", "content": "how likely?"}]}
OLLAMA = {"model": "llama", "messages": [{"role": "user", "content": "how likely?"}], "stream": False}
BEARER = {"authorization": "Bearer k"}
ANTHROPIC_HEADERS = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
# provider -> (path, headers, body)
WIRES = {
    "openai": ("/v1/chat/completions", BEARER, OPENAI),
    "openai-responses": ("/v1/responses", BEARER, RESPONSES),
    "anthropic": ("/v1/messages", ANTHROPIC_HEADERS, ANTHROPIC),
    "azure": ("/openai/deployments/dep/chat/completions?api-version=2024-10-21", {"api-key": "k"}, {"messages": OPENAI["messages"]}),
    "azure-responses": ("/openai/v1/responses", {"api-key": "k"}, RESPONSES),
    "ollama": ("/api/chat", {}, OLLAMA),
    "compatible": ("/compatible/v1/chat/completions", {}, OPENAI),
}
STRICT = {"type": "object", "properties": {"belief": {"type": "number"}}, "required": ["belief"], "additionalProperties": False}
CHAT_TOOL = {"type": "function", "function": {"name": "observe", "parameters": STRICT, "strict": True}}


def start(*arguments):
    process = subprocess.Popen([sys.executable, FOLDER / "llm_server.py", "--until-eof", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               text=True)
    return process, int(process.stdout.readline().rsplit(":", 1)[1])


def said(provider, body):
    """The text of a whole answer."""
    if provider.endswith("responses"):
        return body["output"][0]["content"][0]["text"]
    if provider == "anthropic":
        return body["content"][0]["text"]
    return body["message"]["content"] if provider == "ollama" else body["choices"][0]["message"]["content"]


def events(text):
    """The parsed data of a stream's events or lines."""
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith(("data: ", "{"))]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


def streamed(provider, text):
    """The text that a stream says in pieces."""
    words = ""
    for event in events(text):
        if event == "[DONE]":
            continue
        if provider.endswith("responses"):
            words += event["delta"] if event["type"] == "response.output_text.delta" else ""
        elif provider == "anthropic":
            words += event["delta"]["text"] if event["type"] == "content_block_delta" else ""
        elif provider == "ollama":
            words += event["message"]["content"]
        else:
            words += event["choices"][0]["delta"].get("content", "") if event["choices"] else ""
    return words


class ServerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.process, cls.port = start()

    @classmethod
    def tearDownClass(cls):
        cls.process.stdin.close()
        assert cls.process.wait(10) == 0
        cls.process.stdout.close()

    def setUp(self):
        self.exchange("POST", "/_reset", {})

    def exchange(self, method, path, body=None, headers=None, port=None):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=20)
        try:
            text = body if isinstance(body, str) or body is None else json.dumps(body)
            connection.request(method, path, text, {**JSON, **(headers or {})})
            response = connection.getresponse()
            return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read().decode()
        finally:
            connection.close()

    def script(self, *rules, **more):
        status, _, body = self.exchange("POST", "/_script", {"rules": list(rules), **more})
        self.assertEqual(status, 200, body)

    def ask(self, provider, stream=False, **changes):
        path, headers, body = WIRES[provider]
        return self.exchange("POST", path, {**body, "stream": stream, **changes}, headers)

    def requests(self):
        return json.loads(self.exchange("GET", "/_requests")[2])

    def refused(self, provider, changes, words, status=400, headers=None):
        path, usual, body = WIRES[provider]
        body = {key: value for key, value in {**body, **changes}.items() if value is not ...}
        got, got_headers, text = self.exchange("POST", path, body, usual if headers is None else headers)
        self.assertEqual(got, status, f"{provider} {changes}: {text}")
        self.assertIn(words, text, f"{provider} {changes}")
        if request_id := {"openai": "x-request-id", "anthropic": "request-id"}.get(provider):
            self.assertEqual(got_headers[request_id], f"req_{self.requests()[-1]['serial']:06d}")
        error = json.loads(text)["error"]
        if provider == "anthropic":
            self.assertEqual(json.loads(text)["type"], "error")
            self.assertIn("type", error)
        elif provider == "ollama":
            self.assertIsInstance(error, str)


class AnswersTest(ServerTest):
    def test_every_wire_says_the_default_belief_whole_and_in_a_stream(self):
        for provider in WIRES:
            status, headers, text = self.ask(provider)
            self.assertEqual((status, headers["content-type"]), (200, "application/json"), provider)
            self.assertEqual(json.loads(said(provider, json.loads(text))), {"belief": 0.5}, provider)
            status, headers, text = self.ask(provider, stream=True)
            self.assertEqual(status, 200)
            self.assertEqual(headers["content-type"].split(";")[0], "application/x-ndjson" if provider == "ollama" else "text/event-stream")
            self.assertEqual(streamed(provider, text), '{"belief": 0.5}', provider)

    def test_streams_have_the_events_of_their_wire_in_order(self):
        def kinds(provider, **changes):
            return [event["type"] for event in events(self.ask(provider, True, **changes)[2])]

        self.script({"answer": {"text": "0.25", "tool_calls": [{"name": "observe", "arguments": "{}"}]}})
        item, part, text = "response.output_item", "response.content_part", "response.output_text"
        call = "response.function_call_arguments"
        self.assertEqual(kinds("openai-responses"), [
            "response.created", "response.in_progress", f"{item}.added", f"{part}.added", f"{text}.delta", f"{text}.done", f"{part}.done", f"{item}.done",
            f"{item}.added", f"{call}.delta", f"{call}.done", f"{item}.done", "response.completed"])
        numbers = [event["sequence_number"] for event in events(self.ask("openai-responses", True)[2])]
        self.assertEqual(numbers, list(range(13)))
        block = "content_block"
        self.assertEqual(kinds("anthropic"), [
            "message_start", "ping", f"{block}_start", f"{block}_delta", f"{block}_stop", f"{block}_start", f"{block}_delta", f"{block}_delta",
            f"{block}_stop", "message_delta", "message_stop"])
        for line in self.ask("anthropic", True)[2].split("\n\n")[:-1]:
            name, data = line.split("\n")
            self.assertEqual(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))["type"])
        lines = events(self.ask("ollama", True)[2])
        self.assertEqual([line["done"] for line in lines], [False] * (len(lines) - 1) + [True])
        self.assertEqual(lines[-1]["done_reason"], "stop")
        deltas = [chunk["choices"][0]["delta"] for chunk in events(self.ask("openai", True)[2])[:-1]]
        self.assertEqual([sorted(delta) for delta in deltas], [["content", "refusal", "role"], ["content"], ["tool_calls"], ["tool_calls"], []])

    def test_both_azure_url_styles_and_the_version(self):
        for path in ("/openai/deployments/dep/chat/completions", "/openai/responses"):
            status, _, text = self.exchange("POST", path, {"messages": OPENAI["messages"]}, {"api-key": "k"})
            self.assertEqual((status, json.loads(text)["error"]["code"]), (404, "404"))
        for headers in ({"api-key": "k"}, BEARER):
            for query in ("", "?api-version=v1", "?api-version=preview"):
                status, _, text = self.exchange("POST", f"/openai/v1/chat/completions{query}", OPENAI, headers)
                self.assertEqual(json.loads(text)["prompt_filter_results"][0]["prompt_index"], 0)
                status, _, text = self.exchange("POST", f"/openai/v1/responses{query}", RESPONSES, headers)
                self.assertEqual((status, json.loads(text)["content_filters"][0]["blocked"]), (200, False))
        for path, body in (("chat/completions", OPENAI), ("responses", RESPONSES)):
            status, _, text = self.exchange("POST", f"/openai/v1/{path}?api-version=2024-10-21", body, {"api-key": "k"})
            self.assertEqual((status, json.loads(text)["error"]["message"]), (400, "API version not supported"))
        self.assertNotIn("content_filters", json.loads(self.ask("openai-responses")[2]))
        self.assertEqual(events(self.ask("azure", stream=True)[2])[0]["choices"], [])
        self.assertEqual(json.loads(self.ask("azure")[2])["model"], "dep")

    def test_both_anthropic_versions_and_both_key_headers(self):
        for version in ("2023-06-01", "2026-10-21"):
            for key in ({"x-api-key": "k"}, BEARER):
                status, headers, _ = self.exchange("POST", "/v1/messages", ANTHROPIC, {**key, "anthropic-version": version})
                self.assertEqual(status, 200)
                self.assertIn("anthropic-ratelimit-input-tokens-reset", headers)

    def test_scripted_answers_have_each_provider_s_form(self):
        cases = {
            "refusal": ({"refusal": "no"}, {"openai": ("refusal", "no"), "anthropic": ("stop_reason", "refusal"), "openai-responses": ("refusal", "no")}),
            "cut_off": ({"cut_off": True}, {"openai": ("finish_reason", "length"), "anthropic": ("stop_reason", "max_tokens"), "ollama": (
                "done_reason", "length"), "openai-responses": ("reason", "max_output_tokens"), "compatible": ("finish_reason", "length")}),
            "filtered": ({"text": "x", "filtered": True}, {"openai": ("finish_reason", "content_filter"), "azure": ("finish_reason", "content_filter"),
                                                           "openai-responses": ("reason", "content_filter")}),
            "finish_reason": ({"text": "x", "finish_reason": "pause_turn"}, {"anthropic": ("stop_reason", "pause_turn")}),
            "model": ({"text": "x", "model": "gpt-x-2026"}, {provider: ("model", "gpt-x-2026") for provider in WIRES}),
        }
        for name, (answer, wanted) in cases.items():
            self.script({"answer": answer})
            for provider, (key, value) in wanted.items():
                for stream in (False, True):
                    text = self.ask(provider, stream)[2]
                    pair = f'"{key}":{json.dumps(value)}'
                    if name == "refusal" and stream and provider == "openai":
                        self.assertIn('"delta":{"refusal":"no"}', text)
                    self.assertIn(pair, text, f"{name} {provider} {stream}")

    def test_tool_calls_in_each_form(self):
        self.script({"answer": {"tool_calls": [{"name": "observe", "arguments": {"belief": 0.25}, "id": "call_a"}]}})
        call = json.loads(self.ask("openai", tools=[CHAT_TOOL])[2])["choices"][0]
        self.assertEqual((call["finish_reason"], call["message"]["content"]), ("tool_calls", None))
        self.assertEqual(json.loads(call["message"]["tool_calls"][0]["function"]["arguments"]), {"belief": 0.25})
        pieces = [event["choices"][0]["delta"]["tool_calls"][0] for event in events(self.ask("openai", True, tools=[CHAT_TOOL])[2])
                  if event != "[DONE]" and event["choices"][0]["delta"].get("tool_calls")]
        self.assertEqual(pieces[0]["id"], "call_a")
        self.assertEqual(json.loads("".join(piece["function"]["arguments"] for piece in pieces)), {"belief": 0.25})
        body = json.loads(self.ask("anthropic", tools=[{"name": "observe", "input_schema": STRICT}])[2])
        self.assertEqual((body["stop_reason"], body["content"][0]["input"], body["content"][0]["id"]), ("tool_use", {"belief": 0.25}, "toolu_a"))
        text = self.ask("anthropic", True, tools=[{"name": "observe", "input_schema": STRICT}])[2]
        partial = "".join(event["delta"]["partial_json"] for event in events(text) if event["type"] == "content_block_delta")
        self.assertEqual(json.loads(partial), {"belief": 0.25})
        body = json.loads(self.ask("openai-responses", tools=[{"type": "function", "name": "observe", "parameters": STRICT, "strict": True}])[2])
        self.assertEqual([item["type"] for item in body["output"]], ["function_call"])
        self.assertEqual(json.loads(self.ask("ollama", tools=[CHAT_TOOL])[2])["message"]["tool_calls"][0]["function"]["arguments"], {"belief": 0.25})

    def test_nothing_scripted_follows_the_schema_the_forced_tool_the_limit_and_the_stop(self):
        schema = {**STRICT, "properties": {"kind": {"type": "string", "enum": ["see", "do"]}}, "required": ["kind"]}
        form = {"type": "json_schema", "json_schema": {"name": "b", "schema": schema, "strict": True}}
        self.assertEqual(said("openai", json.loads(self.ask("openai", response_format=form)[2])), '{"kind": "see"}')
        self.assertEqual(said("ollama", json.loads(self.ask("ollama", format=schema)[2])), '{"kind": "see"}')
        body = json.loads(self.ask("openai", tools=[CHAT_TOOL], tool_choice="required")[2])
        self.assertEqual(body["choices"][0]["message"]["tool_calls"][0]["function"]["name"], "observe")
        choice = json.loads(self.ask("openai", max_completion_tokens=1)[2])["choices"][0]
        self.assertEqual((choice["message"]["content"], choice["finish_reason"]), ('{"be', "length"))
        body = json.loads(self.ask("anthropic", stop_sequences=["lief"])[2])
        self.assertEqual((body["content"][0]["text"], body["stop_reason"], body["stop_sequence"]), ('{"be', "stop_sequence", "lief"))
        self.assertEqual(len(json.loads(self.ask("openai", n=3)[2])["choices"]), 3)

    def test_usage_comes_last_in_a_stream_and_adds_up(self):
        chunks = events(self.ask("openai", True, stream_options={"include_usage": True})[2])
        self.assertEqual((chunks[-1], chunks[-2]["choices"]), ("[DONE]", []))
        self.assertTrue(all(chunk["usage"] is None for chunk in chunks[:-2]))
        usage = chunks[-2]["usage"]
        self.assertEqual(usage["total_tokens"], usage["prompt_tokens"] + usage["completion_tokens"])
        self.script({"answer": {"text": "x", "usage": {"input": 10, "cached": 4, "output": 7, "reasoning": 5}}})
        usage = json.loads(self.ask("anthropic")[2])["usage"]
        self.assertEqual((usage["input_tokens"], usage["cache_read_input_tokens"], usage["output_tokens"]), (6, 4, 7))
        self.assertEqual(json.loads(self.ask("openai")[2])["usage"]["completion_tokens_details"]["reasoning_tokens"], 5)

    def test_logprobs_when_they_are_asked_for(self):
        content = json.loads(self.ask("openai", logprobs=True, top_logprobs=2)[2])["choices"][0]["logprobs"]["content"]
        self.assertEqual("".join(entry["token"] for entry in content), '{"belief": 0.5}')
        self.assertEqual(len(content[0]["top_logprobs"]), 2)
        part = json.loads(self.ask("openai-responses", include=["message.output_text.logprobs"])[2])["output"][0]["content"][0]
        self.assertEqual(part["logprobs"][0]["token"], '{"be')

    def test_models_are_listed_in_each_form(self):
        self.script(models=["one", "two"])
        self.assertEqual([model["id"] for model in json.loads(self.exchange("GET", "/v1/models")[2])["data"]], ["one", "two"])
        listed = json.loads(self.exchange("GET", "/v1/models", headers=ANTHROPIC_HEADERS)[2])
        self.assertEqual((listed["last_id"], listed["data"][0]["type"]), ("two", "model"))
        self.assertEqual(json.loads(self.exchange("GET", "/api/tags")[2])["models"][1]["name"], "two")
        for provider, code in (("openai", "model_not_found"), ("anthropic", "not_found_error"), ("azure", "DeploymentNotFound"), ("ollama", "not found")):
            status, _, text = self.ask(provider)
            self.assertEqual(status, 404)
            self.assertIn(code, text)


class StrictTest(ServerTest):
    def test_bodies_that_the_providers_refuse(self):
        loose = {**STRICT, "additionalProperties": True}
        bounded = {**STRICT, "properties": {"belief": {"type": "number", "minimum": 0}}}
        optional = {**STRICT, "required": []}
        form = {"type": "json_schema", "json_schema": {"name": "b", "schema": loose, "strict": True}}
        called = {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}
        user = {"role": "user", "content": "x"}
        use = {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "f", "input": {}}]}
        cases = [
            ("openai", {"tide": 1}, "unknown_parameter"), ("openai", {"messages": ...}, "missing_required_parameter"),
            ("openai", {"messages": []}, "array_below_min_length"), ("openai", {"temperature": "0"}, "invalid_type"),
            ("openai", {"temperature": 2.5}, "decimal_above_max_value"), ("openai", {"messages": [{"role": "bot", "content": "x"}]}, "messages[0].role"),
            ("openai", {"messages": [{"role": "user", "content": None}]}, "invalid_type"), ("openai", {"max_completion_tokens": 0}, "below_min"),
            ("openai", {"messages": [{"role": "tool", "tool_call_id": "a", "content": "x"}]}, "preceeding"),
            ("openai", {"messages": [called, user]}, "must be followed by tool messages"), ("openai", {"messages": [called]}, "Not answered: a"),
            ("openai", {"response_format": form}, "additionalProperties"), ("openai", {"tool_choice": "auto"}, "only allowed when 'tools'"),
            ("openai", {"response_format": {"type": "json_schema", "json_schema": {"name": "a b", "schema": STRICT}}}, "does not match"),
            ("openai", {"tools": [{"type": "function", "name": "flat", "parameters": {}}]}, "tools[0].function"),
            ("openai", {"tools": [{"type": "function", "function": {"name": "f", "strict": True, "parameters": optional}}]}, "every key"),
            ("openai", {"response_format": {"type": "json_object"}}, "must contain the word 'json'"), ("openai", {"top_logprobs": 2}, "logprobs"),
            ("openai", {"stream_options": {"include_usage": True}}, "stream_options"), ("openai", {"max_tokens": 5, "max_completion_tokens": 5}, "same time"),
            ("openai", {"model": "o3-mini", "max_tokens": 5}, "unsupported_parameter"), ("openai", {"model": "o1", "temperature": 0}, "unsupported_value"),
            ("azure", {"tide": 1}, "unknown_parameter"), ("openai-responses", {"messages": []}, "unknown_parameter"),
            ("openai-responses", {"seed": 1}, "unknown_parameter"), ("openai-responses", {"max_tokens": 16}, "unknown_parameter"),
            ("openai-responses", {"max_output_tokens": 1}, "below_min"), ("openai-responses", {"tools": [CHAT_TOOL]}, "missing_required"),
            ("openai-responses", {"input": [{"type": "function_call_output", "call_id": "a", "output": "x"}]}, "No tool call found"),
            ("openai-responses", {"tools": [{"type": "function", "name": "f", "parameters": optional}]}, "every key"),
            ("openai-responses", {"input": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]}, "input_text"),
            ("anthropic", {"max_tokens": ...}, "max_tokens: Field required"), ("anthropic", {"seed": 1}, "seed: Extra inputs are not permitted"),
            ("anthropic", {"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role"), ("anthropic", {"messages": [{"role": "user", "content": ""}]},
                                                                                               "non-empty content"),
            ("anthropic", {"system": 3}, "system: Input should be"), ("anthropic", {"messages": [user, use, user]}, "without `tool_result`"),
            ("anthropic", {"messages": [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a"}]}]}, "corresponding `tool_use`"),
            ("anthropic", {"tool_choice": {"type": "any"}}, "while providing tools"), ("anthropic", {"tools": [CHAT_TOOL]}, "tools.0"),
            ("anthropic", {"output_config": {"format": {"type": "json_schema", "schema": bounded}}}, "'minimum' is not permitted"),
            ("anthropic", {"thinking": {"type": "enabled", "budget_tokens": 2000}}, "greater than"), ("anthropic", {"temperature": 1.5}, "temperature"),
            ("anthropic", {"model": "claude-opus-4-7", "temperature": 0}, "`temperature`"), ("anthropic", {"messages": [
                {"role": "user", "content": [{"type": "text", "text": ""}]}]}, "non-empty"),
            ("ollama", {"model": ...}, "model is required"), ("ollama", {"messages": "x"}, "cannot unmarshal"), ("compatible", {"messages": ...}, "messages"),
        ]
        for provider, changes, words in cases:
            self.refused(provider, changes, words)
        self.assertEqual(len([entry for entry in self.requests() if entry["decided"].startswith("refused")]), len(cases))

    def test_bodies_that_they_take(self):
        tool_talk = [{"role": "user", "content": "x"}, {"role": "assistant", "content": None, "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "observe", "arguments": "{}"}}]}, {"role": "tool", "tool_call_id": "a", "content": "1"}]
        anthropic_talk = [{"role": "user", "content": "x"}, {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "f", "input": {}}]},
                          {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "1"}, {"type": "text", "text": "go on"}]}]
        items = [{"role": "user", "content": "x"}, {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
                 {"type": "function_call_output", "call_id": "a", "output": "1"}]
        for provider, changes in (
                ("openai", {"messages": tool_talk, "tools": [CHAT_TOOL], "tool_choice": "auto", "parallel_tool_calls": False, "seed": 7, "temperature": 0}),
                ("openai", {"model": "o3-mini", "max_completion_tokens": 50, "temperature": 1}), ("compatible", {"top_k": 3, "guided_json": STRICT}),
                ("anthropic", {"messages": anthropic_talk, "temperature": 0}), ("anthropic", {"model": "claude-sonnet-4-20250514", "temperature": 0}),
                ("anthropic", {"output_config": {"format": {"type": "json_schema", "schema": STRICT}}, "system": [{"type": "text", "text": "s"}]}),
                ("openai-responses", {"input": items, "store": False, "text": {"format": {"type": "json_schema", "name": "b", "schema": STRICT, "strict": True}}}),
                ("ollama", {"tide": 1, "options": {"tide": 1, "num_predict": -1}})):
            status, _, text = self.ask(provider, **changes)
            self.assertEqual(status, 200, f"{provider} {changes}: {text}")

    def test_keys_and_versions(self):
        self.refused("openai", {}, "API key", 401, {})
        self.refused("openai", {}, "invalid_api_key", 401, {"authorization": "Bearer wrong-key"})
        self.refused("azure", {}, '"401"', 401, {})
        self.refused("anthropic", {}, "authentication_error", 401, {"anthropic-version": "2023-06-01"})
        self.refused("anthropic", {}, "header is required", 400, {"x-api-key": "k"})
        self.refused("anthropic", {}, "not a valid version", 400, {"x-api-key": "k", "anthropic-version": "2024-01-01"})
        self.refused("anthropic", {"temperature": 1}, "temperature: Extra inputs", 400, {"x-api-key": "k", "anthropic-version": "2026-10-21"})
        for text, kind in (("{", "application/json"), (json.dumps(OPENAI), "text/plain")):
            status, _, body = self.exchange("POST", "/v1/chat/completions", text, {**BEARER, "content-type": kind})
            self.assertEqual((status, json.loads(body)["error"]["type"]), (400, "invalid_request_error"))
        self.assertEqual(self.exchange("POST", "/v1/completions", {}, BEARER)[0], 404)
        self.assertEqual(self.exchange("PUT", "/v1/messages", {}, BEARER)[0], 405)


class FaultsTest(ServerTest):
    def fault(self, kind, **fields):
        self.script({"fault": {"kind": kind, **fields}})

    def raw(self, provider, stream):
        """(bytes that came, whether the end was a reset) over a plain socket that is read until it ends."""
        path, headers, body = WIRES[provider]
        text = json.dumps({**body, "stream": stream})
        lines = [f"POST {path} HTTP/1.1", "host: x", "connection: close", f"content-length: {len(text)}",
                 *(f"{name}: {value}" for name, value in {**JSON, **headers}.items())]
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as plain:
            plain.sendall(("\r\n".join(lines) + "\r\n\r\n" + text).encode())
            got = b""
            try:
                while data := plain.recv(65_536):
                    got += data
            except ConnectionResetError:
                return got, True
            return got, False

    def test_retry_headers_in_each_form(self):
        for retry, name in (("seconds", "retry-after"), ("milliseconds", "retry-after-ms"), ("date", "retry-after"), ("reset", "reset"), ("none", None)):
            self.fault("rate_limited", retry=retry, wait_s=1.5)
            for provider in WIRES:
                status, headers, text = self.ask(provider)
                self.assertEqual(status, 429, provider)
                wanted = {"seconds": "1.5", "milliseconds": "1500"}.get(retry)
                if wanted:
                    self.assertEqual(headers[name], wanted)
                self.assertEqual("retry-after" in headers, retry in ("seconds", "date"))
                if retry == "date":
                    self.assertRegex(headers[name], r"^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$")
                if retry == "reset" and provider.startswith(("openai", "azure")):
                    self.assertEqual(headers["x-ratelimit-reset-requests"], "1.5s")
                if retry == "reset" and provider == "anthropic":
                    self.assertRegex(headers["anthropic-ratelimit-requests-reset"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.fault("rate_limited", retry="reset", wait_s=90)
        self.assertEqual(self.ask("openai")[1]["x-ratelimit-reset-requests"], "1m30s")

    def test_errors_have_the_provider_s_status_type_and_code(self):
        cases = [
            ("overloaded", "openai", 503, "server_is_overloaded"), ("overloaded", "anthropic", 529, "overloaded_error"), ("overloaded", "ollama", 503, "busy"),
            ("quota", "openai", 429, '"insufficient_quota"'), ("quota", "openai-responses", 429, "insufficient_quota"),
            ("quota", "anthropic", 429, "enforced_spend_limit_reached"), ("quota", "azure", 429, "insufficient_quota"), ("quota", "ollama", 501, "no fault"),
            ("billing", "anthropic", 402, "billing_error"), ("billing", "openai", 429, "billing_not_active"),
            ("authentication", "openai", 401, "invalid_api_key"), ("forbidden", "anthropic", 403, "permission_error"),
            ("not_found", "azure", 404, "DeploymentNotFound"), ("too_large", "anthropic", 413, "request_too_large"),
            ("context_length", "openai", 400, "context_length_exceeded"), ("context_length", "anthropic", 400, "prompt is too long"),
            ("prompt_filtered", "azure", 400, "ResponsibleAIPolicyViolation"), ("prompt_filtered", "openai", 400, "invalid_prompt"),
            ("prompt_filtered", "anthropic", 200, '"stop_reason":"refusal"'),
        ]
        for kind, provider, status, words in cases:
            self.fault(kind)
            for stream in (False, True):
                got, _, text = self.ask(provider, stream)
                self.assertEqual(got, status, f"{kind} {provider}")
                self.assertIn(words, text)
        for code in ("credit_balance_exhausted", "organization_spend_limit_exceeded", "project_usage_limit_exceeded", "access_terminated"):
            self.fault("quota", code=code)
            self.assertEqual(json.loads(self.ask("openai")[2])["error"]["code"], code)
        for status in (500, 502, 503):
            self.fault("status", status=status)
            for provider in WIRES:
                got, headers, text = self.ask(provider)
                self.assertEqual((got, headers["content-type"]), (status, "application/json"))
                self.assertTrue(json.loads(text)["error"])
        self.fault("status", status=502, form="html", headers={"x-should-retry": "false"})
        got, headers, text = self.ask("openai")
        self.assertEqual((headers["content-type"], headers["x-should-retry"], text[:6]), ("text/html", "false", "<html>"))

    def test_an_unsupported_parameter_is_refused_only_where_it_is(self):
        self.fault("unsupported_parameter", parameter="temperature")
        self.assertIn("unsupported_value", self.ask("openai", temperature=0)[2])
        self.assertEqual(self.ask("openai")[0], 200)
        self.assertEqual(self.ask("ollama", options={"temperature": 0})[0], 400)
        self.fault("unsupported_parameter", parameter="max_tokens")
        self.assertIn("Use 'max_completion_tokens' instead", self.ask("openai", max_tokens=9)[2])
        self.fault("unsupported_parameter", parameter="tool_choice")
        status, _, text = self.ask("openai", tools=[CHAT_TOOL], tool_choice="auto")
        self.assertEqual((status, json.loads(text)["error"]["param"], json.loads(text)["error"]["code"]), (400, "tool_choice", "unsupported_parameter"))
        self.fault("unsupported_parameter", parameter="prefill")
        self.assertEqual(self.ask("anthropic", messages=[{"role": "user", "content": "x"}, {"role": "assistant", "content": "{"}])[0], 400)

    def test_cuts_resets_and_stalls(self):
        for provider in WIRES:
            for stream in (False, True):
                self.fault("cut")
                got, was_reset = self.raw(provider, stream)
                self.assertFalse(was_reset)
                self.assertTrue(got.startswith(b"HTTP/1.1 200"))
                self.assertFalse(got.endswith(b"0\r\n\r\n"))
                if not stream:
                    head, _, body = got.partition(b"\r\n\r\n")
                    self.assertLess(len(body), int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
                self.fault("cut_header")
                self.assertEqual(self.raw(provider, stream), (b"HTTP/1.1 200 OK\r\ncontent-ty", False))
                self.fault("reset")
                self.assertEqual(self.raw(provider, stream), (b"", True))
        self.fault("stall", after=3)
        path, headers, body = WIRES["openai"]
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=0.5)
        connection.request("POST", path, json.dumps({**body, "stream": True}), {**JSON, **headers})
        with self.assertRaises(TimeoutError):
            connection.getresponse().read()
        self.assertFalse(self.requests()[-1]["finished"])
        connection.close()

    def test_broken_formats(self):
        for provider in WIRES:
            self.fault("malformed")
            with self.assertRaises(ValueError):
                json.loads(self.ask(provider)[2])
            with self.assertRaises(ValueError):
                events(self.ask(provider, True)[2])
            self.fault("empty_body")
            for stream in (False, True):
                self.assertEqual(self.ask(provider, stream)[::2], (200, ""))
            self.fault("content_type")
            self.assertEqual(self.ask(provider)[1]["content-type"], "text/html")
            self.fault("redirect")
            status, headers, _ = self.ask(provider)
            self.assertEqual((status, headers["location"]), (307, "/api/elsewhere" if provider == "ollama" else "/elsewhere"))
            self.fault("unknown_events")
            self.assertEqual(streamed(provider, self.ask(provider, True)[2]), '{"belief": 0.5}')
            self.assertIn("tide", self.ask(provider)[2])
            self.fault("no_end")
            last = events(self.ask(provider, True)[2])[-1]
            self.assertFalse(last == "[DONE]" or last.get("done") or last.get("type") in ("message_stop", "response.completed"))

    def test_an_error_in_the_middle_of_a_stream(self):
        self.fault("stream_error", after=3)
        for provider, words in (("openai", '"error":{'), ("azure", '"error":{'), ("anthropic", '"overloaded_error"'), ("ollama", '{"error":'),
                                ("openai-responses", '"type":"error"')):
            status, _, text = self.ask_cut(provider)
            self.assertEqual(status, 200)
            self.assertIn(words, text.splitlines()[-1] or text.splitlines()[-2], provider)
        self.fault("failed")
        self.assertEqual(json.loads(self.ask("openai-responses")[2])["status"], "failed")
        self.assertEqual(events(self.ask("openai-responses", True)[2])[-1]["type"], "response.failed")

    def ask_cut(self, provider):
        """As ask, of a stream that ends without its last chunk."""
        got, _ = self.raw(provider, True)
        head, _, body = got.partition(b"\r\n\r\n")
        lines = body.decode().replace("\r\n", "\n").split("\n")
        return int(head.split()[1]), head, "\n".join(line for line in lines if line.startswith(("data:", "{")))

    def test_oversize_bodies_are_as_long_as_they_say(self):
        self.fault("oversize", bytes=5 * 2**20)
        for provider in ("openai", "ollama"):
            for stream in (False, True):
                text = self.ask(provider, stream)[2]
                self.assertGreater(len(text), 5 * 2**20)
                json.loads(text.removeprefix("data: "))

    def test_slowness_is_as_long_as_it_says(self):
        for fault, least in (({"kind": "slow_first_byte", "delay_ms": 300}, 0.3), ({"kind": "slow_stream", "gap_ms": 50}, 0.3)):
            self.fault(**fault)
            started = time.monotonic()
            self.assertEqual(streamed("openai", self.ask("openai", True)[2]), '{"belief": 0.5}')
            self.assertGreaterEqual(time.monotonic() - started, least)

    def test_streams_in_single_bytes_and_with_other_line_ends(self):
        self.script({"answer": {"text": "é — 0.25", "piece_bytes": 1, "line_end": "\r\n"}})
        for provider in WIRES:
            self.assertEqual(streamed(provider, self.ask(provider, True)[2]), "é — 0.25", provider)


class ScriptTest(ServerTest):
    def test_the_first_rule_that_matches_and_has_times_left_decides(self):
        self.script({"match": {"provider": "openai", "nth": 1}, "fault": {"kind": "status", "status": 500}},
                    {"match": {"model": "claude-*"}, "times": 1, "answer": {"belief": 0.1}},
                    {"match": {"contains": "unlikely"}, "answer": {"belief": 0.2}}, {"match": {"stream": True}, "answer": {"belief": 0.3}},
                    {"match": {"provider": "azure"}, "answers": [{"belief": 0.4}, {"belief": 0.6}]})
        self.assertEqual(self.ask("openai")[0], 500)
        self.assertIn("0.5", self.ask("openai")[2])
        self.assertIn("0.1", self.ask("anthropic")[2])
        self.assertIn("0.5", said("anthropic", json.loads(self.ask("anthropic")[2])))
        self.assertIn("0.2", said("openai", json.loads(self.ask("openai", messages=[{"role": "user", "content": "unlikely"}])[2])))
        self.assertIn("0.3", streamed("ollama", self.ask("ollama", True)[2]))
        self.assertEqual([said("azure", json.loads(self.ask("azure")[2])) for _ in range(3)], ['{"belief": 0.4}', '{"belief": 0.6}', '{"belief": 0.4}'])
        self.assertEqual([entry["decided"] for entry in self.requests()][:3], ["rule 0 status", "default", "rule 1"])

    def test_attempts_count_equal_bodies(self):
        self.script({"match": {"attempt": {"to": 2}}, "fault": {"kind": "overloaded"}}, {"match": {"every": 7}, "fault": {"kind": "reset"}})
        statuses = [self.ask("openai", temperature=temperature)[0] for temperature in (0, 1, 0, 1, 0, 1)]
        self.assertEqual(statuses, [503, 503, 503, 503, 200, 200])
        with self.assertRaises(ConnectionResetError):
            self.ask("openai", temperature=0)

    def test_a_script_with_a_mistake_is_refused_with_its_place(self):
        for rule, words in (({"mach": {}}, "unknown key 'mach'"), ({"match": {"modell": "x"}}, "rules[0].match"), ({"answer": {"txt": "x"}}, "'txt'"),
                            ({"fault": {"kind": "flood"}}, "unknown kind 'flood'"), ({"fault": {"kind": "cut", "afer": 1}}, "'afer'"),
                            ({"fault": {"kind": "rate_limited", "retry": "soon"}}, "unknown retry 'soon'"), ({"fault": {"kind": "status"}}, "needs 'status'")):
            status, _, text = self.exchange("POST", "/_script", {"rules": [rule]})
            self.assertEqual(status, 400)
            self.assertIn(words, text)

    def test_the_same_requests_get_the_same_bytes(self):
        def talk():
            self.exchange("POST", "/_reset", {})
            return [self.ask(provider, stream) for provider in WIRES for stream in (False, True)]
        self.assertEqual(talk(), talk())

    def test_requests_are_told_as_they_came(self):
        self.exchange("POST", WIRES["azure"][0], {"messages": OPENAI["messages"]}, {"api-key": "k", "X-Stainless-Lang": "js"})
        entry = self.requests()[0]
        self.assertEqual((entry["provider"], entry["path"], entry["query"]), ("azure", "/openai/deployments/dep/chat/completions", {"api-version": "2024-10-21"}))
        self.assertEqual((entry["headers"]["x-stainless-lang"], entry["headers"]["api-key"], entry["finished"]), ("js", "k", True))
        self.assertIn("X-Stainless-Lang", entry["header_names"])
        self.assertEqual(entry["body"], {"messages": OPENAI["messages"]})
        self.ask("openai")
        self.assertEqual([newer["provider"] for newer in json.loads(self.exchange("GET", f"/_requests?after={entry['serial']}")[2])], ["openai"])

    def test_a_belief_of_the_body_is_the_same_for_the_same_and_another_for_another(self):
        self.script({"answer": {"belief": "of_body"}})
        bodies = ({}, {}, {"seed": 1}, {"seed": 2})
        said = [json.loads(self.ask("openai", **more)[2])["choices"][0]["message"]["content"] for more in bodies]
        self.assertEqual(said[0], said[1])
        self.assertEqual(len(set(said)), 3)
        self.assertTrue(all(0 <= json.loads(text)["belief"] < 1 for text in said))

    def test_requests_in_one_write_and_in_many_pieces_are_the_same(self):
        text = json.dumps(OPENAI)
        one = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k\r\ncontent-type: application/json\r\ncontent-length: {len(text)}\r\n\r\n{text}"
        chunked = one.replace(f"content-length: {len(text)}", "transfer-encoding: chunked").replace(text, f"{len(text):x}\r\n{text}\r\n0\r\n\r\n")
        last = chunked.replace("host: x", "host: x\r\nconnection: close")
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as plain:
            plain.sendall((one + one).encode())
            for start in range(0, len(last), 50):
                plain.sendall(last[start:start + 50].encode())
            got = b""
            while data := plain.recv(65_536):
                got += data
        self.assertEqual(got.count(b"HTTP/1.1 200 OK"), 3)
        self.assertEqual([entry["body"] for entry in self.requests()], [OPENAI] * 3)

    def test_malformed_requests_are_refused(self):
        for bad in (b"nonsense\r\n\r\n", b"GET / HTTP/2.0\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
                    b"GET / HTTP/1.1\r\nx: " + b"y" * 70_000):
            with socket.create_connection(("127.0.0.1", self.port), timeout=20) as plain:
                plain.sendall(bad)
                self.assertIn(b"400", plain.recv(1000))


class OptionsTest(ServerTest):
    def test_delay_keep_and_script_file(self):
        path = FOLDER / "llm_server_test.script.json"
        process, port = start("--delay-ms", "80", "--keep", "2")
        try:
            started = time.monotonic()
            for _ in range(3):
                self.assertEqual(self.exchange("POST", WIRES["openai"][0], OPENAI, BEARER, port)[0], 200)
            self.assertGreaterEqual(time.monotonic() - started, 0.24)
            self.assertEqual([entry["serial"] for entry in json.loads(self.exchange("GET", "/_requests", port=port)[2])], [2, 3])
            self.assertEqual(json.loads(self.exchange("GET", "/_stats", port=port)[2])["dropped"], 1)
        finally:
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(10), 0)
            process.stdin.close()
            process.stdout.close()
        done = subprocess.run([sys.executable, FOLDER / "llm_server.py", "--script", path], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("No such file", done.stderr)


if __name__ == "__main__":
    del ServerTest  # only its descendants have tests
    unittest.main(verbosity=1)
