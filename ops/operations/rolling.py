"""Restarts servers and workers one after another, with traffic held off, so that no request fails: they read their secrets at the start."""
from operations.errors import CouldNotCheck


def restart_programs(stack):
    """A lone server gets another one beside it meanwhile. CouldNotCheck names the first instance that does not come back."""
    lone = len(stack.instances("app")) == 1
    if lone:
        stack.scale("app", 2)
    try:
        stack.restart("app", *(stack.instances("app")[:1] if lone else []))
    finally:
        if lone:
            back_to_one(stack)
    if stack.instances("worker"):
        stack.restart("worker")
        stopped = [state.instance for state in stack.states_of("worker") if not state.running]
        if stopped:
            raise CouldNotCheck(f"{', '.join(stopped)} did not come back")


def back_to_one(stack):
    """The first one stays, unless it is the one that did not come back: then the second serves on, and the operator is told by the failure."""
    first = stack.states_of("app")[0]
    if first.running:
        stack.scale("app", 1)
