"""How the audit's findings come into a report: once each, a few of many, and one failed part without the loss of the others."""
import contextlib

from operations.errors import CouldNotCheck
from operations.report import Severity

MOST_TOLD = 20
SEVERITIES = {"critical": Severity.CRITICAL, "warning": Severity.WARNING}


def tell(context, found, subject=""):
    """Findings as (severity, message); the same message once, many of one kind as a number."""
    for severity, message in list(dict.fromkeys(found))[:MOST_TOLD]:
        context.report.add(context.step, SEVERITIES[severity], f"{subject}: {message}" if subject else message)
    if len(found) > MOST_TOLD:
        worst = "critical" if any(severity == "critical" for severity, _ in found[MOST_TOLD:]) else "warning"
        context.report.add(context.step, SEVERITIES[worst], f"{subject or context.step}: {len(found) - MOST_TOLD} more of these",
                           left_out=len(found) - MOST_TOLD)


@contextlib.contextmanager
def part(context, what):
    """A part of a step that could not be checked does not hide the others."""
    try:
        yield
    except CouldNotCheck as error:
        context.unchecked(f"{what}: {error}")
