"""What can go wrong on the way, by kind; each is turned into the steps that a connection takes.

FAULT: {"kind": KIND, ...}. Every kind also takes "headers" (added to the response) and, with an error, "message", "type", "code".
Errors, told in the provider's own form:
  status {"status", "form": json | html | text | empty}       any HTTP status
  rate_limited {"retry": seconds | milliseconds | date | reset | none, "wait_s": 1}     429 with that header
  overloaded      503, Anthropic 529        quota {"code"}    the hard 429 (not Ollama, compatible)
  authentication 401, forbidden 403, billing 402 (OpenAI 429), not_found 404, too_large 413, context_length 400
  prompt_filtered 400 (OpenAI, Azure; a refusal from Anthropic; not Ollama, compatible)
  unsupported_parameter {"parameter"}     400, only for requests that have it ("prefill": an assistant message comes last);
                                          other requests get the answer, as if the model were so
Of the transport and the format:
  slow_first_byte {"delay_ms"}   slow_stream {"gap_ms"}   stall {"after": N frames}   cut {"after": N frames, or bytes of a body}
  cut_header   reset {"after"}   malformed   content_type {"value"}   redirect {"status", "location"}   oversize {"bytes"}
  empty_body   stream_error {"after"} (without a stream: overloaded)   failed (Responses: status failed at HTTP 200)   unknown_events
  no_end   the stream ends well on the transport but without its last frame
stall holds the line until the client leaves, at most MOST_STALL_S. `after` defaults to 2.
"""
import math
import time
from email.utils import formatdate

from wire import compact, event

MOST_STALL_S = 600
ERRORS = {"status", "rate_limited", "overloaded", "quota", "authentication", "forbidden", "billing", "not_found", "too_large", "context_length",
          "prompt_filtered", "unsupported_parameter"}
FIELDS = {"status": {"status", "form"}, "rate_limited": {"retry", "wait_s"}, "unsupported_parameter": {"parameter"}, "slow_first_byte": {"delay_ms"},
          "slow_stream": {"gap_ms"}, "stall": {"after"}, "cut": {"after"}, "cut_header": set(), "reset": {"after"}, "malformed": set(),
          "content_type": {"value"}, "redirect": {"status", "location"}, "oversize": {"bytes"}, "empty_body": set(), "stream_error": {"after"},
          "failed": set(), "unknown_events": set(), "no_end": set()}
ERROR_DETAILS = ("message", "type", "code")
EVERYWHERE = {"kind", "headers", *ERROR_DETAILS}
NOT_APPLICABLE = {("quota", "ollama"), ("quota", "compatible"), ("billing", "ollama"), ("billing", "compatible"), ("prompt_filtered", "ollama"),
                  ("prompt_filtered", "compatible")} | {("failed", provider) for provider in ("openai", "azure", "compatible", "anthropic", "ollama")}
REASONS = {200: "OK", 307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized", 402: "Payment Required",
           403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 413: "Payload Too Large", 429: "Too Many Requests",
           500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
           529: "Overloaded"}
HTML = "<html>\n<head><title>{0}</title></head>\n<body><center><h1>{0}</h1></center></body>\n</html>\n"
RESET, CLOSE, HOLD = "reset", "close", "hold"


def check(fault):
    """Raises ValueError when it is no fault that this file knows."""
    kind = fault.get("kind") if isinstance(fault, dict) else None
    if kind not in ERRORS and kind not in FIELDS:
        raise ValueError(f"unknown kind '{kind}'; known: {', '.join(sorted(ERRORS | set(FIELDS)))}")
    allowed = EVERYWHERE | FIELDS.get(kind, set())
    for key in fault:
        if key not in allowed:
            raise ValueError(f"'{kind}' has an unknown key '{key}'; known: {', '.join(sorted(allowed))}")
    for key in {"unsupported_parameter": ["parameter"], "status": ["status"]}.get(kind, []):
        if key not in fault:
            raise ValueError(f"'{kind}' needs '{key}'")
    if fault.get("retry", "none") not in ("seconds", "milliseconds", "date", "reset", "none"):
        raise ValueError(f"unknown retry '{fault['retry']}'; known: seconds, milliseconds, date, reset, none")


def rfc3339_after(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(math.ceil(time.time() + seconds)))


