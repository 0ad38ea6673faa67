#!/usr/bin/env python3
"""Every fault of the test server, on every provider's wire, streamed or not: what a run of the built program makes of it.

usage: fault_matrix_test.py PROGRAM LLM_SERVER

The tables below say what must come of a fault: whether the same request can be welcome later (WIRE 2.6: 408, 409, 429, from 500
on, broken connections; besides, replies that break off or break their format, as asking again harms nobody), what kind of
failure it is, and how many requests that makes. They are read off the providers' documents, not off the program. What may pass,
and did not pass in time, leaves its episode: the run says so, and is finished when the server is well.
"""
import concurrent.futures
import dataclasses
import email.utils
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
PROGRAM, SERVER = sys.argv[1:3]
sys.path.insert(0, str(pathlib.Path(SERVER).parent))
import faults  # noqa: E402
from model_run import DOWN, LIMIT as USED_UP, MISSING, NOT_ALLOWED, PROVIDERS, Records, Workplace, run_id  # noqa: E402

ATTEMPTS = 5  # requests of one call at most
BELIEFS = 2  # of an episode: one before and one after the intervention
ENVIRONMENT = "chain-v1"
QUESTIONS = ["-e", ENVIRONMENT, "-i", "set fire=true", "-b", "P(alarm)"]
OPENAI_LIKE = ("openai", "azure", "compatible")
# Enough to be over what the program reads of a reply, which is 16 MiB.
OVERSIZE = {"kind": "oversize", "bytes": 17 * 2**20}
AT_ONCE = 4  # programs


# The kinds of failures that are not about what was asked.
OUTAGES = {"rate_limited", "overloaded", "server", "connection", "timeout", "interrupted"}
LEFT = "left"  # the episode, for another time


@dataclasses.dataclass(frozen=True)
class Verdict:
    """outcome: of the belief, or LEFT. failure: of each attempt that fails. attempts: requests when the fault does not go away."""
    outcome: str
    failure: str | None = None
    attempts: int = 1


ANSWERED, REFUSED = Verdict("stated"), Verdict("refused")


def again(failure):
    return Verdict(LEFT if failure in OUTAGES else "agent_error", failure, ATTEMPTS)


def never(failure):
    return Verdict(LEFT if failure in OUTAGES else "agent_error", failure)


def streamed(when_streamed, otherwise):
    return lambda provider, stream: when_streamed if stream else otherwise


def status(number, verdict, **fault):
    return {"kind": "status", "status": number, **fault}, verdict


def filtered(provider, stream):
    return None if provider in ("ollama", "compatible") else REFUSED


def of_stream_error(provider, stream):
    # Ollama's words in the middle of a stream name no cause.
    return again("server") if provider == "ollama" and stream else again("overloaded")


