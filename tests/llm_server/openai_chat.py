"""OpenAI Chat Completions (WIRE 2.1), Azure's form of it (2.4) and that of compatible servers (2.5: vLLM, llama.cpp, gateways).

A compatible server takes unknown fields, needs no key, says no token details, and has a number as its error's code.
"""
import re

from script import Ask, pieces
from shapes import (Breach, anything, boolean, by_type, integer, items, mapping, matching, nullable, number, one_of, record,
                    schema_fault, switch, text, STRICT_OPENAI_UNSUPPORTED)
from wire import TIME, Wire, WireError, event, go_duration, openai_breach, openai_error, openai_headers, texts_in

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
NAME_CHECK = matching(NAME, "'^[a-zA-Z0-9_-]{1,64}$'")
REASONING_MODEL = re.compile(r"o\d\b.*")  # the o-series refuses max_tokens and any temperature but 1
TEXT_PART = record({"type": text, "text": text})
USER_PARTS = items(switch("type", {
    "text": TEXT_PART,
    "image_url": record({"type": text, "image_url": record({"url": text}, {"detail": one_of("auto", "low", "high")})})}), 1)
TEXT_PARTS = items(switch("type", {"text": TEXT_PART}), 1)
ASSISTANT_PARTS = items(switch("type", {"text": TEXT_PART, "refusal": record({"type": text, "refusal": text})}), 1)
TOOL_CALL = record({"id": text, "type": one_of("function"), "function": record({"name": text, "arguments": text})})
ROLES = {
    "system": record({"role": text, "content": by_type(str=text, list=TEXT_PARTS)}, {"name": text}),
    "developer": record({"role": text, "content": by_type(str=text, list=TEXT_PARTS)}, {"name": text}),
    "user": record({"role": text, "content": by_type(str=text, list=USER_PARTS)}, {"name": text}),
    "assistant": record({"role": text}, {
        "content": nullable(by_type(str=text, list=ASSISTANT_PARTS)), "refusal": nullable(text), "name": text,
        "tool_calls": items(TOOL_CALL, 1), "annotations": items(anything), "audio": anything}),
    "tool": record({"role": text, "content": by_type(str=text, list=TEXT_PARTS), "tool_call_id": text}),
}
TOOL = record({"type": one_of("function"), "function": record({"name": NAME_CHECK}, {
    "description": text, "parameters": mapping(anything), "strict": nullable(boolean)})})
CHOICE = by_type(str=one_of("none", "auto", "required"), dict=record({"type": one_of("function"), "function": record({"name": text})}))
FORMAT = switch("type", {
    "text": record({"type": text}), "json_object": record({"type": text}),
    "json_schema": record({"type": text, "json_schema": record({"name": NAME_CHECK}, {
        "schema": mapping(anything), "strict": nullable(boolean), "description": text})})})
FIELDS = {
    "temperature": nullable(number(0, 2)), "top_p": nullable(number(0, 1)), "n": nullable(integer(1, 128)), "seed": nullable(integer()),
    "stop": nullable(by_type(str=text, list=items(text, 1, 4))), "stream": nullable(boolean),
    "stream_options": nullable(record({}, {"include_usage": boolean, "include_obfuscation": boolean})),
    "max_completion_tokens": nullable(integer(1)), "max_tokens": nullable(integer(1)), "logprobs": nullable(boolean),
    "top_logprobs": nullable(integer(0, 20)), "frequency_penalty": nullable(number(-2, 2)), "presence_penalty": nullable(number(-2, 2)),
    "reasoning_effort": nullable(one_of("none", "minimal", "low", "medium", "high", "xhigh", "max")),
    "verbosity": nullable(one_of("low", "medium", "high")), "store": nullable(boolean), "metadata": nullable(mapping(text)),
    "service_tier": nullable(one_of("auto", "default", "flex", "scale", "priority", "fast")), "parallel_tool_calls": boolean,
    "tool_choice": CHOICE, "tools": items(TOOL, 1, 128), "response_format": FORMAT, "logit_bias": nullable(mapping(number(-100, 100))),
    "user": text, "safety_identifier": nullable(text), "prompt_cache_key": nullable(text), "prompt_cache_retention": nullable(text),
    "modalities": nullable(items(one_of("text", "audio"))), "prediction": anything, "audio": anything, "web_search_options": anything,
    "function_call": anything, "functions": items(anything), "moderation": anything, "prompt_cache_options": anything,
}
MESSAGES = items(switch("role", ROLES), 1)
BODY = record({"model": text, "messages": MESSAGES}, FIELDS)
DEPLOYED_BODY = record({"messages": MESSAGES}, {"model": text, **FIELDS})  # the model is in the path
OPEN_BODY = record({"model": text, "messages": MESSAGES}, FIELDS, is_open=True)
FINISH = {"stop": "stop", "sequence": "stop", "tools": "tool_calls", "length": "length", "filter": "content_filter", "refusal": "stop"}
HARMLESS = {kind: {"filtered": False, "severity": "safe"} for kind in ("hate", "self_harm", "sexual", "violence")}
HARMFUL = {**HARMLESS, "violence": {"filtered": True, "severity": "high"}}


