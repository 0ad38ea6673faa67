"""Numbers with their units, for people."""
import datetime

BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
SECONDS = ((1e-6, 1e-9, "ns"), (1e-3, 1e-6, "us"), (1.0, 1e-3, "ms"), (120.0, 1.0, "s"), (7200.0, 60.0, "min"), (172800.0, 3600.0, "h"))


def figure(value, unit, signed=False):
    size, name = _scale(abs(value), unit)
    text = f"{value / size:.0f}" if abs(value / size) >= 1000 else f"{value / size:.3g}"
    text = "0" if float(text) == 0 else text
    sign = "+" if signed and value > 0 and text != "0" else ""
    if unit == "dollars":
        return f"-${text[1:]}" if text.startswith("-") else f"{sign}${text}"
    return f"{sign}{text}{name}"


def _scale(size, unit):
    """(what one of the shown unit is, its name with the space before it) for values of about that size."""
    if unit == "bytes":
        step = 0
        while size >= 0.9995 * 1024 ** (step + 1) and step < len(BINARY) - 1:
            step += 1
        return 1024 ** step, f" {BINARY[step]}"
    if unit == "s":
        for most, one, name in SECONDS:
            if 0 < size < most:
                return one, f" {name}"
        return (86400.0, " d") if size else (1.0, " s")
    if unit == "share":
        return 0.01, "%"
    return 1.0, "" if unit == "dollars" else f" {unit}"


def axis_unit(most, unit):
    """(what one of the axis' unit is, its name) where values go up to `most`."""
    if unit == "dollars":
        return 1.0, "US dollars"
    size, name = _scale(most, unit)
    return size, {"%": "percent"}.get(name.strip(), name.strip())


def date(moment):
    return datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime("%Y-%m-%d")


def parse_number(text):
    """12, 1.5k, 100G (decimal), 80Gi (binary), 500ms, 90%. ValueError says what is wrong."""
    suffixes = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 2 ** 10, "Mi": 2 ** 20, "Gi": 2 ** 30, "Ti": 2 ** 40,
                "B": 1, "KiB": 2 ** 10, "MiB": 2 ** 20, "GiB": 2 ** 30, "TiB": 2 ** 40, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
                "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "%": 0.01}
    digits = text.strip().rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ%")
    suffix = text.strip()[len(digits):]
    if suffix not in suffixes:
        raise ValueError(f"{text}: no unit {suffix}; one of {' '.join(filter(None, suffixes))}")
    value = float(digits) * suffixes[suffix]
    if not 0 < value < float("inf"):
        raise ValueError(f"{text}: not more than 0")
    return value
