"""A list of many runs, as it is paged through over HTTP, on both databases."""
import http.client
import json
import sqlite3
import time

from postgres import Postgres
from sides import MOST_SECONDS, Server

EXPERIMENT = {"environments": ["chain-v1"], "agents": ["ideal"]}
PAGES, PAGE = 400, 50

# Copies of the one run that there is, a second after another, in all the states in which runs end.
COPIES = """
INSERT INTO experiments (id, created_at, specification, state, reason, episodes_planned)
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count} - 1)
SELECT 'r' || n, {moment}, specification,
       CASE n % 3 WHEN 0 THEN 'finished' WHEN 1 THEN 'cancelled' ELSE 'failed' END, '', episodes_planned
FROM experiments, numbers
"""
SQLITE_MOMENT = "strftime('%Y-%m-%dT%H:%M:%S.000Z', 1700000000 + n, 'unixepoch')"
POSTGRES_MOMENT = """to_char(to_timestamp(1700000000 + n) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS".000Z"')"""


def fill_sqlite(file, count):
    with sqlite3.connect(file, timeout=MOST_SECONDS) as database:
        database.execute(COPIES.format(count=count, moment=SQLITE_MOMENT))


def p99_of_pages(server, count):
    """Milliseconds of a page, from the newest run on and from there to the next; each run comes once, in its turn."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=MOST_SECONDS)
    times, seen, cursor = [], [], None
    for _ in range(PAGES):
        begun = time.perf_counter()
        connection.request("GET", f"/api/v1/runs?limit={PAGE}" + (f"&cursor={cursor}" if cursor else ""))
        response = connection.getresponse()
        text = response.read()
        times.append(1e3 * (time.perf_counter() - begun))
        result = json.loads(text)["result"]
        assert response.status == 200 and len(result["runs"]) == PAGE, text
        seen += [run["id"] for run in result["runs"]]
        cursor = result["next_cursor"]
    connection.close()
    assert seen[1:] == [f"r{n}" for n in range(count - 1, count - len(seen), -1)], "not every run in its turn"
    return sorted(times)[int(0.99 * (len(times) - 1))]


def paging_sqlite(count):
    server = Server(CAUSAL_GYM_WORK_IN_SERVER="false")
    server.request("/api/v1/experiments", EXPERIMENT)
    fill_sqlite(server.folder / "runs.sqlite", count)
    measured = p99_of_pages(server, count)
    server.close()
    return measured


def paging_postgres(count):
    postgres = Postgres()
    database = postgres.new_database()
    server = Server(database=postgres.url(database), CAUSAL_GYM_WORK_IN_SERVER="false")
    server.request("/api/v1/experiments", EXPERIMENT)
    postgres.sql(COPIES.format(count=count, moment=POSTGRES_MOMENT) + "; ANALYZE", database)
    measured = p99_of_pages(server, count)
    server.close()
    postgres.close()
    return measured
