"""What a database of runs holds, read by another road than the program's: psql, or Python's sqlite3."""
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile

import postgres

SAID = "failure IS NULL AND cached = 0"  # of exchanges: a reply that came whole


class Rows:
    def version(self):
        """Of the tables; 0 where there are none."""
        rows = self.rows("SELECT max(version) AS version FROM causal_gym_schema")
        return rows[0]["version"] or 0 if rows else 0


class SqliteRows(Rows):
    def __init__(self, path):
        self.path = path

    def rows(self, query):
        """Each a dict; none where there is no such table yet. Of a copy, so that what a kill left is the program's to mend."""
        with tempfile.TemporaryDirectory() as folder:
            for ending in ("", "-wal"):
                if os.path.exists(self.path + ending):
                    shutil.copyfile(self.path + ending, f"{folder}/copy{ending}")
            connection = sqlite3.connect(f"{folder}/copy")
            try:
                connection.row_factory = sqlite3.Row
                return [dict(row) for row in connection.execute(query)]
            except sqlite3.OperationalError as error:
                if "no such table" not in str(error):
                    raise
                return []
            finally:
                connection.close()

    def recorded(self):
        """The digests of the requests whose reply is on record, each as often as it is."""
        return [digest(row["request"]) for row in self.rows(f"SELECT request FROM exchanges WHERE {SAID}")]

    def check(self):
        assert self.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]


class PostgresRows(Rows):
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
