"""What tests of language models in runs share: the scripted server, the program beside it, and what its database holds."""
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import urllib.request

# Of each provider: the variable of its address, what follows the server's, and the variable of its key.
PROVIDERS = {"openai": ("OPENAI_BASE_URL", "/v1", "OPENAI_API_KEY"), "openai-responses": ("OPENAI_BASE_URL", "/v1", "OPENAI_API_KEY"),
             "anthropic": ("ANTHROPIC_BASE_URL", "", "ANTHROPIC_API_KEY"), "azure": ("AZURE_OPENAI_ENDPOINT", "", "AZURE_OPENAI_API_KEY"),
             "ollama": ("OLLAMA_HOST", "", "OLLAMA_API_KEY"), "compatible": ("COMPATIBLE_BASE_URL", "/compatible/v1", "COMPATIBLE_API_KEY")}
ANSWERS = ("belief_stated", "belief_refused", "belief_unparseable", "agent_error")
# Exit codes of runs that can go on later: who stopped them, or what.
LIMIT, MISSING, NOT_ALLOWED, DOWN, CANCELLED = 4, 5, 7, 8, 130
MOST_SECONDS = 120  # of one call of the program


class ScriptedServer:
    """tests/llm_server in a process of its own, which ends with this one."""

    def __init__(self, path, *options):
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([sys.executable, path, "--until-eof", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True)
        self.url = self.process.stdout.readline().strip()

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()
        with self.errors:
            self.errors.seek(0)
            errors = self.errors.read()
        # asyncio itself complains when a client leaves before the end, which is a part of these tests.
        assert "llm_server" not in errors, f"the server told of a defect:\n{errors}"

    def call(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data), timeout=30) as answer:
            return json.load(answer)

    def script(self, *rules):
        self.call("/_script", {"rules": rules})

    def requests(self):
        """Those of providers' wires, the others too that reached the server for whatever reason."""
        return self.call("/_requests")


def environment(url, folder, **more):
    """Of a program that finds every provider at the server, and nothing of this machine's user."""
    variables = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), "OPENAI_API_VERSION": "2024-10-21"}
    for address, path, key in PROVIDERS.values():
        variables |= {address: url + path, key: f"planted-{key.lower()}-0123456789"}
    return {**variables, **more}


def run_id(text):
    """Of the run that a message says how to resume."""
    found = re.search(r"causal-gym runs resume (\S+)", text)
    assert found, f"nothing says how to resume:\n{text}"
    return found[1]


class Workplace:
    """A server, the program and a folder for databases."""

    def __init__(self, program, server, *options):
        self.program, self.server = program, ScriptedServer(server, *options)
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name)
        self.environment = environment(self.server.url, self.folder)

    def close(self):
        self.server.close()
        self.temporary.cleanup()

    def database(self, name):
        return str(self.folder / f"{name}.sqlite")

    def start(self, *arguments, **more):
        """The program under way."""
        return subprocess.Popen([self.program, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env={**self.environment, **more})

    def call(self, *arguments, code=0, **more):
        """Standard output and error of the program, which must end with that code."""
        process = self.start(*arguments, **more)
        try:
            out, err = process.communicate(timeout=MOST_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        assert code in (None, process.returncode), f"{arguments}: exit code {process.returncode}, not {code}\n{err}"
        return out, err


class Records:
    """What a database holds, read while nobody or somebody writes."""

    def __init__(self, path):
        self.path = path

    def rows(self, query, *values):
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30)
        try:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, values)]
        finally:
            connection.close()

    def exchanges(self):
        """In the order of the plan and of the log; `attempts` is a list."""
        rows = self.rows("SELECT * FROM exchanges ORDER BY episode, sequence, number")
        return [{**row, "attempts": json.loads(row["attempts"])} for row in rows]

    def episodes(self):
        return self.rows("SELECT * FROM episodes ORDER BY plan_index")

    def events(self):
        """episode's number -> its log."""
        logs = {}
        for event in self.rows("SELECT * FROM events ORDER BY episode, sequence"):
            logs.setdefault(event["episode"], []).append(event)
        return logs

    def faults_of_logs(self, planned, beliefs_by_environment):
        """What is not as it must be in a finished run of `planned` episodes, each with so many beliefs; nothing when all is well."""
        episodes, logs = self.episodes(), self.events()
        if [one["plan_index"] for one in episodes] != list(range(planned)):
            yield f"the episodes are {[one['plan_index'] for one in episodes]}, not 0 to {planned - 1}"
        for episode in episodes:
            log, beliefs = logs.get(episode["number"], []), beliefs_by_environment[episode["environment"]]
            name = f"episode {episode['plan_index']} ({episode['agent']})"
            kinds = [event["kind"] for event in log]
            if not episode["finished"] or kinds[-1:] != ["episode_ended"] or kinds.count("episode_ended") != 1:
                yield f"{name} has not ended once: {kinds}"
            if [event["sequence"] for event in log] != list(range(len(log))):
                yield f"{name} has a log with gaps"
            asked = [(event["phase"], event["query"]) for event in log if event["kind"] == "belief_requested"]
            answered = [(event["phase"], event["query"]) for event in log if event["kind"] in ANSWERS]
            if len(set(asked)) != beliefs or len(asked) != beliefs or answered != asked:
                yield f"{name} asked {asked} and was answered {answered}"
            if episode["requested"] != beliefs:
                yield f"{name} counts {episode['requested']} requests, not {beliefs}"
            for at, kind in enumerate(kinds):
                if kind == "belief_requested" and kinds[at + 1:at + 2] not in [[answer] for answer in ANSWERS]:
                    yield f"{name}: what follows request {at} is {kinds[at + 1:at + 2]}"
