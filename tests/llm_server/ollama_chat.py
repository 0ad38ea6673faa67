"""Ollama's own /api/chat (WIRE 2.5): one JSON object, or lines of them; errors are {"error": text}; unknown fields are ignored."""
from script import Ask, pieces
from shapes import anything, boolean, by_type, integer, items, json_type, mapping, nullable, number, record, text
from wire import Wire, compact, parsed_object, texts_in

CREATED = "2026-09-21T13:33:20.000000000Z"
TOOL_CALL = record({"function": record({"name": text, "arguments": mapping(anything)}, {"index": integer()}, is_open=True)}, is_open=True)
MESSAGE = record({}, {"role": text, "content": text, "thinking": text, "images": nullable(items(text)), "tool_calls": nullable(items(TOOL_CALL)),
                      "tool_name": text}, is_open=True)
OPTIONS = record({}, {"temperature": number(), "seed": integer(), "num_ctx": integer(), "num_predict": integer(), "top_p": number(),
                      "top_k": integer(), "stop": items(text)}, is_open=True)
BODY = record({"model": text}, {
    "messages": nullable(items(MESSAGE)), "stream": nullable(boolean), "format": nullable(by_type(str=text, dict=mapping(anything))),
    "think": anything, "logprobs": boolean, "top_logprobs": integer(), "keep_alive": anything, "tools": nullable(items(record(
        {"function": record({"name": text}, is_open=True)}, is_open=True))), "options": nullable(OPTIONS)}, is_open=True)
FINISH = {"stop": "stop", "sequence": "stop", "tools": "stop", "length": "length", "filter": "stop", "refusal": "stop"}
# kind -> (status, message)
ERRORS = {
    "rate_limited": (429, "too many requests, please try again later"),
    "overloaded": (503, "server busy, please try again.  maximum pending requests exceeded"),
    "authentication": (401, "unauthorized"),
    "forbidden": (403, "forbidden"),
    "not_found": (404, "model not found"),
    "too_large": (413, "request body too large"),
    "context_length": (400, "the input length exceeds the context length"),
    "unsupported_parameter": (400, "not supported"),
    "invalid": (400, "invalid request"),
    "route": (404, "404 page not found"),
}


class OllamaChat(Wire):
    provider = "ollama"
    stream_type = "application/x-ndjson"

    def check(self, request):
        BODY(request.body, ())

    def ask(self, request):
        body, options = request.body, request.body.get("options") or {}
        limit = options.get("num_predict")
        form = body.get("format")
        ask = Ask("ollama", body["model"], body.get("stream") is not False, 1, limit if limit is not None and limit >= 0 else None,
                  options.get("stop", []), body=body, serial=request.serial)
        ask.schema = form if isinstance(form, dict) else None
        ask.tools = {tool["function"]["name"]: tool["function"].get("parameters", {}) for tool in body.get("tools") or []}
        ask.prompt = texts_in([body.get("messages") or [], body.get("tools") or []])
        return ask

    def line(self, answer, message, **more):
        return {"model": answer.model, "created_at": CREATED, "message": {"role": "assistant", **message}, **more}

    def done(self, answer):
        return {"done": True, "done_reason": answer.finish_reason or FINISH[answer.finish], "total_duration": 7_000_000, "load_duration": 1_000_000,
                "prompt_eval_count": answer.input_tokens, "prompt_eval_duration": 2_000_000, "eval_count": answer.output_tokens,
                "eval_duration": 4_000_000}

    def calls(self, answer):
        """Ollama parses what the model wrote, so that arguments are always an object here."""
        return [{"function": {"name": call["name"], "arguments": parsed_object(call["arguments"])}} for call in answer.tool_calls]

    def logprobs(self, ask, words):
        if not ask.body.get("logprobs"):
            return {}
        return {"logprobs": [{"token": word, "logprob": -0.125, "bytes": list(word.encode())} for word in words]}

    def body(self, ask, answer):
        message = {"content": answer.text if answer.refusal is None else answer.refusal}
        if answer.thinking:
            message["thinking"] = answer.thinking
        if answer.tool_calls:
            message["tool_calls"] = self.calls(answer)
        return {**self.line(answer, message), **self.done(answer), **self.logprobs(ask, pieces(message["content"]))}

    def frames(self, ask, answer):
        lines = [self.line(answer, {"content": "", "thinking": piece}, done=False) for piece in pieces(answer.thinking)]
        for piece in pieces(answer.text if answer.refusal is None else answer.refusal):
            lines.append({**self.line(answer, {"content": piece}, done=False), **self.logprobs(ask, [piece])})
        lines += [self.line(answer, {"content": "", "tool_calls": [call]}, done=False) for call in self.calls(answer)]
        lines.append({**self.line(answer, {"content": ""}), **self.done(answer)})
        return [f"{compact(line)}{answer.line_end}".encode() for line in lines]

    def unknown_frames(self, ask, answer):
        return [f"{compact(self.line(answer, {'content': ''}, done=False, tide=[1, None]))}\n".encode()]

    def breach_details(self, breach):
        where = ".".join(str(part) for part in breach.path if not isinstance(part, int))
        if breach.kind == "missing":
            return {"message": f"{where} is required"}
        return {"message": f"json: cannot unmarshal {json_type(breach.got).split()[-1]} into Go struct field ChatRequest.{where} of type {breach.wanted}"}

    def error(self, kind, details):
        status, message = ERRORS.get(kind, (500, "an error was encountered while running the model"))
        status = details.get("status", status)
        if kind == "not_found":
            message = f"model '{details.get('model', '')}' not found"
        if kind == "unsupported_parameter":
            message = f"\"{details.get('model', '')}\" does not support {details['parameter']}"
        return status, {}, {"error": details.get("message", message)}

    def error_frame(self, details):
        message = details.get("message", "an error was encountered while running the model: unexpected EOF")
        return f"{compact({'error': message})}\n".encode()
