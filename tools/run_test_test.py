#!/usr/bin/env python3
"""Tests tools/run_test with stand-in programs: what ends badly, reports nothing, runs nothing, skips unlisted or leaves files fails."""
import importlib.machinery
import importlib.util
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
RUN_TEST = pathlib.Path(__file__).resolve().parent / "run_test"


def load_run_test():
    loader = importlib.machinery.SourceFileLoader("run_test", str(RUN_TEST))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("run_test", loader))
    loader.exec_module(module)
    return module


def report(case):
    return f'<testsuites><testsuite name="A"><testcase name="b" classname="A" status="run"/>{case}</testsuite></testsuites>'


def skipped(name, message):
    suite, _, test = name.partition(".")
    return (f'<testcase name="{test}" classname="{suite}" status="run" result="skipped">'
            f'<skipped message="a_test.cc:3&#x0A;{message}&#x0A;"/></testcase>')


class UnexpectedSkipsTest(unittest.TestCase):
    def setUp(self):
        self.run_test = load_run_test()
        self.allowed = self.run_test.read_allowed_skips("# why\nOracle.*: CASES is not set\nEmpty.test:\n")

    def found(self, case):
        return [name for name, _ in self.run_test.unexpected_skips(report(case), self.allowed)]

    def test_what_ran_is_no_skip(self):
        self.assertEqual(self.found(""), [])

    def test_a_listed_skip_with_its_message_passes(self):
        self.assertEqual(self.found(skipped("Oracle.reads", "CASES is not set")), [])

    def test_another_name_or_message_is_found(self):
        self.assertEqual(self.found(skipped("Graph.reads", "CASES is not set")), ["Graph.reads"])
        self.assertEqual(self.found(skipped("Oracle.reads", "too slow")), ["Oracle.reads"])

    def test_a_line_without_message_allows_nothing(self):
        self.assertEqual(self.found(skipped("Empty.test", "anything")), ["Empty.test"])

    def test_a_disabled_test_is_found(self):
        self.assertEqual(self.found('<testcase name="DISABLED_c" classname="A" status="notrun"/>'), ["A.DISABLED_c"])


class ProgramTest(unittest.TestCase):
    def status(self, script, stale=False):
        with tempfile.TemporaryDirectory() as folder:
            program, results = pathlib.Path(folder) / "program", pathlib.Path(folder) / "results" / "a.xml"
            program.write_text(f'#!/bin/sh\nresults="${{GTEST_OUTPUT#xml:}}"\n{script}\n', encoding="utf-8")
            program.chmod(0o755)
            if stale:
                results.parent.mkdir()
                results.write_text(report(""), encoding="utf-8")
            return subprocess.run([sys.executable, RUN_TEST, program, results], capture_output=True).returncode

    def test_a_program_that_passes_passes(self):
        self.assertEqual(self.status(f"echo '{report('')}' > \"$results\""), 0)

    def test_a_program_that_fails_fails(self):
        self.assertEqual(self.status(f"echo '{report('')}' > \"$results\"; exit 3"), 1)

    def test_a_program_that_dies_of_a_signal_fails(self):
        self.assertEqual(self.status("kill -SEGV $$"), 1)

    def test_a_stale_report_does_not_pass(self):
        self.assertEqual(self.status("true", stale=True), 1)

    def test_a_program_without_tests_fails(self):
        self.assertEqual(self.status("echo '<testsuites/>' > \"$results\""), 1)

    def test_an_unlisted_skip_fails(self):
        self.assertEqual(self.status(f"""echo '{report(skipped("Graph.b", "slow"))}' > "$results" """), 1)

    def test_a_program_that_leaves_a_file_behind_fails(self):
        passes = f"echo '{report('')}' > \"$results\""
        for variable in ("TMPDIR", "TEST_TMPDIR"):
            self.assertEqual(self.status(f'{passes}; echo x > "${variable}/left"'), 1)
            self.assertEqual(self.status(f'{passes}; echo x > "${variable}/left"; rm "${variable}/left"'), 0)

    def test_a_missing_program_fails(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, RUN_TEST, f"{folder}/none", f"{folder}/a.xml"], capture_output=True)
        self.assertEqual(done.returncode, 1)
        self.assertNotIn(b"Traceback", done.stderr)


class CommandTest(unittest.TestCase):
    def run_test(self, *command):
        return subprocess.run([sys.executable, RUN_TEST, "--", *command], capture_output=True, text=True)

    def test_a_command_ends_as_it_ends(self):
        self.assertEqual(self.run_test("true").returncode, 0)
        self.assertEqual(self.run_test("false").returncode, 1)
        self.assertEqual(self.run_test("/no/such/program").returncode, 1)
        self.assertEqual(self.run_test().returncode, 2)

    def test_what_it_leaves_behind_is_named(self):
        done = self.run_test("sh", "-c", 'mkdir "$TMPDIR/a-folder"')
        self.assertEqual(done.returncode, 1)
        self.assertIn("a-folder", done.stderr)

    def test_a_process_left_behind_is_named_and_ended(self):
        done = self.run_test("sh", "-c", "setsid sleep 600 & echo $!")
        self.assertEqual(done.returncode, 1)
        self.assertIn("left processes behind: sleep", done.stderr)
        self.assertFalse(pathlib.Path("/proc", done.stdout.strip()).exists())

    def test_one_that_ends_soon_after_is_none(self):
        self.assertEqual(self.run_test("sh", "-c", "setsid sleep 0.3 &").returncode, 0)

    def test_an_orphan_that_ends_is_gone_at_once(self):
        orphan = 'sleep 600 & echo $! > "$TMPDIR/orphan"'
        gone = f"""sh -c '{orphan}'; read -r p < "$TMPDIR/orphan"; rm "$TMPDIR/orphan"; kill -9 "$p"; sleep 1; ! kill -0 "$p" """
        self.assertEqual(self.run_test("sh", "-c", gone).returncode, 0)


if __name__ == "__main__":
    unittest.main()
