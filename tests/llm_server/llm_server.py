#!/usr/bin/env python3
"""A server that speaks every provider's wire on loopback and says what a script tells it to, faults included.

usage: llm_server.py [--port 0] [--script FILE] [--delay-ms N] [--keep N] [--lenient] [--tls-certificate FILE --tls-key FILE]

Prints `http://127.0.0.1:PORT` on its first line, then nothing; ends on SIGTERM or SIGINT, and when its standard input ends if
--until-eof is given. No dependency. Same script and same requests in the same order, same bytes (the headers of
rate_limited's date and reset forms follow the clock).

Wires (the facts are in WIRE.md; texts of messages are the server's own, types and codes the providers'):
  openai            POST /v1/chat/completions            GET /v1/models
  openai-responses  POST /v1/responses
  anthropic         POST /v1/messages                    GET /v1/models with an anthropic-version header
  azure             POST /openai/deployments/NAME/chat/completions?api-version=...   POST /openai/v1/chat/completions
  azure-responses   POST /openai/responses?api-version=...                           POST /openai/v1/responses
                    /openai/v1 takes no api-version but v1 and preview
  ollama            POST /api/chat                       GET /api/tags, /api/version
  compatible        POST /compatible/v1/chat/completions GET /compatible/v1/models   (base URL: .../compatible/v1)
A request that the real API would refuse is refused with that provider's 400, 401 or 404: unknown or missing fields, wrong types and
roles, tool results without calls, schemas that are not strict, no key, no API version. Any key is good, except `wrong-key`.
With --lenient bodies are not checked (for benchmarks). Models: o1, o3... refuse max_tokens and temperatures but 1; claude
models after 4.6 refuse sampling parameters and prefill; every name exists unless the script lists `models`.

Control:
  POST /_script    a new script (script.py says its form); counts start again
  POST /_reset     no script, no counts, no requests
  GET /_requests   [{"serial", "time_ms", "connection", "provider", "method", "path", "query", "headers": {lower-case: value},
                     "header_names": [as sent], "body", "body_text", "decided", "finished"}], the newest --keep of them (10,000);
                     decided: default, rule N, rule N KIND, refused KIND: MESSAGE, control; finished: false while it lasts or
                     when the client left before the end. ?after=SERIAL: those that came after that one
  GET /_stats      {"requests", "connections", "in_flight", "most_in_flight", "dropped"}
"""
import argparse
import asyncio
import collections
import dataclasses
import itertools
import json
import re
import signal
import socket
import ssl
import struct
import sys
import time
import traceback
import urllib.parse

sys.dont_write_bytecode = True  # leaves no cache in the source tree
import faults  # noqa: E402
from anthropic_messages import AnthropicMessages  # noqa: E402
from ollama_chat import CREATED, OllamaChat  # noqa: E402
from openai_chat import OpenAiChat  # noqa: E402
from openai_responses import OpenAiResponses  # noqa: E402
from script import Script, ScriptError  # noqa: E402
from shapes import Breach  # noqa: E402
from wire import TIME, WireError  # noqa: E402

MOST_HEADER_BYTES, MOST_BODY_BYTES = 65_536, 64 * 2**20
WRONG_KEY = "wrong-key"
DEFAULT_MODELS = ["test-model"]
OPENAI, RESPONSES, ANTHROPIC, OLLAMA = OpenAiChat("openai"), OpenAiResponses("openai-responses"), AnthropicMessages(), OllamaChat()
AZURE, AZURE_RESPONSES, COMPATIBLE = OpenAiChat("azure"), OpenAiResponses("azure-responses"), OpenAiChat("compatible")
# (path, wire, needs api-version)
ROUTES = [(re.compile(path), wire, versioned) for path, wire, versioned in (
    (r"/v1/chat/completions", OPENAI, False), (r"/v1/responses", RESPONSES, False), (r"/v1/messages", ANTHROPIC, False),
    (r"/openai/deployments/(?P<deployment>[^/]+)/chat/completions", AZURE, True), (r"/openai/v1/chat/completions", AZURE, False),
    (r"/openai/responses", AZURE_RESPONSES, True), (r"/openai/v1/responses", AZURE_RESPONSES, False), (r"/api/chat", OLLAMA, False),
    (r"/compatible/v1/chat/completions", COMPATIBLE, False))]


@dataclasses.dataclass
class Request:
    serial: int
    method: str
    path: str
    query: dict
    headers: dict
    header_names: list
    text: str
    groups: dict = dataclasses.field(default_factory=dict)
    body: object = None


