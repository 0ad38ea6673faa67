"""OpenAI Responses (WIRE 2.2), and Azure's (2.4)."""
from openai_chat import HARMFUL, HARMLESS, NAME_CHECK, azure_error, check_schema, logprobs_of
from script import Ask, pieces
from shapes import (Breach, anything, boolean, by_type, integer, items, mapping, nullable, number, one_of, record, switch, text)
from wire import TIME, Wire, WireError, event, go_duration, openai_breach, openai_error, openai_headers, texts_in

INPUT_PARTS = items(switch("type", {
    "input_text": record({"type": text, "text": text}), "input_image": record({"type": text}, is_open=True),
    "output_text": record({"type": text, "text": text}, {"annotations": anything, "logprobs": anything}),
    "refusal": record({"type": text, "refusal": text})}), 1)
ITEMS = {
    "message": record({"role": one_of("user", "system", "developer", "assistant"), "content": by_type(str=text, list=INPUT_PARTS)}, {
        "type": text, "id": text, "status": one_of("in_progress", "completed", "incomplete"), "phase": anything}),
    "function_call": record({"type": text, "call_id": text, "name": text, "arguments": text}, {
        "id": text, "status": one_of("in_progress", "completed", "incomplete")}),
    "function_call_output": record({"type": text, "call_id": text, "output": by_type(str=text, list=INPUT_PARTS)}, {
        "id": nullable(text), "status": one_of("in_progress", "completed", "incomplete")}),
    "reasoning": record({"type": text, "id": text, "summary": items(anything)}, {
        "content": anything, "encrypted_content": nullable(text), "status": text}),
}
TOOL = switch("type", {"function": record({"type": text, "name": NAME_CHECK, "parameters": nullable(mapping(anything))}, {
    "description": nullable(text), "strict": nullable(boolean)})})
CHOICE = by_type(str=one_of("none", "auto", "required"), dict=record({"type": one_of("function"), "name": text}))
FORMAT = switch("type", {
    "text": record({"type": text}), "json_object": record({"type": text}),
    "json_schema": record({"type": text, "name": NAME_CHECK, "schema": mapping(anything)}, {"strict": nullable(boolean), "description": text})})
BODY = record({"model": text, "input": by_type(str=text, list=items(switch("type", ITEMS, "message"), 1))}, {
    "instructions": nullable(text), "max_output_tokens": nullable(integer(16)), "temperature": nullable(number(0, 2)),
    "top_p": nullable(number(0, 1)), "top_logprobs": nullable(integer(0, 20)), "include": nullable(items(text)),
    "text": record({}, {"format": FORMAT, "verbosity": nullable(one_of("low", "medium", "high"))}), "tools": items(TOOL), "tool_choice": CHOICE,
    "parallel_tool_calls": nullable(boolean), "reasoning": nullable(record({}, {
        "effort": nullable(one_of("none", "minimal", "low", "medium", "high", "xhigh", "max")), "summary": nullable(text), "generate_summary": anything})),
    "store": nullable(boolean), "previous_response_id": nullable(text), "stream": nullable(boolean),
    "stream_options": nullable(record({}, {"include_obfuscation": boolean})), "truncation": nullable(one_of("auto", "disabled")),
    "service_tier": nullable(one_of("auto", "default", "flex", "scale", "priority", "fast")), "metadata": nullable(mapping(text)), "user": text,
    "safety_identifier": nullable(text), "prompt_cache_key": nullable(text), "prompt_cache_retention": nullable(text), "background": nullable(boolean),
    "conversation": anything, "context_management": anything, "prompt": anything, "moderation": anything, "prompt_cache_options": anything,
    "max_tool_calls": nullable(integer(1)), "access_programs": anything, "image": anything})


def check_items(given):
    """Each function call has its output, and each output its call."""
    called = [item["call_id"] for item in given if item.get("type") == "function_call"]
    answered = [item["call_id"] for item in given if item.get("type") == "function_call_output"]
    for call_id in called:
        if call_id not in answered:
            raise WireError("invalid", param="input", message=f"No tool output found for function call {call_id}.")
    for call_id in answered:
        if call_id not in called:
            raise WireError("invalid", param="input", message=f"No tool call found for function call output with call_id {call_id}.")


