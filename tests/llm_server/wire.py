"""What every provider's wire shares: how it is asked, how it answers and how it fails.

A wire checks a request (WireError when the real API would refuse it), reads what is asked, and turns an answer into a body or
into a stream's frames. Errors are told by kind (ERROR_KINDS); each wire has its own status, words and codes for them.
"""
import json

from shapes import Breach, json_type

TIME = 1_790_000_000  # every answer's clock, so that the same requests give the same bytes
ERROR_KINDS = ("status", "rate_limited", "quota", "overloaded", "authentication", "forbidden", "billing", "not_found", "too_large",
               "context_length", "prompt_filtered", "unsupported_parameter", "invalid", "route")


class WireError(Exception):
    """An error that the wire tells in its own form. details: message, param, code, type, status, parameter, model."""

    def __init__(self, kind, **details):
        super().__init__(kind, details)
        self.kind, self.details = kind, details


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def event(data, name=None, line_end="\n"):
    head = f"event: {name}{line_end}" if name else ""
    return f"{head}data: {data if isinstance(data, str) else compact(data)}{line_end}{line_end}".encode()


def bearer(headers):
    """The key of an Authorization header; empty when there is none."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def parsed_object(text):
    """The JSON object that a text is; empty where it is none, as for providers that send arguments parsed."""
    try:
        parsed = json.loads(text)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def texts_in(value):
    """Everything that is said in a part of a body: its strings, one after another."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        value = list(value.values())
    return " ".join(filter(None, map(texts_in, value))) if isinstance(value, list) else ""


class Wire:
    provider = ""
    stream_type = "text/event-stream"

    def check(self, request):
        """Raises WireError or Breach when the real API would not take the request."""
        raise NotImplementedError

    def ask(self, request):
        raise NotImplementedError

    def body(self, ask, answer):
        raise NotImplementedError

    def frames(self, ask, answer):
        raise NotImplementedError

    def error(self, kind, details):
        """(status, headers, body) of an error."""
        raise NotImplementedError

    def error_frame(self, details):
        """The bytes of an error in the middle of a stream."""
        raise NotImplementedError

    def unknown_frames(self, ask, answer):
        """Frames that no client knows and each must skip."""
        raise NotImplementedError

    def headers(self, serial):
        """Of every response, errors too."""
        return {}

    def reset_headers(self, seconds):
        """The provider's own headers that say when its limits are full again."""
        return {}

    def breach_details(self, breach):
        raise NotImplementedError

    def keys_of(self, headers):
        return bearer(headers)

    def refuse(self, breach):
        return WireError("invalid", **self.breach_details(breach))


OPENAI_BREACHES = {"unknown": "unknown_parameter", "missing": "missing_required_parameter", "type": "invalid_type", "value": "invalid_value",
                   "low": "integer_below_min_value", "high": "integer_above_max_value", "rule": "invalid_value",
                   "schema": "invalid_schema"}


def dotted(path):
    """messages[0].role"""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def openai_breach(breach: Breach):
    param, got, wanted = dotted(breach.path), breach.got, breach.wanted
    message = {
        "unknown": f"Unknown parameter: '{param}'.",
        "missing": f"Missing required parameter: '{param}'.",
        "type": f"Invalid type for '{param}': expected {wanted}, but got {json_type(got)} instead.",
        "low": f"Invalid '{param}': below minimum value. Expected a value >= {wanted}.",
        "high": f"Invalid '{param}': above maximum value. Expected a value <= {wanted}.",
        "rule": f"Invalid '{param}': {wanted}.",
        "schema": f"Invalid schema for {wanted}.",
    }.get(breach.kind)
    if breach.kind == "value":
        options = ", ".join(f"'{word}'" for word in wanted) if isinstance(wanted, list) else wanted
        message = f"Invalid value: '{got}'. Supported values are: {options}."
    code = OPENAI_BREACHES[breach.kind]
    if breach.kind in ("low", "high") and isinstance(got, float):
        code = code.replace("integer", "decimal")
    if breach.kind in ("low", "high") and isinstance(got, list):
        code = {"low": "array_below_min_length", "high": "array_above_max_length"}[breach.kind]
    return {"message": message, "param": param, "code": code}


