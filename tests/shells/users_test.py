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

    def listed(self):
        return json.loads(self.users("list", "--json")[0])["users"]

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
        self.assertEqual(set(ada), {"name", "role", "disabled", "password_must_change", "password_expires_at", "created_at"})
        text, _ = self.users("list")
        self.assertIn(f"{ada['created_at']}, first password until {ada['password_expires_at']}\n", text)

    def test_the_list_says_nothing_of_a_password_that_its_user_has_chosen(self):
        self.users("add", "ada", "--role", "admin", given=FIRST + "\n")
        with contextlib.closing(sqlite3.connect(self.folder / "runs.sqlite")) as database, database:  # as POST /api/v1/auth/password leaves it
            database.execute("UPDATE users SET password_must_change = 0, password_expires_at = NULL")
        self.assertIsNone(self.listed()[0]["password_expires_at"])
        text, _ = self.users("list")
        self.assertNotIn("until", text)
        self.assertTrue(text.endswith(self.listed()[0]["created_at"] + "\n"), text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