def check_schema(schema, path, what):
    if fault := schema_fault(schema, STRICT_OPENAI_UNSUPPORTED, True):
        where = ", ".join(f"'{part}'" for part in fault[0])
        raise Breach("schema", path, f"{what}: In context=({where}), {fault[1]}", None)


def check_call_order(messages):
    """Every tool call is answered right after it, and nothing else is."""
    open_calls = set()
    for index, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_calls:
                raise WireError("invalid", param=f"messages.[{index}].role", message="Invalid parameter: messages with role 'tool' must be "
                                "a response to a preceeding message with 'tool_calls'.")
            open_calls.discard(message["tool_call_id"])
            continue
        if open_calls:
            break
        open_calls = {call["id"] for call in message.get("tool_calls", [])}
    if open_calls:
        raise WireError("invalid", param="messages", message="An assistant message with 'tool_calls' must be followed by tool messages "
                        f"responding to each 'tool_call_id'. Not answered: {', '.join(sorted(open_calls))}")


def check_rules(body):
    for index, message in enumerate(body["messages"]):
        if message["role"] == "assistant" and not message.get("tool_calls") and message.get("content") is None and not message.get("refusal"):
            raise Breach("type", ("messages", index, "content"), "a string", None)
    check_call_order(body["messages"])
    names = [tool["function"]["name"] for tool in body.get("tools", [])]
    for index, tool in enumerate(body.get("tools", [])):
        if tool["function"].get("strict"):
            check_schema(tool["function"].get("parameters"), ("tools", index, "function", "parameters"), f"function '{names[index]}'")
    for field in ("tool_choice", "parallel_tool_calls"):
        if field in body and not names and body[field] != "none":
            raise WireError("invalid", param=field, message=f"Invalid value for '{field}': '{field}' is only allowed when 'tools' are specified.")
    choice = body.get("tool_choice")
    if isinstance(choice, dict) and choice["function"]["name"] not in names:
        raise WireError("invalid", param="tool_choice", message="Tool choice not found in 'tools' parameter.")
    form = body.get("response_format", {})
    if form.get("type") == "json_schema" and form["json_schema"].get("strict"):
        check_schema(form["json_schema"].get("schema"), ("response_format",), f"response_format '{form['json_schema']['name']}'")
    if form.get("type") == "json_object" and "json" not in texts_in(body["messages"]).lower():
        raise WireError("invalid", param="messages", message="'messages' must contain the word 'json' in some form, to use "
                        "'response_format' of type 'json_object'.")
    if body.get("top_logprobs") is not None and not body.get("logprobs"):
        raise WireError("invalid", param="top_logprobs", message="'top_logprobs' is only allowed when 'logprobs' is enabled.")
    if body.get("stream_options") is not None and not body.get("stream"):
        raise WireError("invalid", param="stream_options", message="The 'stream_options' parameter is only allowed when 'stream' is enabled.")
    if body.get("max_tokens") is not None and body.get("max_completion_tokens") is not None:
        raise WireError("invalid", param="max_tokens", message="Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.")


def logprobs_of(words, top):
    """One entry for each piece of text; the numbers are the server's own, falling with the rank."""
    def entry(token, rank):
        return {"token": token, "logprob": -0.125 - 2.0 * rank, "bytes": list(token.encode())}
    others = [entry(f"~{rank}", rank) for rank in range(1, top)]
    return [{**entry(word, 0), "top_logprobs": [entry(word, 0), *others] if top else []} for word in words]


