#!/usr/bin/env python3
"""Runs each `$ ` command of the console blocks in a document and compares what it prints with what is shown.

`causal-gym` is the built program; runs go to a database of the test's own. A line `...` stands for any lines. With
--write the document's outputs are replaced by the real ones (blocks that hold `...` are left alone).
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"```console\n(.*?)```", re.S)


def commands(block):
    """(command, shown output) pairs of one block."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.M)
    if parts[0].strip():
        raise SystemExit(f"a console block begins without a command: {parts[0]!r}")
    return list(zip(parts[1::2], parts[2::2]))


def run(command, folder, program):
    environment = {**os.environ, "CAUSAL_GYM_DB": f"{folder}/runs.sqlite"}
    environment["PATH"] = f"{program.parent}:{environment['PATH']}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment, cwd=folder,
                          stdin=subprocess.DEVNULL, timeout=60)
    if done.returncode != 0:
        raise SystemExit(f"{command}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def matches(shown, real):
    pattern = ".*".join(re.escape(part) for part in shown.split("...\n"))
    return re.fullmatch(pattern, real, re.S) is not None


def main():
    write = "--write" in sys.argv
    document, program = [pathlib.Path(name).resolve() for name in sys.argv[1:] if name != "--write"]
    text, failures, count = document.read_text(), [], 0
    with tempfile.TemporaryDirectory() as folder:
        for block in BLOCK.findall(text):
            new_block = ""
            for command, shown in commands(block):
                real = run(command, folder, program)
                count += 1
                if not matches(shown, real):
                    failures.append(f"$ {command}\nshown:\n{shown}\nreal:\n{real}")
                new_block += f"$ {command}\n" + (shown if "...\n" in shown else real)
            if write:
                text = text.replace(f"```console\n{block}```", f"```console\n{new_block}```")
    if count == 0:
        failures.append("the document shows no command")
    if write:
        document.write_text(text)
    elif failures:
        raise SystemExit("\n".join(failures))
    print(f"{count} commands print what is shown")


main()
