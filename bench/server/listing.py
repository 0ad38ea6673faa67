"""A list of many runs, as it is filtered, sorted and paged through over HTTP, on both databases."""
import http.client
import json
import sqlite3
import time
import urllib.parse

from postgres import Postgres
from sides import MOST_SECONDS, Server

EXPERIMENT = {"environments": ["chain-v1"], "agents": ["ideal"]}
PAGES, PAGE = 400, 50
PAGES_OF_A_FILTER = 40

# Copies of the one run that there is, a second after another, in all the states in which runs end; some wait for their turn and
# some are interrupted. Of environments and agents half the runs have one and half another, few a third, and the oldest a fourth.
COPIES = """
INSERT INTO experiments (id, created_at, specification, state, claims, reason, episodes_planned)
WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})
SELECT 'r' || n, {moment}, {specification},
       CASE WHEN n % 50 < 2 THEN 'running' WHEN n % 1000 = 7 THEN 'failed' WHEN n % 3 = 0 THEN 'cancelled' ELSE 'finished' END,
       CASE WHEN n % 50 = 1 THEN 1 ELSE 0 END, '', n % 97
FROM numbers, experiments WHERE number = (SELECT min(number) FROM experiments)
"""
AT_ONCE = 5_000
WAITING = "INSERT INTO jobs (experiment, user_id, trace_id) SELECT number, '', '' FROM experiments WHERE state = 'running' AND claims = 0" \
    " AND number NOT IN (SELECT experiment FROM jobs)"
SPECIFICATION = """replace(replace(CAST(specification AS text), '"chain-v1"',
  CASE WHEN n < {count} / 20 THEN '"collider_talent_luck-v1"' WHEN n % 1000 = 3 THEN '"front_door-v1"' WHEN n % 2 = 0 THEN '"chain-v1","ice_cream_crime-v1"'
       ELSE '"confounded_treatment-v1"' END),
  '"ideal"', CASE WHEN n % 2 = 0 THEN '"ideal","seeing"' WHEN n % 1000 = 3 THEN '"random"' ELSE '"stubborn"' END)"""
SQLITE_MOMENT = "strftime('%Y-%m-%dT%H:%M:%S.000Z', 1700000000 + n, 'unixepoch')"
POSTGRES_MOMENT = """to_char(to_timestamp(1700000000 + n) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS".000Z"')"""

ORDERS = ("newest", "oldest", "most_episodes", "fewest_episodes")
# Those that let most through, few, none, and what only the oldest have, alone and together.
FILTERS = (
    {}, {"state": "finished"}, {"state": "failed"}, {"state": "running"}, {"state": "interrupted"}, {"state": "finished,failed"},
    {"environment": "chain-v1"}, {"environment": "collider_talent_luck-v1"}, {"environment": "front_door-v1"}, {"agent": "ideal"},
    {"agent": "reverser"}, {"environment": "chain-v1", "agent": "ideal"}, {"environment": "chain-v1", "agent": "stubborn"},
    {"environment": "front_door-v1", "agent": "random"}, {"environment": "chain-v1", "state": "failed"},
    {"environment": "chain-v1", "agent": "stubborn", "state": "cancelled,finished"},
    {"environment": "collider_talent_luck-v1", "state": "interrupted"}, {"since": "2023-11-15", "until": "2023-11-15"},
    {"since": "2023-11-15T12:00Z", "state": "cancelled", "agent": "seeing"}, {"id_prefix": "r777"},
    {"id_prefix": "r9", "environment": "confounded_treatment-v1"}, {"until": "2023-11-13"})


def copies(count, moment, specification):
    """Statements that together make the list as long as that."""
    for first in range(1, count, AT_ONCE):
        last = min(first + AT_ONCE, count) - 1
        yield COPIES.format(first=first, last=last, moment=moment, specification=specification.format(count=count))


def fill_sqlite(file, count):
    with sqlite3.connect(file, timeout=MOST_SECONDS) as database:
        for statement in copies(count, SQLITE_MOMENT, SPECIFICATION):
            database.execute(statement)
        database.execute(WAITING)


def fill_postgres(postgres, database, count):
    for statement in copies(count, POSTGRES_MOMENT, f"({SPECIFICATION})::json"):
        postgres.sql(statement, database)
    postgres.sql(WAITING, database)
    postgres.sql("VACUUM ANALYZE", database)


class Pages:
    """Pages as a client asks for them, and the milliseconds that each took."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=MOST_SECONDS)

    def page(self, query):
        begun = time.perf_counter()
        self.connection.request("GET", "/api/v1/runs?" + urllib.parse.urlencode(query))
        response = self.connection.getresponse()
        text = response.read()
        taken = 1e3 * (time.perf_counter() - begun)
        assert response.status == 200, (query, text)
        return json.loads(text)["result"], taken

    def follow(self, query, most):
        """The ids and times of up to so many pages."""
        ids, times, cursor = [], [], None
        for _ in range(most):
            result, taken = self.page(query | {"limit": PAGE} | ({"cursor": cursor} if cursor else {}))
            times.append(taken)
            ids += [run["id"] for run in result["runs"]]
            cursor = result["next_cursor"]
            if cursor is None:
                break
        return ids, times


def p99(times):
    return sorted(times)[int(0.99 * (len(times) - 1))]


def p99_of_pages(server, count):
    """Milliseconds of a page, from the newest run on and from there to the next; each run comes once, in its turn."""
    ids, times = Pages(server).follow({}, PAGES)
    assert len(times) == PAGES or count <= PAGES * PAGE, "the list is too short"
    assert ids[1:] == [f"r{n}" for n in range(count - 1, count - len(ids), -1)], "not every run in its turn"
    return p99(times)


def slowest_p99(server):
    """Of every filter in every order: the slowest 99th percentile of its pages, and which it is."""
    pages, slowest, lists = Pages(server), (0.0, ""), {}
    for query in FILTERS:
        for order in ORDERS:
            ids, times = pages.follow(query | {"order": order}, PAGES_OF_A_FILTER)
            while len(times) < PAGES_OF_A_FILTER:  # short lists, again
                times += pages.follow(query | {"order": order}, PAGES_OF_A_FILTER)[1]
            assert len(set(ids)) == len(ids), "a run came twice"
            lists[order] = ids
            slowest = max(slowest, (p99(times), f"{query} {order}"))
        if len(lists["newest"]) < PAGE * PAGES_OF_A_FILTER:  # whole lists
            assert lists["newest"][::-1] == lists["oldest"], query
            assert lists["most_episodes"][::-1] == lists["fewest_episodes"], query
            assert set(lists["newest"]) == set(lists["most_episodes"]), query
    return slowest


def measure(server, count):
    server.request("/api/v1/runs", {"limit": 1})
    return p99_of_pages(server, count), *slowest_p99(server)


def listing_sqlite(count):
    server = Server(CAUSAL_GYM_WORK_IN_SERVER="false")
    server.request("/api/v1/experiments", EXPERIMENT)
    fill_sqlite(server.folder / "runs.sqlite", count)
    measured = measure(server, count)
    server.close()
    return measured


def listing_postgres(count):
    postgres = Postgres()
    database = postgres.new_database()
    server = Server(database=postgres.url(database), CAUSAL_GYM_WORK_IN_SERVER="false")
    server.request("/api/v1/experiments", EXPERIMENT)
    fill_postgres(postgres, database, count)
    measured = measure(server, count)
    server.close()
    postgres.close()
    return measured