def retry_headers(wire, fault):
    seconds = fault.get("wait_s", 1)
    return {"seconds": {"retry-after": f"{seconds:g}"}, "milliseconds": {"retry-after-ms": f"{seconds * 1000:g}"},
            "date": {"retry-after": formatdate(math.ceil(time.time() + seconds), usegmt=True)},
            "reset": wire.reset_headers(seconds), "none": {}}[fault.get("retry", "none")]


# Responses ------------------------------------------------------------------------------------------------------------


def head(status, headers):
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Unknown')}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def whole(status, headers, body, content_type="application/json"):
    """One response in one piece."""
    body = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else compact(body).encode()
    return head(status, {"content-type": content_type, **headers, "content-length": len(body)}) + body


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def error_response(wire, kind, details, headers):
    status, more, body = wire.error(kind, details)
    return whole(status, {**headers, **more}, body)


def error_steps(wire, ask, fault, headers):
    kind = fault["kind"]
    details = {key: fault[key] for key in (*ERROR_DETAILS, "parameter", "status") if key in fault}
    details |= {"model": ask.model, "serial": ask.serial}
    if kind == "rate_limited":
        headers = {**headers, **retry_headers(wire, fault)}
    if kind == "overloaded" and wire.provider.startswith("azure"):
        details.setdefault("code", "ServiceUnavailable")
    form = fault.get("form", "json")
    if form != "json":
        page = {"html": HTML.format(f"{fault['status']} {REASONS.get(fault['status'], 'Error')}"), "text": "upstream connect error", "empty": ""}
        yield whole(fault["status"], headers, page[form], {"html": "text/html"}.get(form, "text/plain"))
        return
    yield error_response(wire, kind, details, headers)


def has_parameter(ask, parameter):
    if parameter == "prefill":
        return ask.body.get("messages", [{}])[-1].get("role") == "assistant"
    value = ask.body
    for part in parameter.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value is not None or (ask.body.get("options") or {}).get(parameter) is not None


# Steps ----------------------------------------------------------------------------------------------------------------


def stream_steps(frames, answer, headers, end=True):
    """A stream of frames as chunks; `frames` may hold steps of other kinds, which are passed on."""
    yield head(200, {**headers, "transfer-encoding": "chunked"})
    for frame in frames:
        if not isinstance(frame, bytes):
            yield frame
            continue
        size = answer.piece_bytes or len(frame)
        for start in range(0, len(frame), size):
            yield chunk(frame[start:start + size])
            if answer.gap_ms:
                yield answer.gap_ms / 1000
    if end:
        yield b"0\r\n\r\n"


def stream_headers(wire, headers):
    return {"content-type": wire.stream_type + ("; charset=utf-8" if "event" in wire.stream_type else ""), "cache-control": "no-cache", **headers}


def answer_steps(wire, ask, answer, headers):
    """The steps of a request where nothing goes wrong."""
    headers = {**headers, **answer.headers}
    if answer.delay_ms:
        yield answer.delay_ms / 1000
    if ask.stream:
        yield from stream_steps(wire.frames(ask, answer), answer, stream_headers(wire, headers))
    else:
        yield whole(200, headers, wire.body(ask, answer))


