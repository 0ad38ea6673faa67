"""Reads a Dockerfile into stages, and says where it breaks a rule of ours. The numbers are those of hadolint's rules of the same
meaning; SECRET, FINAL and OWNER are ours."""
import dataclasses
import json
import re

SECRET_WORD = re.compile(r"(PASSWORD|PASSWD|SECRET|TOKEN|API_KEY|PRIVATE_KEY|CREDENTIAL)", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Instruction:
    line: int
    word: str
    rest: str


@dataclasses.dataclass
class Stage:
    base: str
    name: str
    line: int
    instructions: list

    def of(self, word):
        return [each for each in self.instructions if each.word == word]


def instructions(text):
    """Lines that `\\` continues are one; comments between them are none."""
    found, parts, start = [], [], 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#") or not line.strip():
            continue
        start = start if parts else number
        if line.rstrip().endswith("\\"):
            parts.append(line.rstrip()[:-1].strip())
            continue
        word, _, rest = " ".join([*parts, line.strip()]).partition(" ")
        found.append(Instruction(start, word.upper(), rest.strip()))
        parts = []
    return found


def stages(text):
    """(what stands before the first FROM, the stages)"""
    before, found = [], []
    for each in instructions(text):
        if each.word == "FROM":
            match = re.fullmatch(r"(\S+)(?:\s+AS\s+(\S+))?", each.rest, re.IGNORECASE)
            found.append(Stage(match[1], match[2] or "", each.line, []))
        else:
            (found[-1].instructions if found else before).append(each)
    return before, found


def breaches(text):
    """(line, rule, what) of each breach."""
    before, found = stages(text)
    arguments = dict(each.rest.partition("=")[::2] for each in before if each.word == "ARG")
    names = {stage.name for stage in found}
    for stage in found:
        yield from base_breaches(stage, arguments, names)
        for each in stage.instructions:
            yield from instruction_breaches(each)
    built_upon = {stage.base for stage in found} | {m for s in found for i in s.of("COPY") for m in re.findall(r"--from=(\S+)", i.rest)}
    parameters = {arguments[name] for name in re.findall(r"FROM \$\{(\w+)\}", text) if name in arguments}
    for stage in found:
        chosen = stage.name in parameters or "prebuilt" in stage.name
        if stage.name not in built_upon and not chosen:
            yield from final_breaches(stage)


def base_breaches(stage, arguments, names):
    parameter = re.fullmatch(r"\$\{(\w+)\}", stage.base)
    image = arguments.get(parameter[1], "") if parameter else stage.base
    if image in names:
        return
    if not parameter:
        yield stage.line, "OWNER", f"{image} is no argument: every image is built from ARG BASE_IMAGE"
    if "@sha256:" not in image and not re.search(r":[^/]+$", image):
        yield stage.line, "DL3006", f"'{image}' has no tag"
    if image.endswith(":latest"):
        yield stage.line, "DL3007", f"{image} is another image tomorrow"


def instruction_breaches(each):
    checks = {"RUN": run_breaches, "ADD": lambda i: [("DL3020", "COPY does no more than it says; ADD does")],
              "MAINTAINER": lambda i: [("DL4000", "MAINTAINER is deprecated")], "ENV": variable_breaches, "ARG": variable_breaches,
              "CMD": form_breaches, "ENTRYPOINT": form_breaches, "WORKDIR": workdir_breaches, "HEALTHCHECK": health_breaches}
    for rule, what in checks.get(each.word, lambda i: [])(each):
        yield each.line, rule, what


def run_breaches(each):
    text = each.rest
    if re.search(r"\bsudo\b", text):
        yield "DL3004", "sudo in a build that is root"
    if re.search(r"(^|&&\s*)cd\s", text):
        yield "DL3003", "WORKDIR instead of cd"
    if re.search(r"\bapt\s+(install|update|upgrade)", text):
        yield "DL3027", "apt is for terminals: apt-get"
    if re.search(r"apt-get\s+(?:\S+\s+)*?dist-upgrade", text):
        yield "DL3005", "dist-upgrade removes packages"
    for command in re.findall(r"apt-get\s+(?:install|upgrade)[^&;|]*", text):
        if "--no-install-recommends" not in command:
            yield "DL3015", "apt-get without --no-install-recommends"
        if not re.search(r"\s(-y|--yes)\b", command):
            yield "DL3014", "apt-get without -y waits for an answer"
    if "apt-get" in text and "rm -rf /var/lib/apt/lists/*" not in text:
        yield "DL3009", "the lists of packages stay in the layer"
    if re.search(r"(curl|wget)\s", text):
        yield "OWNER", "images hold Debian's packages and files of ours: nothing is fetched"
    if re.search(r"[^|]\|[^|]", text) and "pipefail" not in text:
        yield "DL4006", "the end of a pipe hides the failure of its beginning"
    if re.search(r"chmod\s+(-R\s+)?0?777", text):
        yield "OWNER", "everyone may write it"


def variable_breaches(each):
    for name in re.findall(r"(?:^|\s)(\w+)=", " " + each.rest) or [each.rest]:
        if SECRET_WORD.search(name) and not name.endswith("_FILE"):
            yield "SECRET", f"{name}: what is built with it holds it for ever"


def form_breaches(each):
    try:
        words = json.loads(each.rest)
    except ValueError:
        words = None
    if not isinstance(words, list):
        yield "DL3025", f"{each.word} as a JSON list: a shell in between gets the signals"


def workdir_breaches(each):
    if not each.rest.startswith(("/", "$")):
        yield "DL3000", "WORKDIR is absolute"


def health_breaches(each):
    if not re.search(r'(CMD\s+\[|NONE$)', each.rest):
        yield "DL3025", "the command of a HEALTHCHECK as a JSON list"


def final_breaches(stage):
    """What an image that is run must have."""
    users = [each.rest for each in stage.of("USER")]
    if not users or re.fullmatch(r"(root|0)(:.*)?", users[-1]):
        yield stage.line, "DL3002", f"{stage.name}: its last USER is {users[-1] if users else 'root'}"
    if len(stage.of("HEALTHCHECK")) != 1:
        yield stage.line, "FINAL", f"{stage.name}: {len(stage.of('HEALTHCHECK'))} HEALTHCHECK"
    for word, rule in (("CMD", "DL4003"), ("ENTRYPOINT", "DL4004"), ("HEALTHCHECK", "DL3012")):
        if len(stage.of(word)) > 1:
            yield stage.line, rule, f"{stage.name}: several {word}"
    if not stage.of("CMD") and not stage.of("ENTRYPOINT"):
        yield stage.line, "FINAL", f"{stage.name}: nothing is started"
    last = {each.word: each.line for each in stage.instructions}
    if users and last["USER"] < last.get("RUN", 0):
        yield stage.line, "OWNER", f"{stage.name}: RUN after USER"
