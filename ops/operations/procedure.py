"""The frame of a procedure: options, lock, deadline, dry run, steps that report, and what is cleaned up whatever happens."""
import argparse
import contextlib
import dataclasses
import fcntl
import os
import pathlib
import signal
import sys
import typing

from operations.errors import CouldNotCheck, DeadlineExceeded, Refused, Stopped
from operations.left_behind import remove_what_was_left
from operations.report import Report, Severity, now, stamp
from operations.settings import Settings, read_settings
from operations.stack import Stack, open_stack

USAGE_CODE = Severity.UNCHECKED.value
LONGEST_SECONDS = 24 * 3600


@dataclasses.dataclass(frozen=True)
class Step:
    """`run` is given the context and adds findings to its report. When a `needed` step fails, of the later ones only those run that do `always`."""
    name: str
    run: typing.Callable
    needed: bool = False
    always: bool = False


@dataclasses.dataclass(frozen=True)
class Procedure:
    name: str
    title: str
    about: str  # for --help
    seconds: float  # its deadline, unless --deadline gives another
    steps: list
    changes: bool = False  # changes the stack: excludes every other procedure that does
    options: typing.Callable = lambda parser: None  # adds its own options


class Context:
    """What a step is given: options, settings, stack, report, and `cleanup` for what must be undone at the end."""

    def __init__(self, procedure, options, settings, stack, report, cleanup):
        self.procedure, self.options, self.report, self.cleanup = procedure, options, report, cleanup
        self.settings: Settings = settings
        self.stack: Stack = stack
        self.step = ""
        self.kept = {}  # what a step leaves for later ones

    @property
    def dry_run(self):
        return self.options.dry_run

    @property
    def seconds_left(self):
        """Until the deadline, for programs that this one waits for."""
        return max(1.0, self.options.deadline - (now() - self.report.begun).total_seconds())

    def fine(self, message, **values):
        self.report.add(self.step, Severity.FINE, message, **values)

    def warn(self, message, **values):
        self.report.add(self.step, Severity.WARNING, message, **values)

    def critical(self, message, **values):
        self.report.add(self.step, Severity.CRITICAL, message, **values)

    def unchecked(self, message, **values):
        self.report.add(self.step, Severity.UNCHECKED, message, **values)

    def table(self, title, heads, rows):
        self.report.table(self.step, title, heads, rows)

    def judge(self, value, warning, critical, message, **values):
        """One finding by two limits, of which critical is the further one; they are values of `message`'s own unit."""
        beyond = (lambda limit: value >= limit) if critical >= warning else (lambda limit: value <= limit)
        severity = Severity.CRITICAL if beyond(critical) else Severity.WARNING if beyond(warning) else Severity.FINE
        self.report.add(self.step, severity, message, value=value, warning=warning, critical=critical, **values)

    def change(self, what, action):
        """Does what changes something, or, in a dry run, only tells it; None then."""
        if self.dry_run:
            self.fine(f"would {what}")
            return None
        self.progress(what)
        return action()

    def confirm(self, question):
        """Refused unless --yes was given or a person at the terminal types yes. A dry run needs none."""
        if self.dry_run or getattr(self.options, "yes", False):
            return
        if not sys.stdin.isatty():
            raise Refused(f"{question} Give --yes to confirm without a terminal.")
        print(f"{question} [yes/no] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip() != "yes":
            raise Refused("not confirmed: nothing was changed")

    def progress(self, what):
        if sys.stderr.isatty() or os.environ.get("CAUSAL_GYM_OPERATIONS_PROGRESS"):
            print(f"{self.procedure.name}: {what}", file=sys.stderr, flush=True)


class Parser(argparse.ArgumentParser):
    """2 means critical here, so wrong usage ends with another code; who asked for JSON is told in JSON. Options are typed whole: what begins
    as one may have been meant for another."""

    def __init__(self, procedure, **options):
        super().__init__(allow_abbrev=False, **options)
        self.procedure, self.wants_json = procedure, False

    def error(self, message):
        if self.wants_json:
            report = Report(self.procedure.name, self.procedure.title)
            report.add("usage", Severity.UNCHECKED, message)
            sys.exit(print_report(report, True))
        self.print_usage(sys.stderr)
        self.exit(USAGE_CODE, f"{self.prog}: {message}\n")


def number_option(text, most, unit):
    """More than 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= most:
        raise argparse.ArgumentTypeError(f"must be more than 0 and at most {most} {unit}, not {text}")
    return value


def seconds_option(text):
    return number_option(text, LONGEST_SECONDS, "seconds")


def parse_options(procedure, arguments):
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = Parser(procedure, prog=f"{procedure.name}.sh", description=procedure.about, formatter_class=argparse.RawDescriptionHelpFormatter,
                    epilog="Ends with 0: fine, 1: warning, 2: critical, 3: could not check (also wrong usage).")
    parser.add_argument("--config", metavar="FILE", help="operations.toml; else $CAUSAL_GYM_OPERATIONS, else /etc/causal-gym/operations.toml")
    parser.add_argument("--dry-run", action="store_true", help="tell what would be done; change nothing")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--deadline", type=seconds_option, default=procedure.seconds, metavar="SECONDS",
                        help=f"give up after so long ({procedure.seconds:g})")
    if procedure.changes:
        parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")
    procedure.options(parser)
    parser.wants_json = "--json" in arguments
    return parser.parse_args(arguments)


def state_folder(settings):
    folder = pathlib.Path(settings.paths.state)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    except OSError as error:
        raise CouldNotCheck(f"{folder}: {error.strerror}; set paths.state to a folder of yours") from error
    return folder


def take_lock(folder, name, cleanup):
    """For the life of this process; CouldNotCheck names who holds it."""
    path = folder / f"{name}.lock"
    try:
        file = cleanup.enter_context(open(path, "a+", encoding="ascii"))
    except OSError as error:
        raise CouldNotCheck(f"{path}: {error.strerror}") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        raise CouldNotCheck(f"{path} is held by process {file.read().strip() or 'unknown'}: try again when it has ended") from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()


@contextlib.contextmanager
def signals(seconds):
    """SIGTERM, SIGINT, SIGHUP and the deadline become exceptions, so that everything is cleaned up."""
    def stop(number, _):
        raise Stopped(signal.Signals(number).name)

    def late(*_):
        raise DeadlineExceeded(f"not finished within {seconds:g} s")
    old = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    old[signal.SIGALRM] = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in old.items():
            signal.signal(number, handler)


def run_steps(context):
    stopped = False
    for step in context.procedure.steps:
        if not stopped or step.always:
            stopped = not run_step(context, step) or stopped


def run_step(context, step):
    """False when nothing may come after it."""
    context.step = step.name
    context.progress(step.name)
    before = len(context.report.findings)
    try:
        step.run(context)
    except CouldNotCheck as error:
        context.unchecked(str(error))
    except Refused as error:
        context.unchecked(str(error))
        return False
    except (DeadlineExceeded, Stopped):
        raise
    except Exception as error:  # a fault of the procedure itself: what it found so far is still told
        context.unchecked(f"fault of the procedure: {type(error).__name__}: {error}")
        return False
    failed = any(finding.severity in (Severity.UNCHECKED, Severity.CRITICAL) for finding in context.report.findings[before:])
    return not (step.needed and failed)


def keep_report(report, folder, settings):
    """The last reports of each procedure stay as evidence; metrics tell when it ran and how it ended."""
    reports = folder / "reports" / report.procedure
    reports.mkdir(parents=True, exist_ok=True)
    path = reports / (stamp(report.begun).replace(":", "") + f"-{os.getpid()}.json")
    path.write_text(report.text(as_json=True), encoding="utf-8")
    for old in sorted(reports.glob("*.json"))[:-100]:
        old.unlink(missing_ok=True)
    if not report.dry_run:
        labels = f'{{procedure="{report.procedure}"}}'
        write_metrics(settings, f"procedure_{report.procedure}", {
            f"causal_procedure_last_run_timestamp_seconds{labels}": report.ended.timestamp(),
            f"causal_procedure_last_exit_code{labels}": report.worst.value})


def write_metrics(settings, name, values):
    """NAME.prom for the node exporter, replaced whole; `values` maps a series to its number. Without the folder, nothing."""
    folder = pathlib.Path(settings.paths.metrics)
    if not folder.is_dir():
        return
    families = dict.fromkeys(series.split("{")[0] for series in values)
    lines = []
    for family in families:
        lines.append(f"# TYPE {family} gauge")
        lines += [f"{series} {value}" for series, value in values.items() if series.split("{")[0] == family]
    fresh = folder / f".{name}.{os.getpid()}"
    fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
    fresh.chmod(0o644)
    fresh.rename(folder / f"{name}.prom")


def carry_out(procedure, options, report):
    """Everything between the options and the printed report."""
    with contextlib.ExitStack() as outer:
        outer.enter_context(signals(options.deadline))
        settings = read_settings(options.config)
        folder = state_folder(settings)
        remove_what_was_left()
        with contextlib.ExitStack() as cleanup:
            take_lock(folder, procedure.name, cleanup)
            if procedure.changes and not options.dry_run:
                take_lock(folder, "changes", cleanup)
            stack = open_stack(settings, cleanup)
            context = Context(procedure, options, settings, stack, report, cleanup)
            try:
                run_steps(context)
            except (DeadlineExceeded, Stopped) as error:
                context.critical(f"stopped: {error}")
            signal.setitimer(signal.ITIMER_REAL, 0)
        report.ended = now()
        keep_report(report, folder, settings)


def main(procedure, arguments=None):
    """Carries it out, prints its report, and ends the process with its exit code."""
    os.umask(0o077)
    options = parse_options(procedure, arguments)
    report = Report(procedure.name, procedure.title, options.dry_run)
    try:
        carry_out(procedure, options, report)
    except (CouldNotCheck, Refused, OSError, DeadlineExceeded, Stopped) as error:
        report.add("beginning", Severity.UNCHECKED, str(error))
    except Exception as error:  # a fault of these programs: what was found so far is still told
        report.add("beginning", Severity.UNCHECKED, f"fault of the procedure: {type(error).__name__}: {error}")
    sys.exit(print_report(report, options.json))


def print_report(report, as_json):
    """The exit code: one that tells of nothing worse than it, when the report could not be written."""
    try:
        print(report.text(as_json), end="", flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # who reads no further has what it wanted
            print(f"{report.procedure}: the report cannot be written: {error.strerror}", file=sys.stderr)
            return max(report.worst, Severity.UNCHECKED, key=lambda severity: severity.weight).value
    return report.worst.value
