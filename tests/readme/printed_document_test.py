#!/usr/bin/env python3
"""A document that the program prints is as the program prints it.

usage: printed_document_test.py [--write] DOCUMENT PROGRAM ARGUMENT...      With --write, the document is written anew.
"""
import difflib
import pathlib
import subprocess
import sys


def main():
    write = "--write" in sys.argv[1:2]
    document, *command = sys.argv[2 if write else 1:]
    document = pathlib.Path(document)
    printed = subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL, timeout=60).stdout
    if write:
        document.write_text(printed)
        return
    shown = document.read_text()
    if len(printed) < 1000 or shown != printed:
        lines = difflib.unified_diff(shown.splitlines(), printed.splitlines(), str(document), " ".join(command), lineterm="")
        raise SystemExit("\n".join(lines) + "\nrun this test with --write")


main()