class BadRequest(Exception):
    pass


def read_head(data):
    """(method, target, headers, header names) of a request's head."""
    try:
        first, *lines = data.decode("latin-1").split("\r\n")
        method, target, version = first.split(" ")
    except ValueError:
        raise BadRequest("the request line is malformed") from None
    if not version.startswith("HTTP/1."):
        raise BadRequest(f"{version} is not spoken here")
    headers, names = {}, []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise BadRequest(f"the header line '{line}' is malformed")
        names.append(name)
        headers[name.lower()] = value.strip()
    return method, target, headers, names


class Server:
    """The state that all connections share."""

    def __init__(self, options):
        self.options = options
        self.script = Script()
        self.requests = collections.deque(maxlen=options.keep)
        self.serial = self.connections = self.in_flight = self.most_in_flight = 0
        self.started = time.monotonic()

    # Which steps a request gets -------------------------------------------------------------------------------------------

    def steps(self, request, log):
        """The steps that answer a request; `log` is its entry in /_requests."""
        if request.path.startswith("/_"):
            log["decided"] = "control"
            return [self.control(request)]
        if request.method == "GET":
            return [self.listing(request)]
        for pattern, wire, versioned in ROUTES:
            if match := pattern.fullmatch(request.path):
                log["provider"], request.groups = wire.provider, match.groupdict()
                if request.method != "POST":
                    return [faults.whole(405, {"allow": "POST"}, {"error": {"message": "Not allowed to use this method on this URL."}})]
                if versioned and "api-version" not in request.query:
                    return [faults.error_response(wire, "route", {}, {})]
                if request.path.startswith("/openai/v1/") and request.query.get("api-version", "v1") not in ("v1", "preview"):
                    log["decided"] = "refused version"
                    return [faults.error_response(wire, "invalid", {"code": "BadRequest", "message": "API version not supported"}, {})]
                return self.chat(wire, request, log)
        log["decided"] = "refused route"
        wire = OLLAMA if request.path.startswith("/api/") else AZURE if request.path.startswith("/openai/") else OPENAI
        wire = ANTHROPIC if "anthropic-version" in request.headers else wire
        return [faults.error_response(wire, "route", {"message": f"Invalid URL ({request.method} {request.path})"}, {})]

    def chat(self, wire, request, log):
        headers = wire.headers(request.serial)
        try:
            self.read_body(wire, request)
            if not self.options.lenient:
                wire.check(request)
            ask = wire.ask(request)
            if self.script.models is not None and ask.model not in self.script.models:
                raise WireError("not_found", model=ask.model)
        except (Breach, WireError) as error:
            error = wire.refuse(error) if isinstance(error, Breach) else error
            log["decided"] = f"refused {error.kind}: {error.details.get('message', error.details.get('parameter', ''))}"
            return [faults.error_response(wire, error.kind, {**error.details, "serial": request.serial}, headers)]
        index, answer, fault = self.script.decide(ask, request.text)
        log["decided"] = "default" if index is None else f"rule {index}{' ' + fault['kind'] if fault else ''}"
        if fault:
            return faults.fault_steps(wire, ask, answer, fault, headers)
        return faults.answer_steps(wire, ask, answer, headers)

    @staticmethod
    def read_body(wire, request):
        if wire.keys_of(request.headers) == WRONG_KEY:
            raise WireError("authentication")
        if request.body is None:
            words = {"anthropic": "The request body is not valid JSON", "ollama": "invalid character in the request's JSON"}
            raise WireError("invalid", message=words.get(wire.provider, "We could not parse the JSON body of your request."))
        if not request.headers.get("content-type", "").startswith("application/json"):
            raise WireError("invalid", message=f"Unsupported content type '{request.headers.get('content-type', '')}'; use application/json")

    def listing(self, request):
        models = self.script.models or DEFAULT_MODELS
        path = request.path
        if path == "/api/version":
            return faults.whole(200, {}, {"version": "0.6.4"})
        if path == "/api/tags":
            details = {"parent_model": "", "format": "gguf", "family": "test", "families": ["test"], "parameter_size": "1B", "quantization_level": "Q4_0"}
            return faults.whole(200, {}, {"models": [{"name": name, "model": name, "modified_at": CREATED, "size": 1, "digest": "0" * 64,
                                                      "details": details} for name in models]})
        wire = ANTHROPIC if "anthropic-version" in request.headers else OPENAI
        if path.endswith("/models") and wire.keys_of(request.headers) == WRONG_KEY:
            return faults.error_response(wire, "authentication", {}, {})
        if path == "/v1/models" and "anthropic-version" in request.headers:
            entries = [{"type": "model", "id": name, "display_name": name, "created_at": "2026-09-21T00:00:00Z"} for name in models]
            return faults.whole(200, {"request-id": f"req_{request.serial:06d}"}, {"data": entries, "has_more": False, "first_id": models[0],
                                                                                "last_id": models[-1]})
        if path in ("/v1/models", "/openai/v1/models", "/compatible/v1/models"):
            entries = [{"id": name, "object": "model", "created": TIME, "owned_by": "test"} for name in models]
            return faults.whole(200, {}, {"object": "list", "data": entries})
        wire = OLLAMA if path.startswith("/api/") else OPENAI
        return faults.error_response(wire, "route", {"message": f"Invalid URL (GET {path})"}, {})

    def control(self, request):
        what = (request.method, request.path)
        if what == ("GET", "/_requests"):
            after = int(request.query.get("after", 0))
            newer = list(itertools.takewhile(lambda entry: entry["serial"] > after, reversed(self.requests)))
            return faults.whole(200, {}, [entry for entry in reversed(newer) if entry["decided"] != "control"])
        if what == ("GET", "/_stats"):
            return faults.whole(200, {}, {"requests": self.serial, "connections": self.connections, "in_flight": self.in_flight,
                                          "most_in_flight": self.most_in_flight, "dropped": max(0, self.serial - len(self.requests))})
        if what == ("POST", "/_script"):
            try:
                self.script = Script(request.body)
            except (ScriptError, AttributeError, TypeError) as error:
                return faults.whole(400, {}, {"error": str(error)})
            return faults.whole(200, {}, {"rules": len(self.script.rules)})
        if what == ("POST", "/_reset"):
            self.script = Script()
            self.requests.clear()
            self.serial = self.most_in_flight = self.connections = 0
            return faults.whole(200, {}, {})
        return faults.whole(404, {}, {"error": "control paths: POST /_script, POST /_reset, GET /_requests, GET /_stats"})


