"""A client that keeps all that `causal-gym serve` acknowledges to it, whatever becomes of the server meanwhile."""
import http.client
import json
import threading
import time

PAUSE_SECONDS, MOST_SECONDS = 0.02, 60
OPEN_STATES = ("running", "interrupted")
DESERTED = "was not heard of any more, 5 times in a row"
UNHEARD = (None, None)  # the server died before it had answered


class Client:
    """Launches runs, looks at them and follows their events, from three threads, until it is told to end.

    launch(number) is the body of the number's launch. No more than at_once runs are open at once.
    """

    def __init__(self, port, name, launch, at_once, allowed=(200, 202, 204)):
        self.port, self.name, self.launch, self.at_once, self.allowed = port, name, launch, at_once, allowed
        self.runs = {}      # acknowledged: id -> body of the launch
        self.episodes = {}  # run, environment, agent, trial -> the episode as it was first shown
        self.events = {}    # run, index, sequence -> (phase, regime, kind, text)
        self.finished = {}  # run -> the most finished episodes that were told of
        self.open, self.faults, self.unheard, self.followed, self.tried_again = [], [], 0, 0, 0
        self.is_told = threading.Event()  # set with each acknowledged launch
        self.is_ending = self.is_abandoned = False
        self.threads = [threading.Thread(target=what) for what in (self._launch_all, self._look_all, self._follow_all)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def end(self, seconds):
        """Launches no more, and waits until every run has ended."""
        self.is_ending = True
        deadline = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0, deadline - time.monotonic()))

    def is_over(self):
        return not any(thread.is_alive() for thread in self.threads)

    def abandon(self):
        """Ends, whatever is still open."""
        self.is_ending = self.is_abandoned = True
        for thread in self.threads:
            thread.join()

    def _goes_on(self):
        return not self.is_abandoned and (self.threads[0].is_alive() or self.open)

    def request(self, path, body=None, headers=()):
        """(status, value); UNHEARD where no whole answer came."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=MOST_SECONDS)
        try:
            connection.request("GET" if body is None else "POST", path, None if body is None else json.dumps(body), dict(headers))
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException):
            self.unheard += 1
            return UNHEARD
        finally:
            connection.close()
        if response.status not in self.allowed:
            self.faults.append(f"{path}: {response.status} {text[:500]}")
        return response.status, json.loads(text) if text else None

    def _launch_all(self):
        number = 0
        while not self.is_ending:
            if len(self.open) >= self.at_once:
                time.sleep(PAUSE_SECONDS)
                continue
            body = self.launch(number)
            while (answer := self.request("/api/v1/experiments", body, {"Idempotency-Key": f"{self.name}-{number}"}))[0] != 202:
                if self.is_abandoned or self.faults:
                    return
                time.sleep(PAUSE_SECONDS)
            run = answer[1]["result"]["id"]
            if run in self.runs:
                self.faults.append(f"{run} was launched twice")
            self.runs[run] = body
            self.open.append(run)
            self.is_told.set()
            number += 1

    def _look_all(self):
        while self._goes_on():
            for run in list(self.open):
                status, value = self.request(f"/api/v1/runs/{run}?events=true")
                if status == 404:
                    self.faults.append(f"{run} was acknowledged and is not there")
                    self.open.remove(run)
                elif status == 200 and self._see(run, value["result"]) not in OPEN_STATES and not self._try_again(run, value["result"]):
                    self.open.remove(run)
                time.sleep(PAUSE_SECONDS)
            time.sleep(PAUSE_SECONDS)

    def _see(self, run, told):
        """Keeps what a run is told to be, and gives its state."""
        for episode in told["episodes"]:
            self._keep(self.episodes, (run, episode["environment"], episode["agent"], episode["trial"]), json.dumps(episode, sort_keys=True))
        for log in told["logs"]:
            for event in log["events"]:
                self._keep(self.events, (run, log["index"], event["sequence"]), tuple(event[key] for key in ("phase", "regime", "kind", "text")))
        self._count(run, told["episodes_finished"])
        return told["state"]

    def _try_again(self, run, told):
        """As an operator does with a run of which nothing came between the deaths of five servers."""
        if told["state"] != "failed" or DESERTED not in told["reason"]:
            return False
        self.tried_again += self.request(f"/api/v1/runs/{run}/retry", {})[0] == 204
        return True

    def _keep(self, kept, key, value):
        if kept.setdefault(key, value) != value:
            self.faults.append(f"{key} was {kept[key]} and is {value}")

    def _count(self, run, finished):
        self.finished[run] = max(finished, self.finished.get(run, 0))

    def _follow_all(self):
        last = {}  # run -> id of the last event
        while self._goes_on():
            if self.open:
                self._follow(self.open[-1], last)
            time.sleep(PAUSE_SECONDS)

    def _follow(self, run, last):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=MOST_SECONDS)
        try:
            connection.request("GET", f"/api/v1/runs/{run}/events", headers={"Last-Event-ID": last[run]} if run in last else {})
            response = connection.getresponse()
            if response.status not in self.allowed:
                self.faults.append(f"events of {run}: {response.status} {response.read()[:500]}")
            for line in response:
                name, _, value = line.decode().strip().partition(": ")
                if not line.endswith(b"\n"):
                    break  # cut off
                if name == "id":
                    last[run] = value
                elif name == "data":
                    self._count(run, json.loads(value)["finished"])
                    self.followed += 1
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
