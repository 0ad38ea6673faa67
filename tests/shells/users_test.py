#!/usr/bin/env python3
"""The users of a database, as its operator sees and changes them: `causal-gym users`.

usage: users_test.py PROGRAM
"""
import contextlib
import datetime
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import unittest

PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
FIRST = "plausible-heron-42-basin"
KEY = "0123456789abcdef0123456789abcdef"
WEEK = datetime.timedelta(days=7)


class Users(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def users(self, *arguments, given="", **variables):
        """(standard output, standard error) of `causal-gym users`, which must end well."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "CAUSAL_GYM_CONFIG": "/dev/null",
                       "DATABASE_URL": str(self.folder / "runs.sqlite"), **variables}
        done = subprocess.run([PROGRAM, "users", *arguments], input=given, capture_output=True, text=True, env=environment, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout, done.stderr

    def listed(self, **variables):
        return json.loads(self.users("list", "--json", **variables)[0])["users"]

    def execute(self, statement):
        with contextlib.closing(sqlite3.connect(self.folder / "runs.sqlite")) as database, database:
            database.execute(statement)

    def logged(self, **variables):
        """The log of a server up to where it listens."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "CAUSAL_GYM_CONFIG": "/dev/null",
                       "DATABASE_URL": str(self.folder / "runs.sqlite"), "JWT_SECRET_KEY": KEY,
                       "CAUSAL_GYM_PORT": "0", "CAUSAL_GYM_METRICS_PORT": "0", **variables}
        server = subprocess.Popen([PROGRAM, "serve"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
        self.addCleanup(server.stdout.close)
        try:
            lines = []
            for line in server.stdout:
                lines.append(json.loads(line))
                if lines[-1]["event"] == "listening":
                    return lines
            self.fail(lines)
        finally:
            server.terminate()
            server.wait(30)

    def test_the_list_tells_until_when_a_first_password_is_good(self):
        before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        _, said = self.users("add", "ada", "--role", "admin", given=FIRST + "\n")
        after = datetime.datetime.now(datetime.timezone.utc)
        (ada,) = self.listed()
        until = datetime.datetime.fromisoformat(ada["password_expires_at"].replace("Z", "+00:00"))
        self.assertLessEqual(before + WEEK, until)
        self.assertLessEqual(until, after + WEEK)
        self.assertIn(ada["password_expires_at"], said)
        self.assertTrue(ada["password_must_change"])
        self.assertEqual(ada["second_factor"], "none")
        self.assertEqual(set(ada), {"second_factor", "name", "role", "disabled", "password_must_change", "password_expires_at", "created_at"})
        text, _ = self.users("list")
        self.assertIn(f"{ada['created_at']}, first password until {ada['password_expires_at']}\n", text)

    def test_the_list_says_nothing_of_a_password_that_its_user_has_chosen(self):
        self.users("add", "ada", "--role", "admin", given=FIRST + "\n")
        # As POST /api/v1/auth/password leaves it.
        self.execute("UPDATE users SET password_must_change = 0, password_expires_at = NULL")
        self.assertIsNone(self.listed()[0]["password_expires_at"])
        text, _ = self.users("list")
        self.assertNotIn("until", text)
        self.assertTrue(text.endswith(self.listed()[0]["created_at"] + "\n"), text)

    def test_a_device_that_no_key_opens_is_told_of_in_list_and_log(self):
        self.users("add", "ada", "--role", "admin", given=FIRST + "\n")
        self.assertNotIn("second_factors_not_opened", [line["event"] for line in self.logged()])
        self.execute("INSERT INTO second_factors (user_id, secret, confirmed, last_step, created_at)"
                     " SELECT id, 'gone:sealed', 1, 0, 0 FROM users")
        self.assertEqual(self.listed()[0]["second_factor"], "no_key")
        self.assertIn("second factor (no auth.second_factor_key here)\n", self.users("list")[0])
        other = {"CAUSAL_GYM_AUTH_SECOND_FACTOR_KEY": f"other:{KEY}"}
        self.assertEqual(self.listed(**other)[0]["second_factor"], "another_key")
        for variables, any_key in (({}, False), (other, True)):
            (told,) = [line for line in self.logged(**variables) if line["event"] == "second_factors_not_opened"]
            self.assertEqual((told["level"], told["users"], told["any_key"]), ("ERROR", 1, any_key))
            self.assertIn("causal-gym users reset-second-factor", told["next"])
        self.users("reset-second-factor", "ada")
        self.assertEqual(self.listed()[0]["second_factor"], "none")
        self.assertNotIn("second_factors_not_opened", [line["event"] for line in self.logged()])


if __name__ == "__main__":
    unittest.main(verbosity=2)
