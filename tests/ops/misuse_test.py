"""Every procedure called wrongly, or where something is missing that it needs: it ends with 3 (2 where that is what it looks for), names what
is wrong, prints valid JSON where that is asked for, no traceback and no secret, and changes nothing. usage: misuse_test.py PROGRAM"""
import concurrent.futures
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import time

from native_stack import ROOT, NativeStack

PROCEDURES = sorted(path.stem for path in (ROOT / "ops/procedures").glob("*.sh") if path.is_symlink())
FORECAST = "capacity_forecast"
SECONDS = 120
SHELL_PROGRAMS = ("bash", "env", "readlink", "basename", "dirname", "python3")
# What a wrong value of an option of their own is, and the word of it that has to be told.
OWN = {"backup": ("--kind", "sideways"), "daily_log_review": ("--hours", "soon"), "disaster_recovery": ("--until", "yesterday"),
       "monthly_capacity_planning": ("--period", "ages"), "scale_database": ("--pooling", "perhaps"), "scale_services": ("--service", "postgres"),
       "weekly_security_audit": ("--step", "everything")}


class Misused:
    """A stack of which nothing runs, so that whatever is reached for is missing."""

    def __init__(self, stack):
        self.stack = stack
        self.secrets = [path.read_text(encoding="ascii").strip() for path in (stack.folder / "secrets").iterdir() if path.is_file()]
        self.empty = stack.folder / "bin"
        self.empty.mkdir()
        for name in SHELL_PROGRAMS:
            (self.empty / name).symlink_to(shutil.which(name))

    def run(self, name, *arguments, user=None, **options):
        program = ROOT / ("scripts/capacity_forecast.py" if name == FORECAST else f"ops/procedures/{name}.sh")
        words = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", program] if user == "nobody" and os.geteuid() == 0 else [program]
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        return subprocess.run([str(word) for word in [*words, *arguments]], text=True, timeout=SECONDS, **options)

    def judge(self, name, done, *words, codes=(3,)):
        said = (done.stdout or "") + (done.stderr or "")
        what = f"{name}: {done.args[1:]}: {done.returncode}\n{said}"
        assert done.returncode in codes, what
        assert "Traceback" not in said and "fault of the procedure" not in said, what
        assert not [secret for secret in self.secrets if secret in said], f"{name}: {done.args[1:]} prints a secret"
        for word in words:
            assert str(word) in said, f"{word} is not told: {what}"
        if "--json" in map(str, done.args):
            report = json.loads(done.stdout)
            assert report["exit_code"] == done.returncode and (name == FORECAST or (report["procedure"] == name and report["findings"])), what

    def both(self, name, arguments, *words, codes=(3,), **options):
        """With and without --json."""
        for more in ([], ["--json"]):
            self.judge(name, self.run(name, *more, *arguments, **options), *words, codes=codes)


def test_wrong_usage(misused, name):
    misused.both(name, ["--no-such-flag"], "--no-such-flag")
    for arguments, word in ((["--config"], "--config"), (["--config", misused.stack.settings_file, "1", "2", "3"], "2 3"), (["--con=x"], "--con")):
        misused.judge(name, misused.run(name, "--json", *arguments), word)
    if name in OWN:
        misused.both(name, OWN[name], OWN[name][1])
    if name == "daily_health_check":  # what reads it is the same for all
        for value in ("soon", "0", "-1", "nan", "1e9"):
            misused.both(name, [f"--deadline={value}"], "--deadline", value)


def test_wrong_configuration(misused, name):
    folder = misused.stack.folder
    texts = {"broken.toml": (b"[stack\n", "line 1"), "unknown.toml": (b"[paths]\nbackup = '/x'\n", "did you mean backups"), "type.toml": (b"[limits]\nhttp_seconds = 'five'\n", "http_seconds"),
             "table.toml": (b"[pathes]\n", "did you mean paths"), "binary.toml": (b"\xff\xfe\x00", "binary.toml"), "kind.toml": (b"[stack]\nkind = 'cloud'\n", "cloud"),
             "state.toml": (f"[stack]\nkind = 'host'\n[paths]\nstate = '{folder}/units.json'\n".encode(), "units.json")}
    for file, (content, word) in texts.items():
        if name == "daily_health_check" or file == "unknown.toml":  # what reads the file is the same for all
            (folder / f"{name}.{file}").write_bytes(content)
            misused.both(name, ["--config", folder / f"{name}.{file}"], word)
    misused.both(name, ["--config", folder / "missing.toml"], "missing.toml")
    misused.judge(name, misused.run(name, "--json", "--config", folder), folder)


def test_lock(misused, name):
    state = misused.stack.folder / "state"
    for lock, more in ((name, ["--dry-run"]), ("changes", ["--yes"])):
        if lock == "changes" and "--yes" not in misused.run(name, "--help").stdout:
            continue
        with open(state / f"{lock}.lock", "a+", encoding="ascii") as holder:
            fcntl.flock(holder, fcntl.LOCK_EX)
            misused.both(name, ["--config", misused.stack.settings_file, *more], f"{lock}.lock", "is held by")


def test_no_permission(misused, name):
    """As somebody whose state and secrets these are not; and with a settings file that is not for him."""
    if os.geteuid() != 0:
        return
    misused.both(name, ["--config", misused.stack.settings_file], "state", "Permission denied", user="nobody")
    closed = misused.stack.folder / f"{name}.toml"
    closed.write_bytes(misused.stack.settings_file.read_bytes())
    closed.chmod(0o600)
    misused.both(name, ["--config", closed], closed, "Permission denied", user="nobody")