class Connection(asyncio.Protocol):
    """One client: its requests one after another, each a sequence of steps (bytes, seconds to wait, RESET, CLOSE, HOLD)."""

    def __init__(self, server):
        self.server, self.transport = server, None
        self.buffer, self.steps, self.log = bytearray(), None, None
        self.is_paused, self.is_lost, self.keep_alive, self.number, self.timer = False, False, True, 0, None

    def connection_made(self, transport):
        self.transport = transport
        self.server.connections += 1
        self.number = self.server.connections
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, error):
        self.is_lost = True
        if self.timer:
            self.timer.cancel()
        if self.steps is not None:
            self.end_request(False)

    def pause_writing(self):
        self.is_paused = True

    def resume_writing(self):
        self.is_paused = False
        if self.steps is not None and self.timer is None:
            self.run()

    def data_received(self, data):
        self.buffer += data
        if self.steps is None:
            self.read()

    # Reading --------------------------------------------------------------------------------------------------------------

    def read(self):
        try:
            request = self.next_request()
        except (BadRequest, ValueError) as error:
            self.transport.write(faults.whole(400, {"connection": "close"}, {"error": {"message": f"llm_server: {error}"}}))
            self.transport.close()
            return
        if request:
            self.begin(request)

    def next_request(self):
        """The next whole request of the buffer; nothing while more must come."""
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0 or end > MOST_HEADER_BYTES:
            if max(end, len(self.buffer)) > MOST_HEADER_BYTES:
                raise BadRequest(f"the head exceeds {MOST_HEADER_BYTES} bytes")
            return None
        method, target, headers, names = read_head(bytes(self.buffer[:end]))
        body, used = self.read_body(headers, end + 4)
        if body is None:
            return None
        del self.buffer[:used]
        self.keep_alive = headers.get("connection", "").lower() != "close"
        path, _, query = target.partition("?")
        text = body.decode(errors="replace")
        request = Request(0, method, urllib.parse.unquote(path), dict(urllib.parse.parse_qsl(query, keep_blank_values=True)), headers, names, text)
        try:
            request.body = json.loads(text) if text else None
        except ValueError:
            request.body = None
        return request

    def read_body(self, headers, start):
        """(body, where the next request starts); (None, 0) while more must come."""
        if "chunked" in headers.get("transfer-encoding", ""):
            return self.read_chunks(start)
        length = int(headers.get("content-length", "0"))
        if not 0 <= length <= MOST_BODY_BYTES:
            raise BadRequest(f"a body of {length} bytes; the limit is {MOST_BODY_BYTES}")
        if len(self.buffer) < start + length:
            if headers.get("expect", "").lower() == "100-continue" and len(self.buffer) == start:
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return None, 0
        return bytes(self.buffer[start:start + length]), start + length

    def read_chunks(self, start):
        body = bytearray()
        while (line_end := self.buffer.find(b"\r\n", start)) >= 0:
            size = int(bytes(self.buffer[start:line_end]).split(b";")[0], 16)
            if len(body) + size > MOST_BODY_BYTES:
                raise BadRequest(f"a body over {MOST_BODY_BYTES} bytes")
            if len(self.buffer) < line_end + 2 + size + 2:
                break
            body += self.buffer[line_end + 2:line_end + 2 + size]
            start = line_end + 2 + size + 2
            if size == 0:
                return bytes(body), start
        return None, 0

    # Answering ------------------------------------------------------------------------------------------------------------

    def begin(self, request):
        server = self.server
        is_control = request.path.startswith("/_")
        if not is_control:
            server.serial += 1
            server.in_flight += 1
            server.most_in_flight = max(server.most_in_flight, server.in_flight)
        request.serial = server.serial
        self.log = {"serial": request.serial, "time_ms": round((time.monotonic() - server.started) * 1000, 3), "connection": self.number,
                    "provider": None, "method": request.method, "path": request.path, "query": request.query, "headers": request.headers,
                    "header_names": request.header_names, "body": request.body, "body_text": request.text, "decided": "", "finished": False}
        if not is_control:
            server.requests.append(self.log)
        self.steps = iter(server.steps(request, self.log))
        if server.options.delay_ms and not is_control:
            self.wait(server.options.delay_ms / 1000)
        else:
            self.run()

    def wait(self, seconds):
        self.timer = asyncio.get_running_loop().call_later(seconds, self.resume)

    def resume(self):
        self.timer = None
        if not self.is_paused:
            self.run()

    def run(self):
        while self.steps is not None and not self.is_lost and not self.is_paused:
            try:
                step = next(self.steps, None)
            except Exception:  # a defect of this server must not look like a slow provider
                traceback.print_exc()
                step = faults.RESET
            if step is None:
                self.end_request(True)
                if not self.keep_alive:
                    self.transport.close()
                elif self.buffer:
                    self.read()
                return
            if isinstance(step, bytes):
                self.transport.write(step)
            elif step == faults.HOLD:
                self.timer = asyncio.get_running_loop().call_later(faults.MOST_STALL_S, self.transport.close)
                return
            elif step in (faults.CLOSE, faults.RESET):
                self.leave(step)
                return
            else:
                self.wait(step)
                return

    def leave(self, how):
        self.end_request(True)
        if how == faults.RESET:
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()
        else:
            self.transport.close()

    def end_request(self, is_finished):
        self.log["finished"], self.steps = is_finished, None
        if self.log["decided"] != "control":
            self.server.in_flight -= 1