# name -> (fault, verdict or what gives it by provider and stream; None where the provider has no such fault)
MATRIX = {
    "status-400": status(400, never("invalid_request")), "status-408": status(408, again("timeout")),
    "status-409": status(409, again("server")), "status-418": status(418, never("invalid_request"), form="text"),
    "status-422": status(422, never("invalid_request")), "status-500": status(500, again("server")),
    "status-502": status(502, again("server"), form="html"), "status-503": status(503, again("overloaded"), form="empty"),
    "status-504": status(504, again("timeout"), form="text"), "status-529": status(529, again("overloaded")),
    "told-not-to": status(500, never("server"), headers={"x-should-retry": "false"}),
    "told-to": status(400, again("invalid_request"), headers={"x-should-retry": "true"}),
    "rate-limited": ({"kind": "rate_limited"}, again("rate_limited")),
    "waits-too-long": ({"kind": "rate_limited", "retry": "seconds", "wait_s": 50}, never("rate_limited")),
    "overloaded": ({"kind": "overloaded"}, again("overloaded")),
    "too-large": ({"kind": "too_large"}, never("too_large")), "context": ({"kind": "context_length"}, never("too_large")),
    "prompt-filtered": ({"kind": "prompt_filtered"}, filtered),
    "slow-first-byte": ({"kind": "slow_first_byte", "delay_ms": 100}, ANSWERED),
    "slow-stream": ({"kind": "slow_stream", "gap_ms": 2}, ANSWERED), "unknown-events": ({"kind": "unknown_events"}, ANSWERED),
    "cut": ({"kind": "cut"}, again("interrupted")), "cut-early": ({"kind": "cut", "after": 0}, again("interrupted")),
    # A stream that has said its last word was a whole reply, however its connection ends.
    "cut-late": ({"kind": "cut", "after": 99}, streamed(ANSWERED, again("interrupted"))),
    "cut-header": ({"kind": "cut_header"}, again("interrupted")),
    "reset": ({"kind": "reset"}, again("connection")), "reset-later": ({"kind": "reset", "after": 2}, again("interrupted")),
    "malformed": ({"kind": "malformed"}, again("malformed")), "not-json": ({"kind": "content_type", "value": "text/plain"}, again("malformed")),
    "web-page": ({"kind": "content_type"}, again("server")),
    "oversize": (OVERSIZE, never("too_large")),
    "empty": ({"kind": "empty_body"}, streamed(again("interrupted"), again("malformed"))),
    "stream-error": ({"kind": "stream_error"}, of_stream_error),
    "failed": ({"kind": "failed"}, lambda provider, stream: again("server") if provider == "openai-responses" else None),
    "no-end": ({"kind": "no_end"}, streamed(again("interrupted"), ANSWERED)),
}
# Where time is what goes wrong; the program is told to wait for no reply longer than LATE_S.
LATE_S = 2
LATE = {
    "stall": ({"kind": "stall"}, again("timeout")),
    "late": ({"kind": "slow_first_byte", "delay_ms": (LATE_S + 60) * 1_000}, again("timeout")),
}
# Parameters that a model may refuse: name -> what each provider calls it. Where it can be left out, the next request does.
SCHEMA = {"openai": "response_format", "openai-responses": "text.format", "anthropic": "output_config.format", "azure": "response_format",
          "ollama": "format", "compatible": "response_format"}
LIMIT = {"openai": "max_completion_tokens", "azure": "max_completion_tokens", "compatible": "max_tokens"}
MAY_BE_LEFT_OUT = {"temperature": dict.fromkeys(PROVIDERS, "temperature"), "schema": SCHEMA, "limit": LIMIT,
                   "stream-usage": dict.fromkeys(OPENAI_LIKE, "stream_options")}
NEEDED = {"anthropic": ("max_tokens", "unsupported_parameter"), "openai-responses": ("max_output_tokens", "unsupported_parameter"),
          "ollama": ("num_predict", "invalid_request")}  # Ollama says so in words alone, which name nothing that can be left out
# What stops a provider or a model, as no further request could end otherwise.
STOPS = {"authentication": "authentication", "forbidden": "forbidden", "not_found": "not_found", "redirect": "not_found", "quota": "quota", "billing": "quota"}
EXIT_CODES = {"authentication": NOT_ALLOWED, "forbidden": NOT_ALLOWED, "not_found": MISSING, "redirect": MISSING, "quota": USED_UP, "billing": USED_UP}
# How long a provider asks to be left alone, and in which words; longer than the program's own first wait, which is 1.5 s at most.
WAIT_S, MOST_OWN_WAIT_S, MOST_WAIT_S = 2, 1.5, 6
FORMS = {"seconds": PROVIDERS, "milliseconds": PROVIDERS, "date": PROVIDERS, "none": PROVIDERS,
         "reset": ("openai", "openai-responses", "anthropic", "azure", "compatible")}


@dataclasses.dataclass
class Cell:
    """One agent, and what its exchanges must be. attempts: of each exchange, the failures of its requests, None the answer.
    is_left: after the first exchange, until the run goes on."""
    provider: str
    model: str
    stream: bool
    options: tuple
    outcomes: list
    attempts: list
    is_left: bool = False

    @property
    def agent(self):
        options = ",".join([*self.options, *(["stream=on"] if self.stream else [])])
        return f"{self.provider}/{self.model}" + (f"({options})" if options else "")

    def before_it_goes_on(self):
        return dataclasses.replace(self, outcomes=[], attempts=self.attempts[:1]) if self.is_left else self

    @property
    def requests(self):
        return sum(map(len, self.attempts))


