"""Anthropic Messages (WIRE 2.3), in both living API versions and with both kinds of key header."""
import re

from faults import rfc3339_after
from script import Ask, pieces
from shapes import (STRICT_ANTHROPIC_UNSUPPORTED, Breach, anything, boolean, by_type, integer, items, json_type, mapping, matching, non_empty,
                    nullable, number, one_of, record, schema_fault, switch, text)
from wire import Wire, WireError, compact, event, parsed_object, texts_in

VERSIONS = ("2023-06-01", "2026-10-21")
NAME_CHECK = matching(re.compile(r"[a-zA-Z0-9_-]{1,128}"), "'^[a-zA-Z0-9_-]{1,128}$'")
CACHE = {"cache_control": nullable(mapping(anything))}
TEXT_BLOCK = record({"type": text, "text": non_empty}, {"citations": anything, **CACHE})
BLOCKS = {
    "text": TEXT_BLOCK,
    "image": record({"type": text, "source": mapping(anything)}, CACHE),
    "thinking": record({"type": text, "thinking": text, "signature": text}),
    "redacted_thinking": record({"type": text, "data": text}),
    "tool_use": record({"type": text, "id": matching(re.compile(r"[a-zA-Z0-9_-]+"), "'^[a-zA-Z0-9_-]+$'"), "name": NAME_CHECK,
                        "input": mapping(anything)}, {"caller": anything, "toolset_name": nullable(text), **CACHE}),
    "tool_result": record({"type": text, "tool_use_id": text}, {"is_error": boolean, "toolset_name": nullable(text), **CACHE,
                                                                 "content": by_type(str=text, list=items(switch("type", {
                                                                     "text": TEXT_BLOCK, "image": record({"type": text, "source": anything}, CACHE)})))}),
}
MESSAGE = record({"role": one_of("user", "assistant", "system"), "content": by_type(str=text, list=items(switch("type", BLOCKS)))})
TOOL = record({"name": NAME_CHECK, "input_schema": record({"type": one_of("object")}, is_open=True)}, {
    "description": text, "strict": boolean, "type": nullable(one_of("custom")), "eager_input_streaming": nullable(boolean),
    "input_examples": items(mapping(anything)), "allowed_callers": items(text), "defer_loading": boolean, **CACHE})
PARALLEL = {"disable_parallel_tool_use": boolean}
CHOICE = switch("type", {"auto": record({"type": text}, PARALLEL), "any": record({"type": text}, PARALLEL), "none": record({"type": text}),
                         "tool": record({"type": text, "name": text}, PARALLEL)})
THINKING = switch("type", {"adaptive": record({"type": text}, {"display": anything}), "disabled": record({"type": text}),
                           "enabled": record({"type": text, "budget_tokens": integer(1024)}, {"display": anything})})
OUTPUT = record({}, {"format": nullable(record({"type": one_of("json_schema"), "schema": mapping(anything)})),
                     "effort": nullable(one_of("low", "medium", "high", "xhigh", "max"))})
FIELDS = {
    "system": by_type(str=text, list=items(TEXT_BLOCK)), "stop_sequences": items(text), "stream": boolean, "tools": items(TOOL),
    "tool_choice": CHOICE, "output_config": OUTPUT, "thinking": THINKING, "metadata": record({}, {"user_id": nullable(text)}),
    "service_tier": one_of("auto", "standard_only"), "container": anything, "diagnostics": anything, "inference_geo": nullable(text),
    "speed": nullable(one_of("standard", "fast")), "user_profile_id": text, "workspace_id": text, **CACHE}
SAMPLING = {"temperature": number(0, 1), "top_p": number(0, 1), "top_k": integer(0)}
REQUIRED = {"model": text, "max_tokens": integer(0), "messages": items(MESSAGE, 1)}
BODIES = {"2023-06-01": record(REQUIRED, {**FIELDS, **SAMPLING}), "2026-10-21": record(REQUIRED, FIELDS)}
MODEL_VERSION = re.compile(r"claude-[a-z]+-(\d{1,2})(?:-(\d{1,2}))?(?:-\d{8})?")
FINISH = {"stop": "end_turn", "sequence": "stop_sequence", "tools": "tool_use", "length": "max_tokens", "filter": "refusal", "refusal": "refusal"}