async def serve(options):
    server = Server(options)
    if options.script:
        with open(options.script, encoding="utf-8") as file:
            server.script = Script(json.load(file))
    context = None
    if options.tls_certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.tls_certificate, options.tls_key)
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: Connection(server), "127.0.0.1", options.port, backlog=4096, ssl=context)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if options.until_eof:
        loop.add_reader(sys.stdin, lambda: None if sys.stdin.buffer.read1(4096) else stop.set())
    print(f"{'https' if context else 'http'}://127.0.0.1:{listener.sockets[0].getsockname()[1]}", flush=True)
    await stop.wait()
    listener.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", help="a JSON file; script.py says its form")
    parser.add_argument("--delay-ms", type=float, default=0, help="before every answer")
    parser.add_argument("--keep", type=int, default=10_000, help="how many requests /_requests remembers")
    parser.add_argument("--lenient", action="store_true", help="does not check bodies")
    parser.add_argument("--until-eof", action="store_true", help="ends when standard input does, so that no server outlives its test")
    parser.add_argument("--tls-certificate")
    parser.add_argument("--tls-key")
    try:
        asyncio.run(serve(parser.parse_args()))
    except (OSError, ValueError, ScriptError) as error:
        sys.exit(f"llm_server: {error}")


if __name__ == "__main__":
    main()
