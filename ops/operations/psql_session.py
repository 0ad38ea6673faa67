"""One connection to PostgreSQL that stays open, through psql: what is asked of it is seen in one transaction, however much it is."""
import secrets
import tempfile

from operations.errors import CouldNotCheck
from operations.programs import last_lines

# The same texts of values on every server and for every role's settings.
SETTINGS = """
SET client_encoding = 'UTF8';
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'iso_8601';
SET timezone = 'UTC';
SET extra_float_digits = 1;
SET bytea_output = 'hex';
SET xmlbinary = 'base64';
SET search_path = '';
SET quote_all_identifiers = off;
SET statement_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET lock_timeout = '60s';
"""
ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}


class Session:
    """`open_psql` is given words to add to psql's and a file for its errors; it returns the running program."""

    def __init__(self, open_psql, cleanup):
        self.errors = cleanup.enter_context(tempfile.TemporaryFile())
        self.process = open_psql(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"], self.errors)
        cleanup.callback(self.close)
        self.run(SETTINGS)

    def close(self):
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                pipe.close()
            except OSError:  # it could not be told the rest any more
                pass

    def failure(self):
        self.process.wait()
        self.errors.seek(0)
        return CouldNotCheck(f"psql: {last_lines(self.errors.read().decode(errors='replace'))}")

    def lines(self, text):
        """Of what the statements print, as bytes. Results come through COPY, whose end psql passes on at once."""
        mark = secrets.token_hex(16)
        try:
            self.process.stdin.write(f"{text}\n;COPY (SELECT '{mark}') TO STDOUT;\n".encode())
            self.process.stdin.flush()
        except OSError as error:
            raise self.failure() from error
        end = mark.encode() + b"\n"
        while (line := self.process.stdout.readline()) != end:
            if not line:
                raise self.failure()
            yield line

    def run(self, text):
        for _ in self.lines(text):
            pass

    def rows(self, query):
        """Lists of texts, None for NULL."""
        return [[read_value(value) for value in line.decode().rstrip("\n").split("\t")] for line in self.lines(f"COPY ({query}) TO STDOUT")]

    def one(self, query):
        return self.rows(query)[0][0]


def read_value(text):
    """A value as COPY writes it."""
    if text == "\\N":
        return None
    if "\\" not in text:
        return text
    pieces, characters = [], iter(text)
    for character in characters:
        if character == "\\":
            character = next(characters, "")
            character = ESCAPES.get(character, character)
        pieces.append(character)
    return "".join(pieces)


def stack_session(stack, cleanup, *, user="", database=""):
    """At a stack's own PostgreSQL, as the superuser unless `user` says otherwise."""
    argv, environment = stack.sql_command(user or stack.settings.postgres.admin, database or stack.settings.postgres.database)
    return Session(lambda words, errors: stack.open("postgres", [*argv, *words], environment=environment, stderr=errors), cleanup)
