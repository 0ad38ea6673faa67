#!/usr/bin/env python3
"""The configuration of the built program: `config check`, `config show`, and a server that refuses a wrong one.

usage: config_test.py PROGRAM
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import tomllib
import unittest

PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
PASSWORD = "k1tten/@?s"
URL = f"postgresql://causal_user:{PASSWORD}@db:5432/causal_experiments"


class Config(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def environment(self, **variables):
        """Nothing of the machine's but PATH; no file of its own is found."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "CAUSAL_GYM_CONFIG": "/dev/null", **variables}

    def call(self, *arguments, code=0, **variables):
        """(standard output, standard error) of the program, which must end with that code."""
        done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, env=self.environment(**variables),
                              stdin=subprocess.DEVNULL, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertNotIn(PASSWORD, done.stdout + done.stderr)
        return done.stdout, done.stderr

    def file(self, text):
        path = self.folder / "c.toml"
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    def test_a_right_configuration_is_said_to_be(self):
        path = self.file("[server]\nport = 9000\n")
        self.assertEqual(self.call("config", "check", "--config", path),
                         (f"the configuration is right; file read: {path}\n", ""))
        self.assertEqual(self.call("config", "check", CAUSAL_GYM_CONFIG=path)[0],
                         f"the configuration is right; file read: {path}\n")

    def test_all_errors_are_told_and_nothing_else(self):
        path = self.file(f'[server]\nprot = 1\n[database]\nurl = "mysql://u:{PASSWORD}@h/d"\n')
        for command in (["config", "check"], ["config", "show"], ["serve"]):
            out, err = self.call(*command, "--config", path, code=2, CAUSAL_GYM_THREADS="0")
            self.assertEqual(out, "")
            self.assertEqual(err, f"""\
causal-gym: unknown_name: no key 'server.prot' ({path}, line 2, column 1); did you mean 'server.port'?
causal-gym: invalid_argument: database.url is 'mysql://u:[masked]@h/d', not a SQLite path or a postgresql:// URL of at most \
4096 bytes on one line ({path}, line 4, column 7)
causal-gym: invalid_argument: server.threads is '0', not an integer from 1 to 256 (CAUSAL_GYM_THREADS)
""")

    def test_the_exit_code_is_that_of_the_first_error(self):
        large = self.folder / "large.toml"
        large.write_text("\n" * (2**20 + 1))
        for code, path in ((5, "/no/such/file"), (8, str(self.folder)), (2, self.file("x")), (4, str(large))):
            self.call("config", "check", "--config", path, code=code)
            self.call("serve", "--config", path, code=code)

    def test_other_commands_tell_all_errors_too(self):
        _, err = self.call("runs", "list", code=2, CAUSAL_GYM_PORT="x", CAUSAL_GYM_THREADS="0")
        self.assertIn("CAUSAL_GYM_PORT", err)
        self.assertIn("CAUSAL_GYM_THREADS", err)

    def test_what_is_shown_is_toml_that_reads_back(self):
        variables = {"CAUSAL_GYM_PORT": "9000", "LOG_LEVEL": "WARN", "CAUSAL_GYM_BODY_BYTES": "1MiB"}
        shown, _ = self.call("config", "show", "--with-sources", **variables)
        self.assertIn("port = 9000  # environment: CAUSAL_GYM_PORT\n", shown)
        table = tomllib.loads(shown)
        self.assertEqual((table["server"]["port"], table["log"]["level"], table["limits"]["body_bytes"]), (9000, "warn", 2**20))
        again, _ = self.call("config", "show", "--config", self.file(shown))
        self.assertEqual(tomllib.loads(again), table)

    def test_passwords_and_keys_are_masked_in_what_is_shown(self):
        variables = {"DATABASE_URL": URL, "OPENAI_API_KEY": PASSWORD, "ANTHROPIC_API_KEY_FILE": "/run/secrets/a"}
        shown, _ = self.call("config", "show", **variables)
        self.assertIn('url = "postgresql://causal_user:[masked]@db:5432/causal_experiments"\n', shown)
        self.assertTrue(shown.endswith("# keys of language models that are set: ANTHROPIC_API_KEY_FILE OPENAI_API_KEY\n"))
        as_json = json.loads(self.call("config", "show", "--json", "--with-sources", **variables)[0])
        self.assertEqual(as_json["model_keys"], ["ANTHROPIC_API_KEY_FILE", "OPENAI_API_KEY"])
        self.assertEqual(as_json["keys"]["database.url"],
                         {"value": "postgresql://causal_user:[masked]@db:5432/causal_experiments",
                          "source": "environment", "place": "DATABASE_URL"})
        plain = json.loads(self.call("config", "show", "--json")[0])
        self.assertEqual((plain["keys"]["server.port"], plain["model_keys"]), (8501, []))

    def test_a_secret_that_others_may_read_is_a_warning(self):
        secret = self.folder / "url"
        secret.write_text(URL + "\n")
        secret.chmod(0o644)
        shown, err = self.call("config", "show", DATABASE_URL_FILE=str(secret))
        self.assertEqual(err, f"causal-gym: warning: '{secret}', which holds database.url, may be read by others; chmod o-r it\n")
        self.assertIn("[masked]", shown)

    def test_the_server_says_what_it_has_read_and_is_configured_so(self):
        path = self.file('[server]\nport = 0\n[metrics]\nport = 1\n[log]\nlevel = "info"\n')
        process = subprocess.Popen([PROGRAM, "serve", "--config", path, "--metrics-port", "0"], stderr=subprocess.PIPE, text=True,
                                   env=self.environment(CAUSAL_GYM_THREADS="2", CAUSAL_GYM_DB=str(self.folder / "runs.sqlite")))
        events = []
        for line in process.stderr:
            events.append(json.loads(line))
            if events[-1]["event"] in ("listening", "not_started"):
                break
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
        self.assertEqual(process.wait(30), 0)
        process.stderr.close()
        self.assertEqual([event["event"] for event in events], ["configuration", "access", "listening"])
        self.assertEqual((events[0]["file"], events[0]["variables"], events[0]["flags"]),
                         (path, "CAUSAL_GYM_THREADS CAUSAL_GYM_DB", "--metrics-port"))
        self.assertEqual(events[2]["database"], str(self.folder / "runs.sqlite"))
        self.assertNotIn(events[2]["metrics_port"], (0, 1))

    def test_every_key_is_in_the_help_of_serve_and_in_the_document(self):
        keys = json.loads(self.call("config", "show", "--json")[0])["keys"]
        document, help_text = self.call("config", "docs")[0], self.call("serve", "--help")[0]
        self.assertGreater(len(keys), 9)
        for key in keys:
            self.assertIn(f"| `{key}` |", document)
        variables = re.findall(r"`(CAUSAL_GYM_\w+)`[ ,|]", document.split("## Keys")[1])
        self.assertGreaterEqual(len(variables), len(keys))
        for variable in variables:
            self.assertIn(f"  {variable} ", help_text)


unittest.main()
