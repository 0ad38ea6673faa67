"""Reads the steps of docs/operations/runbook.md: name, command, and what it ends with.

    **`daily.health`** · ends with 0 or 1 · prints `"healthy"`, `a … b`
    (an empty line)
    ```sh
    the command
    ```
"""
import dataclasses
import re

HEAD = re.compile(r"\*\*`([a-z0-9.-]+)`\*\*((?: · (?:by hand|with containers))*) · ends with (\d(?: or \d)*)(?: · prints (`.+`))?")
BLOCK = re.compile(r"```sh\n(.*?)\n```", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Step:
    name: str
    marks: tuple
    codes: tuple
    prints: tuple
    command: str

    @property
    def runnable(self):
        return not self.marks

    def faults(self, code, output):
        """What is not as it should be; a `…` within an expectation stands for anything on the line."""
        found = [] if code in self.codes else [f"ended with {code}, not {' or '.join(map(str, self.codes))}"]
        for wanted in self.prints:
            pattern = ".*".join(re.escape(part) for part in wanted.split("…"))
            if not re.search(pattern, output):
                found.append(f"did not print {wanted}")
        return found


def read_steps(text):
    """In the order of the page. ValueError names a command without a step, a step without a command, or a name that is there twice."""
    steps, end = [], 0
    for head in HEAD.finditer(text):
        block = BLOCK.match(text, head.end() + 2)
        if text[head.end():head.end() + 2] != "\n\n" or block is None:
            raise ValueError(f"the step {head[1]} is not followed by its command")
        prints = tuple(re.findall(r"`([^`]+)`", head[4] or ""))
        steps.append(Step(head[1], tuple(re.findall(r"by hand|with containers", head[2])), tuple(map(int, head[3].split(" or "))), prints, block[1]))
        end = block.end()
    commands = [block[1] for block in BLOCK.finditer(text)]
    if len(commands) != len(steps):
        known = {step.command for step in steps}
        raise ValueError(f"a command is no step: {next(command for command in commands if command not in known)[:80]}")
    names = [step.name for step in steps]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not steps or end == 0:
        raise ValueError(f"steps that are there twice: {', '.join(twice) or 'none, and there are no steps'}")
    return steps