def cells_of(table, provider, stream):
    for name, (_, verdict) in table.items():
        verdict = verdict(provider, stream) if callable(verdict) else verdict
        if verdict is None:
            continue
        lasting = [verdict.failure] * verdict.attempts
        if verdict.outcome == LEFT:
            yield Cell(provider, f"{name}-always", stream, (), ["stated"] * BELIEFS, [lasting, *[[None]] * BELIEFS], is_left=True)
        else:
            yield Cell(provider, f"{name}-always", stream, (), [verdict.outcome] * BELIEFS, [lasting] * BELIEFS)
        if verdict.attempts > 1:
            yield Cell(provider, f"{name}-once", stream, (), ["stated"] * BELIEFS, [[verdict.failure, None]] * BELIEFS)


def rules_of(table):
    """The first request of a body, or all, get the fault; what is left, an answer."""
    rules = []
    for name, (fault, _) in table.items():
        rules.append({"match": {"model": f"{name}-always"}, "fault": fault, "answer": {"belief": 0.25}})
        rules.append({"match": {"model": f"{name}-once", "attempt": 1}, "fault": fault, "answer": {"belief": 0.25}})
    return [*rules, {"answer": {"belief": 0.25}}]


class FaultMatrix(unittest.TestCase):
    def setUp(self):
        self.place = Workplace(PROGRAM, SERVER, "--keep", "100000")

    def tearDown(self):
        self.place.close()

    def run_cells(self, name, cells, *options):
        """One run of them all, no provider of which is given up; returns its database."""
        left = any(cell.is_left for cell in cells)
        _, err = self.place.call("run", *QUESTIONS, *(part for cell in cells for part in ("-a", cell.agent)), "--database", self.place.database(name),
                                 "--json", "--max-failures", "1000", *options, code=DOWN if left else 0)
        if left:
            self.assertIn(f"{sum(cell.is_left for cell in cells)} of {len(cells)} episodes are left: ", err)
        return Records(self.place.database(name))

    def run_in_parts(self, parts, *options):
        """(cells, records) of each part, several under way at once."""
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            under_way = [(cells, pool.submit(self.run_cells, f"part{at}", cells, *options)) for at, cells in enumerate(parts)]
            return [(cells, one.result()) for cells, one in under_way]

    def check_left(self, cells, records):
        """Until it goes on, an episode that is left holds its question and no answer."""
        self.assertEqual([one["finished"] for one in records.episodes()], [int(not cell.is_left) for cell in cells])
        logs = records.events()
        for cell, episode in zip(cells, records.episodes()):
            if cell.is_left:
                self.assertEqual(logs[episode["number"]][-1]["kind"], "belief_requested", cell.agent)

    def check_cells(self, cells, records):
        agents = {episode["plan_index"]: episode for episode in records.episodes()}
        exchanges = {}
        for exchange in records.exchanges():
            exchanges.setdefault(exchange["episode"], []).append(exchange)
        measured = records.rows("SELECT e.plan_index, m.outcome FROM belief_measurements m JOIN episodes e ON e.number = m.episode "
                                "ORDER BY e.plan_index, m.position")
        for index, cell in enumerate(cells):
            with self.subTest(agent=cell.agent):
                self.assertEqual(agents[index]["agent"], cell.agent)
                kept = exchanges.get(index, [])
                self.assertEqual([[one["failure"] for one in exchange["attempts"]] for exchange in kept], cell.attempts)
                self.assertEqual([exchange["failure"] for exchange in kept], [attempts[-1] for attempts in cell.attempts])
                self.assertEqual([one["outcome"] for one in measured if one["plan_index"] == index], cell.outcomes)
                self.assertEqual({(one["provider"], one["model"], one["stream"], one["cached"]) for one in kept},
                                 {(cell.provider, cell.model, int(cell.stream), 0)})

    def check_requests(self, cells, requests):
        """The server saw what the exchanges tell, no more and no less."""
        seen = {}
        for request in requests:
            self.assertIn(request["provider"], PROVIDERS, f"{request['path']} was asked for")
            model = request["body"]["model"]
            key = (request["provider"], model, bool(request["body"].get("stream")))
            seen[key] = seen.get(key, 0) + 1
            self.assertNotIn("refused", request["decided"])
        for cell in cells:
            with self.subTest(agent=cell.agent):
                self.assertEqual(seen.pop((cell.provider, cell.model, cell.stream), 0), cell.requests)
        self.assertEqual(seen, {})

    def check(self, parts):
        """The runs as they ended, and, where something is left, as they end when they go on and the server is well."""
        left = [(cells, records) for cells, records in parts if any(cell.is_left for cell in cells)]
        for cells, records in left:
            self.check_left(cells, records)
            self.check_cells([cell.before_it_goes_on() for cell in cells], records)
        if left:
            self.check_requests([cell.before_it_goes_on() for cells, _ in parts for cell in cells], self.place.server.requests())
            self.place.server.script({"answer": {"belief": 0.25}})
        for _, records in left:
            self.place.call("runs", "resume", records.rows("SELECT id FROM experiments")[0]["id"], "--database", records.path)
        for cells, records in parts:
            self.assertEqual(list(records.faults_of_logs(len(cells), {ENVIRONMENT: BELIEFS})), [])
            self.check_cells(cells, records)
        self.check_requests([cell for cells, _ in parts for cell in cells], self.place.server.requests())

    def test_the_tables_know_every_fault_of_the_server(self):
        tables = [fault["kind"] for fault, _ in [*MATRIX.values(), *LATE.values()]]
        self.assertEqual({*tables, *STOPS, "unsupported_parameter"}, faults.ERRORS | set(faults.FIELDS))
        for name in ("prompt_filtered", "failed"):
            verdict = MATRIX[name.replace("_", "-")][1]
            self.assertEqual({(name, provider) for provider in PROVIDERS if verdict(provider, False) is None},
                             {pair for pair in faults.NOT_APPLICABLE if pair[0] == name})

    def test_each_fault_ends_in_its_outcome_with_the_right_number_of_requests(self):
        self.place.server.script(*rules_of(MATRIX))
        parts = [list(cells_of(MATRIX, provider, stream)) for provider in PROVIDERS for stream in (False, True)]
        self.check(self.run_in_parts(parts, "--max-retry-wait", "0.05"))

    def test_what_does_not_come_in_time_is_asked_for_again(self):
        self.place.server.script(*rules_of(LATE))
        cells = [cell for provider in PROVIDERS for stream in (False, True) for cell in cells_of(LATE, provider, stream)]
        self.check(self.run_in_parts([cells], "--max-retry-wait", "0.05", "--timeout", str(LATE_S)))

    def test_a_refused_parameter_is_left_out_where_it_can_be(self):
        cells, rules = [], []
        for name, parameters in MAY_BE_LEFT_OUT.items():
            for provider, parameter in parameters.items():
                fault = {"kind": "unsupported_parameter", "parameter": parameter}
                rules.append({"match": {"model": name, "provider": provider}, "fault": fault, "answer": {"belief": 0.25}})
                for stream in [True] if name == "stream-usage" else [False, True]:
                    # Once it is known what a model refuses, nothing is asked in vain.
                    cells.append(Cell(provider, name + "-s" * stream, stream, ("temperature=0.5",), ["stated"] * BELIEFS,
                                      [["unsupported_parameter", None], [None]]))
        for provider, (parameter, failure) in NEEDED.items():
            rules.append({"match": {"model": "needed", "provider": provider}, "fault": {"kind": "unsupported_parameter", "parameter": parameter}})
            cells += [Cell(provider, "needed", stream, (), ["agent_error"] * BELIEFS, [[failure]] * BELIEFS) for stream in (False, True)]
        for rule in rules:
            rule["match"]["model"] += "*"
        self.place.server.script(*rules)
        self.check(self.run_in_parts([cells], "--max-retry-wait", "0.05"))

    def test_a_provider_is_left_alone_as_long_as_it_asks(self):
        # Azure says so too when only its minute is used up, which its short wait tells apart.
        asked = [(form, provider) for form, providers in FORMS.items() for provider in providers] + [("throttle", "azure")]
        cells = [Cell(provider, form, stream, (), ["stated"] * BELIEFS, [["rate_limited", None], [None]]) for form, provider in asked
                 for stream in (False, True)]
        # Only first requests, which all come at the moment that their Date says.
        rules = [{"match": {"model": cell.model, "provider": cell.provider, "stream": cell.stream}, "times": 1, "fault": self.wait_fault(cell.model)}
                 for cell in cells]
        self.place.server.script(*rules, {"answer": {"belief": 0.25}})
        parts = self.run_in_parts([cells], "--max-retry-wait", str(MOST_WAIT_S))
        self.check(parts)
        self.check_waits(parts[0][1], self.place.server.requests())

    @staticmethod
    def wait_fault(form):
        headers = {"date": email.utils.formatdate(usegmt=True)}
        if form == "throttle":
            return {"kind": "quota", "headers": {"retry-after": str(WAIT_S)}}
        return {"kind": "rate_limited", "retry": form, "wait_s": WAIT_S, "headers": headers}

    def check_waits(self, records, requests):
        for exchange in [one for one in records.exchanges() if len(one["attempts"]) > 1]:
            form, provider = exchange["model"], exchange["provider"]
            with self.subTest(form=form, provider=provider, stream=exchange["stream"]):
                waited = exchange["attempts"][1]["waited_seconds"]
                times = [one["time_ms"] for one in requests if one["body_text"] == exchange["request"] and one["provider"] == provider]
                self.assertEqual(len(times), 2)
                self.assertGreaterEqual((times[1] - times[0]) / 1_000, waited - 0.01)
                if form == "none":
                    self.assertLessEqual(waited, MOST_OWN_WAIT_S)
                elif form == "date" or (form, provider) == ("reset", "anthropic"):  # whole seconds, since the script was written
                    self.assertTrue(WAIT_S <= waited <= MOST_WAIT_S, waited)
                else:
                    self.assertTrue(WAIT_S <= waited <= WAIT_S * 1.1 + 0.001, waited)

    def test_what_no_request_can_mend_stops_the_run_which_can_go_on_later(self):
        trials = 3
        cells = [(kind, provider, stream) for kind in STOPS for provider in PROVIDERS for stream in (False, True)
                 if (kind, provider) not in faults.NOT_APPLICABLE]
        rules = [{"match": {"model": f"{kind}-*", "nth": {"from": 3}}, "fault": {"kind": kind}} for kind in STOPS]
        self.place.server.script(*rules, {"answer": {"belief": 0.25}})
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            stopped = list(pool.map(lambda cell: self.stop_a_run(*cell, trials), cells))
            before = self.place.server.requests()
            for cell, _, records in stopped:
                self.check_stopped(cell, records, before)
            self.place.server.script({"answer": {"belief": 0.25}})
            list(pool.map(lambda one: self.place.call("runs", "resume", one[1], "--json", "--database", one[2].path), stopped))
        after = self.place.server.requests()
        for cell, _, records in stopped:
            with self.subTest(cell=cell):
                self.assertEqual(list(records.faults_of_logs(trials, {ENVIRONMENT: BELIEFS})), [])
                said = [one for one in records.exchanges() if one["failure"] is None and not one["cached"]]
                self.assertEqual(len(said), trials * BELIEFS)
                self.assertEqual(sum(self.is_of(cell, one) and one["decided"].endswith("rule 0") for one in after[len(before):]), trials * BELIEFS - 2)
                self.assertEqual({one["outcome"] for one in records.rows("SELECT outcome FROM belief_measurements")}, {"stated"})

    def stop_a_run(self, kind, provider, stream, trials):
        model = f"{kind}-{'stream' if stream else 'whole'}"
        database = self.place.database(f"{provider}-{model}")
        agent = f"{provider}/{model}" + ("(stream=on)" if stream else "")
        _, err = self.place.call("run", *QUESTIONS, "-a", agent, "--trials", str(trials), "--database", database, "--json", "--max-retry-wait", "0.05",
                                 code=EXIT_CODES[kind])
        self.assertIn(STOPS[kind], err)
        return (kind, provider, stream, model), run_id(err), Records(database)

    @staticmethod
    def is_of(cell, request):
        _, provider, stream, model = cell
        return (request["provider"], request["body"]["model"], bool(request["body"].get("stream"))) == (provider, model, stream)

    def check_stopped(self, cell, records, requests):
        """Two requests were answered; of the others none was tried again, and each is told as what it was."""
        with self.subTest(cell=cell):
            exchanges = records.exchanges()
            failed = [one for one in exchanges if one["failure"] is not None]
            self.assertEqual(len(exchanges) - len(failed), 2)
            self.assertGreaterEqual(len(failed), 1)
            self.assertLessEqual({one["failure"] for one in failed}, {STOPS[cell[0]], "cancelled"})
            self.assertEqual({len(one["attempts"]) for one in exchanges}, {1})
            self.assertEqual(sum(self.is_of(cell, one) for one in requests), len(exchanges))
            self.assertEqual({one["kind"] for log in records.events().values() for one in log} & {"agent_error"}, set())


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
