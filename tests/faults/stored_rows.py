"""What a database of runs holds, read by another road than the program's: psql, or Python's sqlite3."""
import hashlib
import json
import os
import sqlite3
import subprocess

import postgres

SAID = "failure IS NULL AND cached = 0"  # of exchanges: a reply that came whole


class SqliteRows:
    def __init__(self, path):
        self.path = path

    def rows(self, query):
        """Each a dict; none where there is no such table yet."""
        if not os.path.exists(self.path):
            return []
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30)
        try:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query)]
        except sqlite3.OperationalError as error:
            # Whoever only reads cannot make the log of a database that was made a moment ago.
            if "no such table" not in str(error) and "unable to open" not in str(error):
                raise
            return []
        finally:
            connection.close()

    def recorded(self):
        """The digests of the requests whose reply is on record, each as often as it is."""
        return [digest(row["request"]) for row in self.rows(f"SELECT request FROM exchanges WHERE {SAID}")]

    def check(self):
        assert self.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]


class PostgresRows:
    def __init__(self, server, database):
        self.server, self.database = server, database

    def psql(self, query):
        """What it prints; nothing where there is no such table yet."""
        done = subprocess.run(["psql", "-X", "-A", "-t", "-h", "127.0.0.1", "-p", str(self.server.port), "-U", "postgres", "-d", self.database, "-c", query],
                              capture_output=True, text=True, env={**os.environ, "PGPASSWORD": postgres.PASSWORD}, timeout=postgres.MOST_SECONDS)
        assert done.returncode == 0 or "does not exist" in done.stderr, done.stderr
        return done.stdout.strip()

    def rows(self, query):
        return json.loads(self.psql(f"SELECT coalesce(json_agg(told), '[]') FROM ({query}) AS told") or "[]")

    def recorded(self):
        return self.psql(f"SELECT encode(sha256(convert_to(request, 'UTF8')), 'hex') FROM exchanges WHERE {SAID}").split()

    def check(self):
        pass


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()
