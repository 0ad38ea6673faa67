"""A receiver of Alertmanager's webhooks that remembers what came, for drills: it listens for as long as it is wanted, and holds little."""
import http.server
import json
import threading
import time

MOST_BODY_BYTES, MOST_MESSAGES, CLIENT_SECONDS = 1 << 20, 200, 5


class Handler(http.server.BaseHTTPRequestHandler):
    timeout = CLIENT_SECONDS

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MOST_BODY_BYTES:
            return self.answer(413)
        try:
            message = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            return self.answer(400)
        return self.answer(200 if self.server.take(self.path, message) else 503)

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """What came is told by who waits for it."""


class WebhookReceiver(http.server.ThreadingHTTPServer):
    """A context: it listens within."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address="127.0.0.1", port=0):
        self.messages, self.changed = [], threading.Condition()
        super().__init__((address, port), Handler)
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def url(self):
        return f"http://{self.server_address[0]}:{self.server_address[1]}"

    def take(self, path, message):
        with self.changed:
            if len(self.messages) >= MOST_MESSAGES:
                return False
            self.messages.append((path, message))
            self.changed.notify_all()
            return True

    def alerts(self, path=None):
        """Of all messages so far, with the message's status: (labels, status, annotations)."""
        with self.changed:
            messages = [message for where, message in self.messages if path in (None, where) and isinstance(message, dict)]
        return [(alert.get("labels", {}), alert.get("status"), alert.get("annotations", {}))
                for message in messages for alert in message.get("alerts", ()) if isinstance(alert, dict)]

    def wait_for(self, condition, seconds):
        """The first true value that the condition has of this receiver, or None when the time is over."""
        end = time.monotonic() + seconds
        while not (value := condition(self)):
            left = end - time.monotonic()
            if left <= 0:
                return None
            with self.changed:
                self.changed.wait(min(left, 0.5))
        return value

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.thread.join()
        self.server_close()