class OpenAiChat(Wire):
    def __init__(self, flavour):
        self.provider = flavour
        self.is_azure, self.is_compatible = flavour == "azure", flavour == "compatible"

    # Asking ---------------------------------------------------------------------------------------------------------------

    def keys_of(self, headers):
        return headers.get("api-key", "") or super().keys_of(headers) if self.is_azure else super().keys_of(headers)

    def check(self, request):
        if not self.is_compatible and not self.keys_of(request.headers):
            raise WireError("authentication", code=None if not self.is_azure else "401", message="You didn't provide an API key.")
        deployment = request.groups.get("deployment")
        shape = OPEN_BODY if self.is_compatible else DEPLOYED_BODY if deployment else BODY
        shape(request.body, ())
        check_rules(request.body)
        model = request.body.get("model", deployment)
        if not self.is_compatible and REASONING_MODEL.fullmatch(model):
            for field in ("max_tokens", "temperature"):
                if request.body.get(field) not in (None, 1):
                    raise WireError("unsupported_parameter", parameter=field)

    def ask(self, request):
        body = request.body
        stop = body.get("stop") or []
        limits = [body[field] for field in ("max_completion_tokens", "max_tokens") if body.get(field) is not None]
        ask = Ask(self.provider, request.groups.get("deployment") or body["model"], bool(body.get("stream")), body.get("n") or 1,
                  limits[0] if limits else None, [stop] if isinstance(stop, str) else stop, body=body, serial=request.serial)
        form = body.get("response_format", {})
        ask.schema = form["json_schema"].get("schema") if form.get("type") == "json_schema" else None
        ask.tools = {tool["function"]["name"]: tool["function"].get("parameters", {}) for tool in body.get("tools", [])}
        choice = body.get("tool_choice")
        if choice == "required":
            ask.forced_tool = next(iter(ask.tools))
        elif isinstance(choice, dict):
            ask.forced_tool = choice["function"]["name"]
        ask.prompt = texts_in([body["messages"], body.get("tools", [])])
        return ask

    # Answering ------------------------------------------------------------------------------------------------------------

    def usage(self, answer):
        usage = {"prompt_tokens": answer.input_tokens, "completion_tokens": answer.output_tokens,
                 "total_tokens": answer.input_tokens + answer.output_tokens}
        if not self.is_compatible:
            usage["prompt_tokens_details"] = {"cached_tokens": answer.cached_tokens, "audio_tokens": 0}
            usage["completion_tokens_details"] = {"reasoning_tokens": answer.reasoning_tokens, "audio_tokens": 0,
                                                  "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}
        return usage

    def head(self, ask, answer, kind):
        head = {"id": f"chatcmpl-{ask.serial:06d}", "object": kind, "created": TIME, "model": answer.model}
        return head if self.is_compatible else {**head, "service_tier": "default", "system_fingerprint": "fp_test"}

    def finish(self, answer):
        return answer.finish_reason or FINISH[answer.finish]

    def message(self, ask, answer, content):
        message = {"role": "assistant", "content": None if answer.refusal is not None or (answer.tool_calls and not content) else content}
        if not self.is_compatible:
            message |= {"refusal": answer.refusal, "annotations": []}
        if self.is_compatible and answer.refusal is not None:
            message["content"] = answer.refusal  # such servers have no refusal of their own
        if self.is_compatible and answer.thinking:
            message["reasoning_content"] = answer.thinking
        if answer.tool_calls:
            message["tool_calls"] = [{"id": call["id"], "type": "function",
                                      "function": {"name": call["name"], "arguments": call["arguments"]}} for call in answer.tool_calls]
        return message

    def logprobs(self, ask, words):
        return {"content": logprobs_of(words, ask.body.get("top_logprobs") or 0), "refusal": None} if ask.body.get("logprobs") else None

    def body(self, ask, answer):
        choices = []
        for index, content in enumerate(answer.texts):
            choice = {"index": index, "message": self.message(ask, answer, content), "logprobs": self.logprobs(ask, pieces(content)),
                      "finish_reason": self.finish(answer)}
            if self.is_azure:
                choice["content_filter_results"] = HARMFUL if answer.finish == "filter" else HARMLESS
            choices.append(choice)
        body = {**self.head(ask, answer, "chat.completion"), "choices": choices, "usage": self.usage(answer)}
        if self.is_azure:
            body["prompt_filter_results"] = [{"prompt_index": 0, "content_filter_results": HARMLESS}]
        return body

    def deltas(self, answer, content):
        """The deltas of one choice between its first and its last."""
        if answer.refusal is not None:
            yield from ({"content" if self.is_compatible else "refusal": piece} for piece in pieces(answer.refusal))
            return
        if self.is_compatible:
            yield from ({"reasoning_content": piece} for piece in pieces(answer.thinking))
        yield from ({"content": piece} for piece in pieces(content))
        for index, call in enumerate(answer.tool_calls):
            yield {"tool_calls": [{"index": index, "id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": ""}}]}
            for piece in pieces(call["arguments"]):
                yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}

    def chunks(self, ask, answer):
        def choice(index, delta, finish=None):
            words = [delta["content"]] if delta.get("content") else []
            made = {"index": index, "delta": delta, "logprobs": self.logprobs(ask, words) if words else None, "finish_reason": finish}
            return {**made, "content_filter_results": HARMLESS} if self.is_azure else made

        first = {"role": "assistant", "content": ""} if self.is_compatible else {"role": "assistant", "content": "", "refusal": None}
        if self.is_azure:
            yield [], {"prompt_filter_results": [{"prompt_index": 0, "content_filter_results": HARMLESS}]}
        for index, content in enumerate(answer.texts):
            yield [choice(index, first)], {}
            for delta in self.deltas(answer, content):
                yield [choice(index, delta)], {}
            yield [choice(index, {}, self.finish(answer))], {}

    def frames(self, ask, answer):
        with_usage = (ask.body.get("stream_options") or {}).get("include_usage")
        head = self.head(ask, answer, "chat.completion.chunk")
        frames = []
        for choices, more in self.chunks(ask, answer):
            chunk = {**head, "choices": choices, **more}
            frames.append(event({**chunk, "usage": None} if with_usage else chunk, line_end=answer.line_end))
        if with_usage:
            frames.append(event({**head, "choices": [], "usage": self.usage(answer)}, line_end=answer.line_end))
        return [*frames, event("[DONE]", line_end=answer.line_end)]

    def unknown_frames(self, ask, answer):
        chunk = {**self.head(ask, answer, "chat.completion.chunk"), "choices": [], "tide": {"height": [1, None]}}
        return [b": a comment keeps the line open\n\n", b"event: tide\nid: 7\nretry: 100\n" + event(chunk)]

    # Failing --------------------------------------------------------------------------------------------------------------

    def breach_details(self, breach):
        return openai_breach(breach)

    def headers(self, serial):
        azure = {"apim-request-id": f"apim-{serial:06d}", "x-ms-region": "Test Region"} if self.is_azure else {}
        return {} if self.is_compatible else {**openai_headers(serial), **azure}

    def reset_headers(self, seconds):
        return {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": go_duration(seconds),
                "x-ratelimit-reset-tokens": go_duration(seconds / 2)}

    def error(self, kind, details):
        status, error = openai_error(kind, details)
        if self.is_azure:
            error = azure_error(kind, details, status, error)
        if self.is_compatible:
            error["code"] = details.get("code", status)
        return status, {}, {"error": error}

    def error_frame(self, details):
        _, error = openai_error("overloaded", details)
        return event({"error": error})


def azure_error(kind, details, status, error):
    if kind == "prompt_filtered":
        return {"code": "content_filter", "param": "prompt", "message": "The response was filtered due to the prompt triggering the content "
                "management policy.", "type": None, "status": 400, "innererror": {"code": "ResponsibleAIPolicyViolation",
                                                                                   "content_filter_result": HARMFUL}}
    plain = {"authentication": ("401", "Access denied due to invalid subscription key or wrong API endpoint."),
             "not_found": ("DeploymentNotFound", "The API deployment for this resource does not exist."),
             "route": ("404", "Resource not found"), "rate_limited": ("429", "Requests have exceeded the rate limit. Please retry later.")}
    if kind in plain:
        code, message = plain[kind]
        return {"code": details.get("code") or code, "message": details.get("message", message)}
    return error