def own_settings(misused, name, *replaced):
    """With a state folder of its own, so that procedures do not wait for each other."""
    text = misused.stack.settings_file.read_text(encoding="utf-8").replace('/state"', f'/state.{name}"')
    for was, becomes in replaced:
        assert was in text, was
        text = text.replace(was, becomes)
    path = misused.stack.folder / f"{name}.own.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_missing_program(misused, name):
    """Where nothing is installed beside Python, and nothing runs. What talks HTTP alone names the address."""
    folder = misused.stack.folder
    path = own_settings(misused, name, (str(folder / "supervisor"), "no-such-supervisor"), ("[postgres]\n", f'[postgres]\nprograms = "{folder}/nothing"\n'),
                        (f'program = "{misused.stack.program}"', f'program = "{folder}/no-causal-gym"'))
    for more in ([], ["--json"], ["--json", "--dry-run"]):
        done = misused.run(name, "--config", path, *more, env={"PATH": str(misused.empty), "HOME": "/"})
        misused.judge(name, done, codes=(0, 1, 2, 3) if "--dry-run" in more else (2, 3))
        if "--dry-run" not in more:
            words = ("no program", "no-such-supervisor", "no-causal-gym", "http://127.0.0.1", "--yes", "no log file", "apt-get")
            assert any(word in done.stdout for word in words), f"{name}: {done.stdout}{done.stderr}"


def test_nothing_runs(misused, name):
    if name in ("apply_security_patches", "update_dependencies"):  # they ask archives, not the stack
        return
    path = own_settings(misused, name)
    for more in (["--json"], ["--json", "--dry-run"]):
        codes = (0, 1, 2, 3) if "--dry-run" in more else (0,) if name == "update_environment" else (2, 3)  # that is given nothing new
        misused.judge(name, misused.run(name, "--config", path, "--deadline", "100", *more), codes=codes)


def test_full_output(misused, name):
    """The report cannot be written to where it is sent."""
    with open("/dev/full", "w", encoding="ascii") as full:
        done = misused.run(name, "--config", misused.stack.folder / "missing.toml", stdout=full)
    misused.judge(name, done, "No space left")
    done = subprocess.run(["bash", "-c", '"$@" | :; exit "${PIPESTATUS[0]}"', "bash", ROOT / f"ops/procedures/{name}.sh", "--no-such-flag", "--json"], capture_output=True,
                          text=True, timeout=SECONDS, stdin=subprocess.DEVNULL)
    misused.judge(name, subprocess.CompletedProcess([], done.returncode, "", done.stderr))


def test_start(misused):
    """The shell's part: no Python, and a link to a procedure that there is not."""
    bare = misused.stack.folder / "barer"
    bare.mkdir()
    for program in SHELL_PROGRAMS[:-1]:
        (bare / program).symlink_to(shutil.which(program))
    done = misused.run("backup", env={"PATH": str(bare)})
    misused.judge("backup", done, "needs python3")
    link = misused.stack.folder / "no_such_procedure.sh"
    link.symlink_to(ROOT / "ops/procedures/start.sh")
    done = subprocess.run([link], capture_output=True, text=True, timeout=SECONDS)
    misused.judge("start", done, "no_such_procedure")


def test_own_variables(misused):
    """Who has set what these programs read can still start the program, which refuses variables that it does not know."""
    texts = [path.read_text(encoding="utf-8") for folder in ("ops", "scripts") for path in (ROOT / folder).rglob("*.py")]
    names = {name for text in texts for name in re.findall(r'environ(?:\.get\(|\[)"(CAUSAL_GYM_\w+)"', text)}
    assert "CAUSAL_GYM_OPERATIONS" in names, names
    done = subprocess.run([misused.stack.program, "config", "check"], capture_output=True, text=True, timeout=SECONDS,
                          env={"PATH": os.environ["PATH"], "HOME": str(misused.stack.folder)} | dict.fromkeys(names, "x"))
    assert done.returncode == 0, done


def main():
    assert len(PROCEDURES) >= 16, PROCEDURES
    with NativeStack(sys.argv[1], only=()) as stack, concurrent.futures.ThreadPoolExecutor(4) as pool:
        stack.write_settings(stack={"expected": ["app", "postgres", "redis", "nginx"], "units": {"postgres": "postgresql@15-main.service", "redis": "redis-server.service", "nginx": "nginx.service"}})
        misused = Misused(stack)
        test_start(misused)
        test_own_variables(misused)
        failures = []
        for test in (test_wrong_usage, test_wrong_configuration, test_lock, test_no_permission, test_missing_program, test_nothing_runs, test_full_output):
            begun = time.monotonic()
            names = [*PROCEDURES, FORECAST] if test in (test_wrong_usage, test_wrong_configuration) else PROCEDURES
            for name, done in [(name, pool.submit(test, misused, name)) for name in names]:
                if done.exception():
                    failures.append(f"{test.__name__} {done.exception()}")
            print(f"{test.__name__}: {time.monotonic() - begun:.1f} s", flush=True)
        assert not failures, "\n----\n".join(failures)


if __name__ == "__main__":
    main()
