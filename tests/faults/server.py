"""`causal-gym serve` for tests that break what it stands on."""
import json
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

MOST_SECONDS = 60
EXPERIMENT = {"environments": ["chain-v1"], "agents": ["ideal"]}


class Server:
    """On the given or a free port with the given database; `wrapped` runs it."""

    def __init__(self, program, database, wrapped=(), port=0):
        self.log = []
        self.process = subprocess.Popen([*wrapped, program, "serve", "--port", str(port), "--metrics-port", "0", "--database", database],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        listening = next((json.loads(line) for line in self._lines() if '"listening"' in line), None)
        assert listening, "the server ended before it listened"
        self.address = f"http://127.0.0.1:{listening['port']}"
        self.reader = threading.Thread(target=self._read_log)
        self.reader.start()

    def _lines(self):
        for line in self.process.stderr:
            self.log.append(line)
            yield line

    def _read_log(self):
        for _ in self._lines():
            pass

    def request(self, path, body=None):
        """(status, value) of one request."""
        data = None if body is None else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(self.address + path, data), timeout=MOST_SECONDS) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def launch(self, **more):
        return self.request("/api/v1/experiments", {**EXPERIMENT, **more})

    def launched(self, **more):
        """The id of an experiment that the server took."""
        status, value = self.launch(**more)
        assert status == 202, value
        return value["result"]["id"]

    def summary(self, run):
        """Without its episodes, as whoever looks often had better ask."""
        status, value = self.request("/api/v1/runs?limit=200")
        assert status == 200, value
        return next(each for each in value["result"]["runs"] if each["id"] == run)

    def state(self, run):
        return self.summary(run)["state"]

    def finished(self, run, seconds=MOST_SECONDS):
        """Waits until the run has ended, and gives how."""
        deadline = time.monotonic() + seconds
        while (state := self.state(run)) in ("running", "interrupted"):
            assert time.monotonic() < deadline, f"{run} is still {state}\n{self.events()}"
            time.sleep(0.02)
        return state

    def events(self):
        """What the log says beside the requests."""
        return "".join(line for line in self.log if '"event":"request"' not in line)

    def end(self, how=signal.SIGTERM):
        """Its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(MOST_SECONDS)
        self.reader.join()
        self.process.stderr.close()
        return code