def half(data):
    return data[:len(data) // 2]


def stream_fault(wire, ask, answer, fault, headers):
    kind, frames, after = fault["kind"], wire.frames(ask, answer), fault.get("after", 2)
    first, details = frames[:after], {"serial": ask.serial, **{key: fault[key] for key in ERROR_DETAILS if key in fault}}
    ends = {
        "stall": [*first, HOLD], "cut": [*first, half(frames[min(after, len(frames) - 1)]), CLOSE], "reset": [*first, RESET],
        "no_end": frames[:-1], "empty_body": [], "stream_error": [*first, wire.error_frame(details), CLOSE],
        "malformed": [*first, b'data: {"choices": [{"del\n\n' if wire.stream_type == "text/event-stream" else b'{"message": {"con\n'],
        "unknown_events": [*first, *(frame for given in frames[after:] for frame in (*wire.unknown_frames(ask, answer), given))],
        "failed": [*first, *([wire.failed_frame(ask, answer)] if hasattr(wire, "failed_frame") else [])],
    }
    if kind == "slow_stream":
        answer.gap_ms = fault.get("gap_ms", 20)
    if kind == "malformed" and wire.provider == "anthropic":
        ends[kind] = [*first, event('{"type": "content_block_delta", "del', "content_block_delta")]
    is_broken = kind in ("stall", "cut", "reset")
    yield from stream_steps(ends.get(kind, frames), answer, stream_headers(wire, headers), end=not is_broken)


def body_fault(wire, ask, answer, fault, headers):
    kind = fault["kind"]
    response = whole(200, headers, wire.body(ask, answer))
    header_end = response.index(b"\r\n\r\n") + 4
    cut_at = header_end + fault["after"] if "after" in fault else (header_end + len(response)) // 2
    if kind == "malformed":
        yield whole(200, headers, half(response[header_end:]))
    elif kind == "unknown_events":
        yield whole(200, headers, {**wire.body(ask, answer), "tide": {"height": [1, None]}})
    elif kind == "empty_body":
        yield whole(200, headers, "")
    elif kind == "failed":
        yield whole(200, headers, wire.failed_body(ask, answer))
    elif kind == "stream_error":
        yield error_response(wire, "overloaded", {"serial": ask.serial}, headers)
    elif kind in ("cut", "stall", "reset"):
        yield b"" if kind == "reset" and "after" not in fault else response[:cut_at]
        yield {"cut": CLOSE, "stall": HOLD, "reset": RESET}[kind]
    else:  # slow_stream and no_end are of streams alone
        yield response


def oversize_steps(wire, ask, size, headers):
    """A reply that never seems to end: text without a gap, of `size` bytes."""
    piece = b"x" * 65_536
    if ask.stream:
        yield head(200, {**stream_headers(wire, headers), "transfer-encoding": "chunked"})
        yield chunk(b'data: {"text":"' if wire.stream_type == "text/event-stream" else b'{"text":"')
        yield from (chunk(piece) for _ in range(size // len(piece)))
        yield chunk(b'"}\n\n') + b"0\r\n\r\n"
        return
    opening, closing = b'{"text":"', b'"}'
    count = size // len(piece)
    yield head(200, {"content-type": "application/json", **headers, "content-length": len(opening) + count * len(piece) + len(closing)}) + opening
    yield from (piece for _ in range(count))
    yield closing


def fault_steps(wire, ask, answer, fault, headers):
    """The steps of a request that the script gives a fault."""
    kind, headers = fault["kind"], {**headers, **fault.get("headers", {})}
    if (kind, wire.provider) in NOT_APPLICABLE:
        yield error_response(wire, "status", {"status": 501, "message": f"llm_server: {wire.provider} has no fault '{kind}'"}, headers)
    elif kind == "unsupported_parameter" and not has_parameter(ask, fault["parameter"]):
        yield from answer_steps(wire, ask, answer, headers)
    elif kind == "unsupported_parameter" and fault["parameter"] == "prefill":
        yield error_response(wire, "invalid", {"message": "This model does not support assistant message prefill."}, headers)
    elif kind == "prompt_filtered" and wire.provider == "anthropic":
        answer.texts, answer.tool_calls, answer.finish, answer.refusal = [""], [], "refusal", "The prompt was declined."
        yield from answer_steps(wire, ask, answer, headers)
    elif kind in ERRORS:
        yield from error_steps(wire, ask, fault, headers)
    elif kind == "slow_first_byte":
        yield fault.get("delay_ms", 1000) / 1000
        yield from answer_steps(wire, ask, answer, headers)
    elif kind == "content_type":
        yield whole(200, headers, HTML.format("Sign in"), fault.get("value", "text/html"))
    elif kind == "redirect":
        yield whole(fault.get("status", 307), {**headers, "location": fault.get("location", "/api/elsewhere" if wire.provider == "ollama" else "/elsewhere")}, "", "text/plain")
    elif kind == "oversize":
        yield from oversize_steps(wire, ask, fault.get("bytes", 64 * 2**20), headers)
    elif kind == "cut_header":
        yield b"HTTP/1.1 200 OK\r\ncontent-ty"
        yield CLOSE
    elif kind == "reset" and "after" not in fault:
        yield RESET
    elif ask.stream:
        yield from stream_fault(wire, ask, answer, fault, headers)
    else:
        yield from body_fault(wire, ask, answer, fault, headers)