# kind -> (status, type, message)
ERRORS = {
    "rate_limited": (429, "rate_limit_error", "This request would exceed your organization's rate limit."),
    "quota": (429, "rate_limit_error", "Your organization has reached its spend limit."),
    "overloaded": (529, "overloaded_error", "Overloaded"),
    "authentication": (401, "authentication_error", "invalid x-api-key"),
    "forbidden": (403, "permission_error", "Your API key does not have permission to use the specified resource."),
    "billing": (402, "billing_error", "Your credit balance is too low to access the API."),
    "not_found": (404, "not_found_error", "model: not found"),
    "too_large": (413, "request_too_large", "Request exceeds the maximum size"),
    "context_length": (400, "invalid_request_error", "prompt is too long: 1000001 tokens > 1000000 maximum"),
    "invalid": (400, "invalid_request_error", "Invalid request"),
    "route": (404, "not_found_error", "Not Found"),
}
STATUS_TYPES = {400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error",
                404: "not_found_error", 409: "conflict_error", 413: "request_too_large", 429: "rate_limit_error", 504: "timeout_error",
                529: "overloaded_error"}


def newer_than(model, version):
    found = MODEL_VERSION.fullmatch(model)
    return bool(found) and (int(found[1]), int(found[2] or 0)) > version


def check_sampling(body):
    """Models after Claude Opus 4.6 take only what changes nothing, and no words put into their mouth."""
    if not newer_than(body["model"], (4, 6)):
        return
    if body.get("temperature", 1) != 1:
        raise WireError("unsupported_parameter", parameter="temperature")
    if body.get("top_p", 1) < 0.99:
        raise WireError("unsupported_parameter", parameter="top_p")
    if "top_k" in body:
        raise WireError("unsupported_parameter", parameter="top_k")
    if body["messages"][-1]["role"] == "assistant":
        raise WireError("invalid", message="This model does not support assistant message prefill. The conversation must end with a user message.")


def blocks_of(message, kind):
    content = message["content"] if isinstance(message["content"], list) else []
    return [block for block in content if block["type"] == kind]


def check_tool_order(messages):
    """Each tool_use has its tool_result in the next message, before anything else there."""
    asked = set()
    for index, message in enumerate(messages):
        content = message["content"]
        if not content and not (message["role"] == "assistant" and index == len(messages) - 1):
            raise WireError("invalid", message=f"messages.{index}: {message['role']} messages must have non-empty content")
        answered = {block["tool_use_id"] for block in blocks_of(message, "tool_result")}
        if extra := answered - asked:
            raise WireError("invalid", message=f"messages.{index}.content.0: unexpected `tool_use_id` found in `tool_result` blocks: {min(extra)}. "
                            "Each `tool_result` block must have a corresponding `tool_use` block in the previous message.")
        if missing := asked - answered:
            raise WireError("invalid", message=f"messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately after: "
                            f"{min(missing)}.")
        if answered and any(block["type"] != "tool_result" for block in content[:len(blocks_of(message, "tool_result"))]):
            raise WireError("invalid", message=f"messages.{index}: `tool_result` blocks must come first in the content.")
        asked = {block["id"] for block in blocks_of(message, "tool_use")}
    if asked:
        raise WireError("invalid", message=f"messages.{len(messages) - 1}: `tool_use` ids were found without `tool_result` blocks immediately "
                        f"after: {min(asked)}.")


def check_schemas(body):
    form = (body.get("output_config") or {}).get("format")
    wanted = [(("output_config", "format", "schema"), form["schema"])] if form else []
    wanted += [(("tools", index, "custom", "input_schema"), tool["input_schema"])
               for index, tool in enumerate(body.get("tools", [])) if tool.get("strict")]
    for path, schema in wanted:
        if fault := schema_fault(schema, STRICT_ANTHROPIC_UNSUPPORTED, False):
            raise WireError("invalid", message=f"{'.'.join(map(str, path + fault[0]))}: {fault[1]}")


