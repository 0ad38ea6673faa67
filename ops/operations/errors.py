"""Why a procedure could not do something; the message names the culprit and is shown to the operator as it is."""


class CouldNotCheck(Exception):
    """A step has no answer: what it asks was not reachable, or not to be understood."""


class Refused(Exception):
    """What was asked for is not done: a precondition fails, or the operator did not confirm."""


class DeadlineExceeded(Exception):
    """The procedure's time is over."""


class Stopped(Exception):
    """A signal asked the procedure to end."""
