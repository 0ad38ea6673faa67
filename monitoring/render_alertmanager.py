#!/usr/bin/env python3
"""Fills in alertmanager.template.yml with what a site has; alertmanager.yml is what comes of it where a site has nothing.

usage: render_alertmanager.py --output FILE [--template FILE] [--values FILE.toml] [--secrets FOLDER] [--secrets-at FOLDER] [--strict]

Values are names of the template, such as slack_channel_critical: from the [alerts] table of FILE.toml (an operations.toml), or from
variables such as ALERT_SLACK_CHANNEL_CRITICAL, which count before it. Secrets are files of the folder --secrets (secrets/);
Alertmanager finds them in --secrets-at, if that is another one. A part of the template needs:
  slack      the secret slack_url           pagerduty   the secret pagerduty_key      webhook   the secret webhook_url
  email      the value smtp_smarthost       smtp_login  the secret smtp_password      watchdog  the value watchdog_url
  drill      the value drill_url
A part that is kept and lacks a value is refused. The output is replaced in one step. With a webhook, whose
address is a secret, only its owner and group may read it.
Exit codes: 0 done; 1 done, but nobody would hear of an alert (--strict: 3, and nothing is written); 3 refused; wrong usage too.
"""
import argparse
import os
import pathlib
import re
import sys
import tempfile
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
SECRET_OF_PART = {"slack": "slack_url", "pagerduty": "pagerduty_key", "webhook": "webhook_url", "smtp_login": "smtp_password"}
VALUE_OF_PART = {"email": "smtp_smarthost", "watchdog": "watchdog_url", "drill": "drill_url"}
REACHES_PEOPLE = {"slack", "pagerduty", "webhook", "email"}
PLACEHOLDER, MARK = re.compile(r"@([a-z_]+)@"), re.compile(r"\s*# (part|end) (\w+)")
UNFIT = re.compile(r"""[\n\r"'\\]|{{|@[a-z_]+@""")  # would end the text in the configuration, or be filled in itself
PREFIX = "ALERT_"
# Other keys of [alerts], which are setup_alerts.sh's.
NOT_VALUES = {"folder", "tests", "configuration", "prometheus_configuration", "drill_listen", "drill_seconds"}


class Refused(Exception):
    """The message names the culprit."""


def read_values(path, environment):
    values = {}
    if path:
        try:
            table = tomllib.loads(pathlib.Path(path).read_text(encoding="utf-8")).get("alerts", {})
        except (OSError, ValueError) as error:
            raise Refused(f"{path}: {error}") from error
        values = {name: value for name, value in table.items() if name not in NOT_VALUES}
    values |= {name.removeprefix(PREFIX).lower(): value for name, value in environment.items() if name.startswith(PREFIX) and value}
    for name, value in values.items():
        if not isinstance(value, str) or not value or UNFIT.search(value):
            raise Refused(f"{name} is no text of one line without quotes, backslashes, {{{{ and @name@")
    return values


def read_secret(folder, name):
    """Empty when there is none."""
    try:
        return (pathlib.Path(folder) / name).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        raise Refused(f"{folder}/{name}: {error}") from error


def parts_of(values, secrets):
    kept = {part for part, name in SECRET_OF_PART.items() if read_secret(secrets, name)}
    return kept | {part for part, name in VALUE_OF_PART.items() if values.get(name)}


def kept_lines(template, kept):
    """Those of the parts that are kept, and of none."""
    within = []
    for number, line in enumerate(template.splitlines(), 1):
        if match := MARK.fullmatch(line):
            if match[1] == "part":
                if match[2] not in SECRET_OF_PART | VALUE_OF_PART:
                    raise Refused(f"line {number}: there is no part {match[2]}")
                within.append(match[2])
            elif not within or within.pop() != match[2]:
                raise Refused(f"line {number}: {match[2]} ends and has not begun")
        elif set(within) <= kept:
            yield number, line
    if within:
        raise Refused(f"{within[-1]} does not end")


def render(template, values, kept):
    """The configuration; comments are the template's own matter."""
    unset, lines = {}, []
    for number, line in kept_lines(template, kept):
        if line.lstrip().startswith("#"):
            continue
        for name in PLACEHOLDER.findall(line):
            if name not in values:
                unset.setdefault(name, number)
        lines.append(PLACEHOLDER.sub(lambda match: values.get(match[1], ""), line))
    if unset:
        raise Refused("unset: " + ", ".join(f"{name} (line {number})" for name, number in unset.items()))
    return "# Made by render_alertmanager.py: change the template or the values, not this file.\n" + "\n".join(lines).strip("\n") + "\n"


def write(path, text, mode):
    """In one step, with the old file's owner and group where that is allowed."""
    path = pathlib.Path(path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        if path.exists() and os.geteuid() == 0:
            os.chown(name, path.stat().st_uid, path.stat().st_gid)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(3, f"render_alertmanager: {message}\n")


def main(arguments, environment):
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", required=True)
    parser.add_argument("--template", default=HERE / "alertmanager.template.yml")
    parser.add_argument("--values")
    parser.add_argument("--secrets", default="secrets")
    parser.add_argument("--secrets-at")
    parser.add_argument("--strict", action="store_true")
    options = parser.parse_args(arguments)
    try:
        values = read_values(options.values, environment)
        kept = parts_of(values, options.secrets)
        values |= {"secrets": str(options.secrets_at or pathlib.Path(options.secrets).resolve()), "webhook_url": read_secret(options.secrets, "webhook_url")}
        text = render(pathlib.Path(options.template).read_text(encoding="utf-8"), values, kept)
        silent = not kept & REACHES_PEOPLE
        if silent and options.strict:
            raise Refused("nobody would hear of an alert: no secret of a receiver, and no smtp_smarthost")
        write(options.output, text, 0o640 if "webhook" in kept else 0o644)
    except (Refused, OSError) as error:
        print(f"render_alertmanager: {error}", file=sys.stderr)
        return 3
    if silent:
        print("render_alertmanager: nobody will hear of an alert: no secret of a receiver, and no smtp_smarthost", file=sys.stderr)
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