class AnthropicMessages(Wire):
    provider = "anthropic"

    # Asking ---------------------------------------------------------------------------------------------------------------

    def keys_of(self, headers):
        return headers.get("x-api-key", "") or super().keys_of(headers)

    def check(self, request):
        if not self.keys_of(request.headers):
            raise WireError("authentication", message="x-api-key header is required")
        version = request.headers.get("anthropic-version")
        if version is None:
            raise WireError("invalid", message="anthropic-version: header is required")
        if version not in VERSIONS:
            raise WireError("invalid", message=f'anthropic-version: "{version}" is not a valid version')
        body = request.body
        BODIES[version](body, ())
        check_sampling(body)
        check_tool_order(body["messages"])
        check_schemas(body)
        thinking = body.get("thinking", {})
        if thinking.get("type") == "enabled" and thinking["budget_tokens"] >= body["max_tokens"]:
            raise WireError("invalid", message="`max_tokens` must be greater than `thinking.budget_tokens`.")
        choice, names = body.get("tool_choice"), [tool["name"] for tool in body.get("tools", [])]
        if choice and not names:
            raise WireError("invalid", message="tool_choice: may only be specified while providing tools")
        if choice and choice["type"] == "tool" and choice["name"] not in names:
            raise WireError("invalid", message=f"Tool '{choice['name']}' not found in provided tools")
        if thinking.get("type") == "enabled" and choice and choice["type"] in ("any", "tool"):
            raise WireError("invalid", message="Thinking may not be enabled when tool_choice forces tool use.")

    def ask(self, request):
        body = request.body
        ask = Ask("anthropic", body["model"], body.get("stream", False), 1, body["max_tokens"], body.get("stop_sequences", []),
                  body=body, serial=request.serial)
        ask.schema = ((body.get("output_config") or {}).get("format") or {}).get("schema")
        ask.tools = {tool["name"]: tool["input_schema"] for tool in body.get("tools", [])}
        choice = body.get("tool_choice", {})
        if choice.get("type") in ("any", "tool"):
            ask.forced_tool = choice.get("name") or next(iter(ask.tools))
        ask.prompt = texts_in([body.get("system", ""), body["messages"], body.get("tools", [])])
        return ask

    # Answering ------------------------------------------------------------------------------------------------------------

    def usage(self, answer):
        return {"input_tokens": answer.input_tokens - answer.cached_tokens, "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": answer.cached_tokens,
                "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}, "output_tokens": answer.output_tokens,
                "output_tokens_details": {"thinking_tokens": answer.reasoning_tokens}, "inference_geo": None, "server_tool_use": None,
                "service_tier": "standard", "speed": None}

    def content(self, answer):
        blocks = []
        if answer.thinking:
            blocks.append({"type": "thinking", "thinking": answer.thinking, "signature": "c2lnbmVk"})
        if answer.text:
            blocks.append({"type": "text", "text": answer.text, "citations": None})
        for call in answer.tool_calls:
            blocks.append({"type": "tool_use", "id": call["id"].replace("call_", "toolu_"), "name": call["name"],
                           "input": parsed_object(call["arguments"]), "caller": {"type": "direct"}})
        return blocks

    def stop(self, answer):
        reason = answer.finish_reason or FINISH[answer.finish]
        details = {"type": "refusal", "category": None, "explanation": answer.refusal or "Filtered."} if reason == "refusal" else None
        return {"stop_reason": reason, "stop_sequence": answer.stop_sequence, "stop_details": details}

    def body(self, ask, answer):
        return {"id": f"msg_{ask.serial:06d}", "type": "message", "role": "assistant", "model": answer.model, "content": self.content(answer),
                **self.stop(answer), "container": None, "diagnostics": None, "usage": self.usage(answer)}

    def block_deltas(self, block, answer):
        if block["type"] == "text":
            return {**block, "text": ""}, [{"type": "text_delta", "text": piece} for piece in pieces(block["text"])]
        if block["type"] == "thinking":
            deltas = [{"type": "thinking_delta", "thinking": piece} for piece in pieces(block["thinking"])]
            return {**block, "thinking": "", "signature": ""}, [*deltas, {"type": "signature_delta", "signature": block["signature"]}]
        call = next(call for call in answer.tool_calls if call["id"].replace("call_", "toolu_") == block["id"])
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in ["", *pieces(call["arguments"])]]
        return {**block, "input": {}}, deltas

    def frames(self, ask, answer):
        def frame(kind, **data):
            return event({"type": kind, **data}, kind, answer.line_end)

        whole = self.body(ask, answer)
        started = {**whole, "content": [], "stop_reason": None, "stop_sequence": None, "stop_details": None,
                   "usage": {**whole["usage"], "output_tokens": 1}}
        frames = [frame("message_start", message=started), frame("ping")]
        for index, block in enumerate(whole["content"]):
            first, deltas = self.block_deltas(block, answer)
            frames.append(frame("content_block_start", index=index, content_block=first))
            frames += [frame("content_block_delta", index=index, delta=delta) for delta in deltas]
            frames.append(frame("content_block_stop", index=index))
        frames.append(frame("message_delta", delta={**self.stop(answer), "container": None}, usage=whole["usage"]))
        return [*frames, frame("message_stop")]

    def unknown_frames(self, ask, answer):
        return [b": a comment keeps the line open\n\n", event({"type": "tide", "height": [1, None]}, "tide"), event({"type": "ping"}, "ping")]

    # Failing --------------------------------------------------------------------------------------------------------------

    def breach_details(self, breach: Breach):
        where, wanted = ".".join(map(str, breach.path)), breach.wanted
        if breach.kind == "value":
            wanted = " or ".join(f"'{word}'" for word in wanted)
        words = {"unknown": "Extra inputs are not permitted", "missing": "Field required", "value": f"Input should be {wanted}",
                 "type": f"Input should be {wanted}, not {json_type(breach.got)}", "rule": str(wanted),
                 "low": f"Input should be greater than or equal to {wanted}", "high": f"Input should be less than or equal to {wanted}"}
        return {"message": f"{where}: {words[breach.kind]}"}

    def headers(self, serial):
        headers = {"request-id": f"req_{serial:06d}", "anthropic-organization-id": "org-test"}
        for what in ("requests", "tokens", "input-tokens", "output-tokens"):
            headers |= {f"anthropic-ratelimit-{what}-limit": "4000", f"anthropic-ratelimit-{what}-remaining": "3999",
                        f"anthropic-ratelimit-{what}-reset": "2026-11-01T00:00:00Z"}
        return headers

    def reset_headers(self, seconds):
        return {"anthropic-ratelimit-requests-remaining": "0", "anthropic-ratelimit-requests-reset": rfc3339_after(seconds)}

    def error_body(self, kind, details):
        if kind == "unsupported_parameter":
            status, error_type, message = 400, "invalid_request_error", f"`{details['parameter']}` is not supported by this model."
        elif kind == "status":
            status = details["status"]
            error_type, message = STATUS_TYPES.get(status, "api_error"), "Internal server error" if status >= 500 else "Refused"
        else:
            status, error_type, message = ERRORS[kind]
        error = {"type": details.get("type", error_type), "message": details.get("message", message)}
        if code := details.get("code", "enforced_spend_limit_reached" if kind == "quota" else None):
            error["details"] = {"error_code": code}
        return details.get("status", status), {"type": "error", "error": error, "request_id": f"req_{details.get('serial', 0):06d}"}

    def error(self, kind, details):
        status, body = self.error_body(kind, details)
        return status, {}, body

    def error_frame(self, details):
        return event(compact(self.error_body("overloaded", details)[1]), "error")
