"""Readers of a server through nginx while operators work on it: each request is one that may be repeated, none may fail."""
import http.client
import threading
import time
import urllib.parse

GONE = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)
PAUSE_SECONDS, MOST_SECONDS = 0.05, 30


class Load:
    """Half of the readers keep their connection, half make a new one each time. `headers` gives those of one request.

    A kept connection that was closed before any byte of an answer is made anew once, as HTTP allows and every client does (RFC 9110, 9.2.2).
    """

    def __init__(self, url, paths, readers=4, headers=dict):
        self.address, self.paths, self.headers = urllib.parse.urlsplit(url).netloc, paths, headers
        self.count, self.reopened, self.failures = 0, 0, []
        self.ending, self.lock = threading.Event(), threading.Lock()
        self.threads = [threading.Thread(target=self.read, args=(number, number % 2 == 0), daemon=True) for number in range(readers)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        for thread in self.threads:
            thread.join(MOST_SECONDS)

    def read(self, number, keep):
        connection = None
        while not self.ending.is_set():
            fresh = connection is None
            connection = connection or http.client.HTTPConnection(self.address, timeout=MOST_SECONDS)
            path = self.paths[(number + self.count) % len(self.paths)]
            try:
                status, text = self.ask(connection, path, keep)
                if status >= 400:
                    self.failed(f"{path} was answered {status}: {text[:200]!r}")
            except GONE as error:
                connection.close()
                connection = None
                if fresh:
                    self.failed(f"{path}: {error!r}")
                else:
                    self.reopened += 1
                continue
            except (OSError, http.client.HTTPException) as error:
                self.failed(f"{path}: {error!r}")
                keep_it = False
            else:
                keep_it = keep
            with self.lock:
                self.count += 1
            if not keep_it:
                connection.close()
                connection = None
            time.sleep(PAUSE_SECONDS)

    def ask(self, connection, path, keep):
        connection.request("GET", path, headers={"Connection": "keep-alive" if keep else "close", **self.headers()})
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, text

    def failed(self, what):
        with self.lock:
            self.failures.append(f"{time.strftime('%H:%M:%S')} {what}")

    def assert_none_failed(self, least=50):
        assert not self.failures, self.failures[:5]
        assert self.count >= least, f"only {self.count} requests were made"