class OpenAiResponses(Wire):
    def __init__(self, provider):
        self.provider, self.is_azure = provider, provider.startswith("azure")

    # Asking ---------------------------------------------------------------------------------------------------------------

    def keys_of(self, headers):
        return headers.get("api-key", "") or super().keys_of(headers) if self.is_azure else super().keys_of(headers)

    def check(self, request):
        if not self.keys_of(request.headers):
            raise WireError("authentication", code=None, message="Missing bearer authentication in header")
        body = request.body
        BODY(body, ())
        if isinstance(body["input"], list):
            check_items(body["input"])
        form = body.get("text", {}).get("format", {})
        if form.get("type") == "json_schema" and form.get("strict"):
            check_schema(form["schema"], ("text", "format", "schema"), f"response_format '{form['name']}'")
        if form.get("type") == "json_object" and "json" not in texts_in(body["input"]).lower():
            raise WireError("invalid", param="input", message="Response input messages must contain the word 'json' in some form to use "
                            "'text.format' of type 'json_object'.")
        names = [tool["name"] for tool in body.get("tools", [])]
        for index, tool in enumerate(body.get("tools", [])):
            if tool.get("strict") is not False:  # functions are strict here unless they say otherwise
                check_schema(tool["parameters"], ("tools", index, "parameters"), f"function '{tool['name']}'")
        choice = body.get("tool_choice")
        if choice == "required" and not names or isinstance(choice, dict) and choice["name"] not in names:
            raise WireError("invalid", param="tool_choice", message="Tool choice not found in 'tools' parameter.")
        if body.get("stream_options") is not None and not body.get("stream"):
            raise Breach("rule", ("stream_options",), "only allowed when 'stream' is enabled")

    def ask(self, request):
        body = request.body
        ask = Ask(self.provider, body["model"], bool(body.get("stream")), 1, body.get("max_output_tokens"), body=body, serial=request.serial)
        form = body.get("text", {}).get("format", {})
        ask.schema = form["schema"] if form.get("type") == "json_schema" else None
        ask.tools = {tool["name"]: tool["parameters"] or {} for tool in body.get("tools", [])}
        choice = body.get("tool_choice")
        if choice == "required":
            ask.forced_tool = next(iter(ask.tools))
        elif isinstance(choice, dict):
            ask.forced_tool = choice["name"]
        ask.prompt = texts_in([body.get("instructions") or "", body["input"], body.get("tools", [])])
        return ask

    # Answering ------------------------------------------------------------------------------------------------------------

    def output(self, ask, answer):
        items_out, incomplete = [], answer.finish in ("length", "filter")
        status = "incomplete" if incomplete else "completed"
        if answer.thinking or answer.reasoning_tokens:
            summary = [{"type": "summary_text", "text": answer.thinking}] if (ask.body.get("reasoning") or {}).get("summary") else []
            item = {"id": f"rs_{ask.serial:06d}", "type": "reasoning", "summary": summary}
            if "reasoning.encrypted_content" in (ask.body.get("include") or []):
                item["encrypted_content"] = "ZW5jcnlwdGVk"
            items_out.append(item)
        if answer.refusal is not None:
            part = {"type": "refusal", "refusal": answer.refusal}
        else:
            part = {"type": "output_text", "annotations": [], "logprobs": self.logprobs(ask, pieces(answer.text)), "text": answer.text}
        if answer.text or answer.refusal is not None or not answer.tool_calls:
            items_out.append({"id": f"msg_{ask.serial:06d}", "type": "message", "status": status, "role": "assistant", "content": [part]})
        for index, call in enumerate(answer.tool_calls):
            items_out.append({"id": f"fc_{ask.serial:06d}_{index}", "type": "function_call", "status": status, "call_id": call["id"],
                              "name": call["name"], "arguments": call["arguments"]})
        return items_out

    def logprobs(self, ask, words):
        wanted = "message.output_text.logprobs" in (ask.body.get("include") or [])
        return logprobs_of(words, ask.body.get("top_logprobs") or 0) if wanted else []

    def usage(self, answer):
        return {"input_tokens": answer.input_tokens, "input_tokens_details": {"cached_tokens": answer.cached_tokens, "cache_write_tokens": 0},
                "output_tokens": answer.output_tokens, "output_tokens_details": {"reasoning_tokens": answer.reasoning_tokens},
                "total_tokens": answer.input_tokens + answer.output_tokens}

    def head(self, ask, answer, status, **more):
        body = ask.body
        return {"id": f"resp_{ask.serial:06d}", "object": "response", "created_at": TIME, "status": status, "background": False, "error": None,
                "incomplete_details": None, "instructions": body.get("instructions"), "max_output_tokens": body.get("max_output_tokens"),
                "model": answer.model, "output": [], "parallel_tool_calls": body.get("parallel_tool_calls", True), "previous_response_id": None,
                "reasoning": {"effort": None, "summary": None}, "service_tier": "default", "store": body.get("store", True),
                "temperature": body.get("temperature", 1.0), "text": body.get("text", {"format": {"type": "text"}}),
                "tool_choice": body.get("tool_choice", "auto"), "tools": body.get("tools", []), "top_logprobs": body.get("top_logprobs", 0),
                "top_p": body.get("top_p", 1.0), "truncation": body.get("truncation", "disabled"), "usage": None, "user": None,
                "metadata": body.get("metadata") or {}, **more}

    def body(self, ask, answer):
        reason = answer.finish_reason or {"length": "max_output_tokens", "filter": "content_filter"}.get(answer.finish)
        more = {"content_filters": self.content_filters(reason == "content_filter")} if self.is_azure else {}
        return self.head(ask, answer, "incomplete" if reason else "completed", incomplete_details={"reason": reason} if reason else None,
                         output=self.output(ask, answer), usage=self.usage(answer), completed_at=None if reason else TIME, **more)

    @staticmethod
    def content_filters(blocked):
        return [{"blocked": False, "source_type": "prompt", "content_filter_results": HARMLESS},
                {"blocked": blocked, "source_type": "completion", "content_filter_results": HARMFUL if blocked else HARMLESS}]

    def failed_body(self, ask, answer):
        return self.head(ask, answer, "failed", error={"code": "server_error", "message": "The model failed to generate a response."})

    def item_events(self, ask, index, item):
        """(event type, data) of one item's way through the stream."""
        yield "response.output_item.added", {"output_index": index, "item": {**item, "status": "in_progress", **(
            {"content": []} if item["type"] == "message" else {"arguments": ""} if item["type"] == "function_call" else {})}}
        at = {"item_id": item["id"], "output_index": index}
        if item["type"] == "function_call":
            for piece in pieces(item["arguments"]):
                yield "response.function_call_arguments.delta", {**at, "delta": piece}
            yield "response.function_call_arguments.done", {**at, "name": item["name"], "arguments": item["arguments"]}
        if item["type"] == "message":
            part, at = item["content"][0], {**at, "content_index": 0}
            field, kind = ("text", "output_text") if part["type"] == "output_text" else ("refusal", "refusal")
            yield "response.content_part.added", {**at, "part": {**part, field: ""}}
            for piece in pieces(part[field]):
                more = {"logprobs": self.logprobs(ask, [piece])} if kind == "output_text" else {}
                yield f"response.{kind}.delta", {**at, "delta": piece, **more}
            more = {"logprobs": part["logprobs"]} if kind == "output_text" else {}
            yield f"response.{kind}.done", {**at, field: part[field], **more}
            yield "response.content_part.done", {**at, "part": part}
        yield "response.output_item.done", {"output_index": index, "item": item}

    def frames(self, ask, answer):
        whole, started = self.body(ask, answer), self.head(ask, answer, "in_progress")
        events = [("response.created", {"response": started}), ("response.in_progress", {"response": started})]
        for index, item in enumerate(whole["output"]):
            events += self.item_events(ask, index, item)
        events.append((f"response.{whole['status']}", {"response": whole}))
        return [event({"type": kind, "sequence_number": number_, **data}, kind, answer.line_end) for number_, (kind, data) in enumerate(events)]

    def failed_frame(self, ask, answer):
        return event({"type": "response.failed", "sequence_number": 99, "response": self.failed_body(ask, answer)}, "response.failed")

    def unknown_frames(self, ask, answer):
        return [b": a comment keeps the line open\n\n",
                event({"type": "response.tide.delta", "sequence_number": 0, "height": [1, None]}, "response.tide.delta")]

    # Failing --------------------------------------------------------------------------------------------------------------

    def breach_details(self, breach):
        return openai_breach(breach)

    def headers(self, serial):
        azure = {"apim-request-id": f"apim-{serial:06d}", "x-ms-region": "Test Region", "x-ratelimit-remaining-requests": "-1",
                 "x-ratelimit-limit-requests": "0"} if self.is_azure else {}
        return {**openai_headers(serial), **azure}

    def reset_headers(self, seconds):
        return {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": go_duration(seconds),
                "x-ratelimit-reset-tokens": go_duration(seconds / 2)}

    def error(self, kind, details):
        status, error = openai_error(kind, details)
        if self.is_azure:
            error = azure_error(kind, details, status, error)
        return status, {}, {"error": error}

    def error_frame(self, details):
        _, error = openai_error("overloaded", details)
        return event({"type": "error", "sequence_number": 99, "code": error["code"], "message": error["message"], "param": None}, "error")
