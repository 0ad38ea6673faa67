"""The script of the test server: rules that say which request gets which answer or fault.

Script: {"rules": [RULE, ...], "models": ["name", ...]}. `models`, when given, are the only ones there are; others are 404.
RULE: {"match": MATCH, "times": N, "answer": ANSWER | "answers": [ANSWER, ...], "fault": FAULT}. The first rule that matches
and has times left decides; `answers` are given in turn, over and over. Both answer and fault: the fault befalls that answer.
MATCH, all of which must hold: "provider", "model" (globs); "nth": how many requests that provider and model have had,
"attempt": how many times this very body has come, each from 1, as N, [N, ...] or {"from": N, "to": N}; "every": N, each N-th
of the provider and model; "contains": a piece of the body's text; "stream": bool; "tools": bool, whether tools are offered.
ANSWER: "text", or "texts" (one for each choice of n > 1), or "belief": number (text {"belief": number}; "of_body": one in
[0, 1) that the request's body alone decides, so that a reply to another one shows);
"tool_calls": [{"name", "arguments": object | text, "id"}], "refusal": text, "cut_off": true, "filtered": true,
"thinking": text, "finish_reason": the provider's own word, "model": the version that says it answered,
"usage": {"input", "output", "cached", "reasoning"}, "headers": {}, "delay_ms", "gap_ms" (between pieces of a stream),
"piece_bytes" (a stream in pieces of so many bytes), "line_end": "\\r\\n".
An answer that is empty is the default: what the schema or the required tool asks for, in its plainest form, else
{"belief": 0.5}. A text longer than the request's token limit (4 bytes a token) is cut off there; stop sequences stop it.
"""
import dataclasses
import fnmatch
import json
import zlib

import faults
from shapes import instance_of

BYTES_A_TOKEN = 4
OF_BODY = "of_body"
MATCH_KEYS = {"provider", "model", "nth", "attempt", "every", "contains", "stream", "tools"}
RULE_KEYS = {"match", "times", "answer", "answers", "fault"}
ANSWER_KEYS = {"text", "texts", "belief", "tool_calls", "refusal", "cut_off", "filtered", "thinking", "finish_reason", "model",
               "usage", "headers", "delay_ms", "gap_ms", "piece_bytes", "line_end"}
DEFAULT_REFUSAL = "I'm sorry, but I can't help with that."


class ScriptError(Exception):
    pass


@dataclasses.dataclass
class Ask:
    """What a request wants, whatever its provider."""
    provider: str
    model: str
    stream: bool = False
    choices: int = 1
    most_tokens: int | None = None
    stop: list = dataclasses.field(default_factory=list)
    schema: dict | None = None
    tools: dict = dataclasses.field(default_factory=dict)  # name -> schema of its arguments
    forced_tool: str | None = None  # that tool_choice requires
    prompt: str = ""  # everything that counts as input
    body: dict = dataclasses.field(default_factory=dict)
    serial: int = 0


@dataclasses.dataclass
class Answer:
    """What is said, before a wire puts it in its own form. finish: stop, sequence, tools, length, filter or refusal."""
    texts: list
    tool_calls: list
    refusal: str | None
    finish: str
    stop_sequence: str | None
    thinking: str
    finish_reason: str | None
    model: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    reasoning_tokens: int
    headers: dict
    delay_ms: float
    gap_ms: float
    piece_bytes: int
    line_end: str

    @property
    def text(self):
        return self.texts[0]


