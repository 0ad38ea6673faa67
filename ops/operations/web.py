"""HTTP requests with a time limit and a size limit, and Prometheus's query API."""
import json
import ssl
import urllib.error
import urllib.parse
import urllib.request

from operations.errors import CouldNotCheck

MOST_BYTES = 64 << 20


def without_password(url):
    parts = urllib.parse.urlsplit(url)
    return parts._replace(netloc=parts.netloc.rsplit("@", 1)[-1]).geturl()


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def request(url, *, seconds, body=None, method=None, headers=None, trust=""):
    """(status, text, headers). A body that is no text is sent as JSON. CouldNotCheck when no answer comes; error statuses are answers."""
    data = None if body is None else (body if isinstance(body, bytes) else json.dumps(body).encode())
    asked = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json", **(headers or {})})
    context = ssl.create_default_context(cafile=trust or None) if url.startswith("https:") else None
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirects(),
                                         *([urllib.request.HTTPSHandler(context=context)] if context else []))
    try:
        with opener.open(asked, timeout=seconds) as response:
            return response.status, response.read(MOST_BYTES).decode(errors="replace"), response.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(MOST_BYTES).decode(errors="replace"), error.headers
    except (OSError, ValueError) as error:
        raise CouldNotCheck(f"{without_password(url)}: {getattr(error, 'reason', error)}") from error


def request_json(url, **options):
    """(status, value); CouldNotCheck when the answer is no JSON."""
    status, text, _ = request(url, **options)
    try:
        return status, json.loads(text)
    except ValueError as error:
        raise CouldNotCheck(f"{without_password(url)} answered {status} with no JSON: {text[:80]!r}") from error


class Prometheus:
    """Instant and range queries. Values are (labels, number) or (labels, [(time, number)...])."""

    def __init__(self, url, seconds=10.0, trust=""):
        self.url, self.seconds, self.trust = url.rstrip("/"), seconds, trust

    def ask(self, path, fields):
        status, answer = request_json(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(fields)}", seconds=self.seconds, trust=self.trust)
        if status != 200 or answer.get("status") != "success":
            raise CouldNotCheck(f"Prometheus refuses {fields.get('query', path)}: {answer.get('error', status)}")
        return answer["data"]

    def query(self, expression, time=None):
        result = self.ask("query", {"query": expression, **({"time": time} if time is not None else {})})
        if result["resultType"] == "scalar":
            return [({}, float(result["result"][1]))]
        return [(series["metric"], float(series["value"][1])) for series in result["result"]]

    def range(self, expression, start, end, step):
        result = self.ask("query_range", {"query": expression, "start": start, "end": end, "step": step})
        return [(series["metric"], [(float(moment), float(value)) for moment, value in series["values"]]) for series in result["result"]]
