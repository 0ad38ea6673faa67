"""Reads and writes the text format of Prometheus's metrics."""
import dataclasses
import re

LINE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?\s*$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"\s*,?\s*')
ESCAPES = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}


@dataclasses.dataclass(frozen=True)
class Sample:
    name: str
    labels: dict
    value: float


def parse_exposition(text):
    """(samples, types): types maps a family to counter, gauge, histogram or summary. ValueError names the first bad line."""
    samples, types = [], {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("# TYPE "):
            words = line.split()
            types[words[2]] = words[3] if len(words) > 3 else "untyped"
        elif line.strip() and not line.startswith("#"):
            samples.append(parse_sample(line, number))
    return samples, types


def parse_sample(line, number):
    found = LINE.fullmatch(line.strip())
    if found is None:
        raise ValueError(f"line {number} is no sample: {line[:80]}")
    name, labels, value = found.groups()
    read, end = {}, 0
    while labels and end < len(labels):
        label = LABEL.match(labels, end)
        if label is None:
            raise ValueError(f"line {number} has bad labels: {line[:80]}")
        read[label[1]] = re.sub(r'\\[n"\\]', lambda escape: ESCAPES[escape[0]], label[2])
        end = label.end()
    return Sample(name, read, float(value))


def label_value(text):
    """As it stands between the quotes of a label."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
