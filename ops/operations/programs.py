"""Runs other programs: never through a shell, always with a time limit, with no secret among their arguments."""
import subprocess

from operations.errors import CouldNotCheck

MOST_SECONDS = 120


def run_program(argv, *, stdin=None, environment=None, seconds=MOST_SECONDS, stdout=subprocess.PIPE, folder=None, check=True):
    """Its completed process with text output; CouldNotCheck when it is missing, takes too long, or (with `check`) fails.

    stdin: text, an open file, or None for none. stdout: PIPE, or an open file for large output, which is bytes there.
    """
    argv = [str(word) for word in argv]
    given = {"input": stdin} if isinstance(stdin, str) else {"stdin": stdin or subprocess.DEVNULL}
    try:
        done = subprocess.run(argv, **given, env=environment, stdout=stdout, stderr=subprocess.PIPE, timeout=seconds, cwd=folder,
                              text=True, errors="replace", check=False)
    except FileNotFoundError as error:
        raise CouldNotCheck(f"there is no program {argv[0]}") from error
    except PermissionError as error:
        raise CouldNotCheck(f"{argv[0]} may not be run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise CouldNotCheck(f"{argv[0]} took more than {seconds} s") from error
    if check and done.returncode != 0:
        raise CouldNotCheck(f"{command_name(argv)} ended with {done.returncode}: {last_lines(done.stderr or done.stdout or '')}")
    return done


def open_program(argv, *, environment=None, folder=None, stderr=subprocess.DEVNULL):
    """A running program with pipes of bytes to talk through; who opens it closes it."""
    argv = [str(word) for word in argv]
    try:
        return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, env=environment, cwd=folder)
    except FileNotFoundError as error:
        raise CouldNotCheck(f"there is no program {argv[0]}") from error
    except PermissionError as error:
        raise CouldNotCheck(f"{argv[0]} may not be run: {error.strerror}") from error


def command_name(argv):
    return " ".join(argv[:3]) if argv[0].endswith(("docker", "docker-compose")) else argv[0].rsplit("/", 1)[-1]


def last_lines(text, most=3):
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return "; ".join(lines[-most:])[:500] or "it said nothing"