# kind -> (status, type, code, message)
OPENAI_ERRORS = {
    "rate_limited": (429, "requests", "rate_limit_exceeded", "Rate limit reached for this model on requests per min (RPM)."),
    "overloaded": (503, "service_unavailable_error", "server_is_overloaded", "The server is overloaded. Please try again later."),
    "authentication": (401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    "forbidden": (403, "invalid_request_error", "unsupported_country_region_territory", "Country, region, or territory not supported"),
    "billing": (429, "billing_not_active", "billing_not_active", "Your account is not active, please check your billing details."),
    "not_found": (404, "invalid_request_error", "model_not_found", "The model does not exist or you do not have access to it."),
    "too_large": (413, "invalid_request_error", None, "Request body is too large."),
    "context_length": (400, "invalid_request_error", "context_length_exceeded", "Input exceeds the context window of this model."),
    "prompt_filtered": (400, "invalid_request_error", "invalid_prompt", "Invalid prompt: it was flagged as violating our usage policy."),
    "invalid": (400, "invalid_request_error", None, "Invalid request."),
    "route": (404, "invalid_request_error", None, "Invalid URL."),
    "quota": (429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota, please check your plan and billing."),
}
STATUS_TYPES = {400: "invalid_request_error", 401: "invalid_request_error", 403: "invalid_request_error", 404: "invalid_request_error",
                408: "invalid_request_error", 409: "invalid_request_error", 422: "invalid_request_error", 429: "requests",
                503: "service_unavailable_error"}
NOT_SUPPORTED_VALUE = {"temperature", "top_p", "n", "presence_penalty", "frequency_penalty"}


def unsupported_openai(parameter):
    """(code, message) of a parameter that a model does not take, in the two forms that exist."""
    if parameter in NOT_SUPPORTED_VALUE:
        return "unsupported_value", (f"Unsupported value: '{parameter}' does not support this value with this model. "
                                     "Only the default (1) value is supported.")
    instead = {"max_tokens": " Use 'max_completion_tokens' instead.", "max_completion_tokens": " Use 'max_tokens' instead."}
    return "unsupported_parameter", f"Unsupported parameter: '{parameter}' is not supported with this model.{instead.get(parameter, '')}"


def openai_error(kind, details):
    """(status, error object) in OpenAI's form."""
    if kind == "unsupported_parameter":
        code, message = unsupported_openai(details["parameter"])
        status, error_type, details = 400, "invalid_request_error", {"param": details["parameter"], **details}
    elif kind == "status":
        status = details["status"]
        error_type, code = STATUS_TYPES.get(status, "server_error"), None
        message = "The server had an error while processing your request. Sorry about that!" if status >= 500 else f"Refused ({status})."
    else:
        status, error_type, code, message = OPENAI_ERRORS[kind]
    error = {"message": details.get("message", message), "type": details.get("type", error_type), "param": details.get("param"),
             "code": details.get("code", code)}
    return details.get("status", status), error


def go_duration(seconds):
    """120ms, 1.5s, 1m30s, as OpenAI writes its reset headers."""
    if seconds < 1:
        return f"{round(seconds * 1000)}ms"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + f"{rest:g}s"


def openai_headers(serial):
    return {"x-request-id": f"req_{serial:06d}", "openai-processing-ms": "7", "openai-version": "2020-10-01",
            "openai-organization": "org-test", "x-ratelimit-limit-requests": "10000", "x-ratelimit-remaining-requests": "9999",
            "x-ratelimit-reset-requests": "6ms", "x-ratelimit-limit-tokens": "2000000", "x-ratelimit-remaining-tokens": "1999000",
            "x-ratelimit-reset-tokens": "30ms"}