def tokens(text):
    return -(-len(text.encode()) // BYTES_A_TOKEN)


def pieces(text):
    """A text as a stream's deltas: four characters each, and more where that would be over 256 pieces."""
    size = max(4, -(-len(text) // 256))
    return [text[start:start + size] for start in range(0, len(text), size)]


def default_answer(ask):
    if ask.forced_tool:
        return {"tool_calls": [{"name": ask.forced_tool, "arguments": instance_of(ask.tools[ask.forced_tool])}]}
    if ask.schema:
        return {"text": json.dumps(instance_of(ask.schema))}
    return {"belief": 0.5}


def limited(text, ask):
    """(text as the limit and the stop sequences leave it, finish, the stop sequence)."""
    found = [(text.find(stop), stop) for stop in ask.stop if stop and stop in text]
    sequence = min(found)[1] if found else None
    if found:
        text = text[:min(found)[0]]
    if ask.most_tokens is not None and tokens(text) > ask.most_tokens:
        cut = text.encode()[:ask.most_tokens * BYTES_A_TOKEN].decode(errors="ignore")
        return cut, "length", None
    return text, "sequence" if found else "stop", sequence


def belief_of(body):
    return zlib.crc32(json.dumps(body, sort_keys=True).encode()) % 1_000_000 / 1_000_000


def tool_calls_of(said, serial):
    calls = []
    for index, call in enumerate(said.get("tool_calls", [])):
        arguments = call.get("arguments", {})
        calls.append({"id": call.get("id", f"call_{serial:06d}_{index}"), "name": call["name"],
                      "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments)})
    return calls


def answer_of(said, ask):
    spoken = {"text", "texts", "belief", "tool_calls", "refusal"} & set(said)
    plain = {**said, **default_answer(ask)} if not spoken else said
    if "belief" in plain:
        belief = belief_of(ask.body) if plain["belief"] == OF_BODY else plain["belief"]
        plain = {**plain, "text": json.dumps({"belief": belief})}
    texts = [str(text) for text in plain.get("texts", [plain.get("text", "")])]
    if not spoken and said.get("cut_off"):
        texts = [text[:len(text) // 2] for text in texts]
    refusal = plain.get("refusal")
    calls = tool_calls_of(plain, ask.serial)
    cut = [limited(text, ask) for text in (texts * ask.choices)[:ask.choices]]
    texts = [text for text, _, _ in cut]
    _, finish, sequence = cut[0]
    if refusal is not None:
        texts, calls, finish = [""] * ask.choices, [], "refusal"
        refusal = DEFAULT_REFUSAL if refusal is True else refusal
    elif said.get("filtered"):
        finish = "filter"
    elif said.get("cut_off"):
        finish = "length"
    elif calls and finish == "stop":
        finish = "tools"
    thinking, usage = said.get("thinking", ""), said.get("usage", {})
    reasoning = usage.get("reasoning", tokens(thinking))
    spoken_tokens = sum(map(tokens, texts)) + tokens(refusal or "") + sum(tokens(call["arguments"]) for call in calls)
    return Answer(texts, calls, refusal, finish, sequence, thinking, said.get("finish_reason"), said.get("model", ask.model),
                  usage.get("input", tokens(ask.prompt)), usage.get("output", spoken_tokens + reasoning),
                  usage.get("cached", 0), reasoning, said.get("headers", {}), said.get("delay_ms", 0),
                  said.get("gap_ms", 0), said.get("piece_bytes", 0), said.get("line_end", "\n"))


def counts(wanted, count):
    if isinstance(wanted, dict):
        return wanted.get("from", 1) <= count <= wanted.get("to", count)
    return count in wanted if isinstance(wanted, list) else count == wanted


def known(keys, allowed, where):
    if not isinstance(keys, dict):
        raise ScriptError(f"{where} is not an object")
    for key in keys:
        if key not in allowed:
            raise ScriptError(f"{where} has an unknown key '{key}'; known: {', '.join(sorted(allowed))}")


class Script:
    def __init__(self, source=None):
        source = source or {}
        known(source, {"rules", "models"}, "the script")
        self.rules, self.models = source.get("rules", []), source.get("models")
        for index, rule in enumerate(self.rules):
            self.check_rule(rule, f"rules[{index}]")
        self.used = [0] * len(self.rules)
        self.of_model, self.of_body = {}, {}

    @staticmethod
    def check_rule(rule, where):
        known(rule, RULE_KEYS, where)
        known(rule.get("match", {}), MATCH_KEYS, f"{where}.match")
        for answer in [rule.get("answer", {}), *rule.get("answers", [])]:
            known(answer, ANSWER_KEYS, f"{where}.answer")
            for call in answer.get("tool_calls", []):
                known(call, {"name", "arguments", "id"}, f"{where}.answer.tool_calls")
                if "name" not in call:
                    raise ScriptError(f"{where}.answer.tool_calls has a call without a name")
        if "fault" in rule:
            try:
                faults.check(rule["fault"])
            except ValueError as error:
                raise ScriptError(f"{where}.fault: {error}") from error

    def matches(self, rule, ask, body_text, nth, attempt):
        match = rule.get("match", {})
        return (fnmatch.fnmatchcase(ask.provider, match.get("provider", "*"))
                and fnmatch.fnmatchcase(ask.model, match.get("model", "*"))
                and counts(match.get("nth", nth), nth) and counts(match.get("attempt", attempt), attempt)
                and nth % match.get("every", 1) == 0 and match.get("contains", "") in body_text
                and match.get("stream", ask.stream) == ask.stream and match.get("tools", bool(ask.tools)) == bool(ask.tools))

    def decide(self, ask, body_text):
        """(index of the rule or None, answer, fault or None) of a request, which is counted."""
        key = (ask.provider, ask.model)
        nth = self.of_model[key] = self.of_model.get(key, 0) + 1
        attempt = self.of_body[ask.provider, body_text] = self.of_body.get((ask.provider, body_text), 0) + 1
        for index, rule in enumerate(self.rules):
            if self.used[index] < rule.get("times", self.used[index] + 1) and self.matches(rule, ask, body_text, nth, attempt):
                answers = rule.get("answers") or [rule.get("answer", {})]
                said = answers[self.used[index] % len(answers)]
                self.used[index] += 1
                return index, answer_of(said, ask), rule.get("fault")
        return None, answer_of({}, ask), None
