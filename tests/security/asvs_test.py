#!/usr/bin/env python3
"""docs/security/asvs.md answers each requirement of ASVS 5.0.0 of levels 1 and 2 once, names only tests, files and configuration keys that there
are, and lists its gaps.

usage: asvs_test.py SOURCE_FOLDER
"""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(sys.argv[1])
DOCUMENT = (ROOT / "docs/security/asvs.md").read_text()
# Requirements of levels 1 and 2 in each section: they are numbered from 1, those of level 3 follow.
SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5,
    "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3, "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4,
    "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1,
    "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3,
    "11.4": 4, "11.5": 1, "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4,
    "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4, "17.3": 2}
NUMBER = re.compile(r"\d+\.\d+\.\d+")
ANSWERS = ("met", "operator", "n/a", "gap")


def numbers_of(text):
    """The numbers of "1.1.1, 1.1.3 to 1.1.5"."""
    numbers = []
    for part in text.split(","):
        first, *last = part.strip().split(" to ")
        section, begin = first.rsplit(".", 1)
        end = int(last[0].rsplit(".", 1)[1]) if last else int(begin)
        numbers += [f"{section}.{i}" for i in range(int(begin), end + 1)]
    return numbers


def rows_of(document):
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in document.splitlines() if line.startswith("| ")]
    return [row for row in cells if NUMBER.match(row[0])]


def known_names():
    """Tests of every kind, and configuration keys."""
    names = set(re.findall(r"^\| `([a-z]+\.[a-z_]+)`", (ROOT / "docs/operations/configuration.md").read_text(), re.M))
    for folder in ("api", "apps", "engine", "gym", "platform", "tests"):
        for path in (ROOT / folder).rglob("*"):
            if "node_modules" in path.parts:
                continue
            if path.suffix in (".cc", ".h"):
                names |= {".".join(found) for found in re.findall(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", path.read_text(), re.M)}
            elif path.suffix == ".py":
                names |= set(re.findall(r"^    def (test_\w+)\(", path.read_text(), re.M))
    return names


def faults_of(document, known):
    rows = rows_of(document)
    faults = [f"{row[0]}: answers with neither of {', '.join(ANSWERS)}" for row in rows if not row[2].startswith(ANSWERS)]
    answered = [number for row in rows for number in numbers_of(row[0])]
    wanted = [f"{section}.{i}" for section, count in SECTIONS.items() for i in range(1, count + 1)]
    faults += [f"{number} is not answered" for number in wanted if number not in answered]
    faults += [f"{number} is no requirement of level 1 or 2" for number in answered if number not in wanted]
    faults += [f"{number} is answered twice" for number in set(answered) if answered.count(number) > 1]
    for number, _, answer in rows:
        named = re.findall(r"`([^`]+)`", answer)
        if answer.startswith("n/a") and ":" not in answer:
            faults.append(f"{number} does not say why")
        for name in named:
            looks_named = "/" in name or re.fullmatch(r"\w+\.\w+|test_\w+", name)
            if looks_named and name not in known and not (ROOT / name).is_file():
                faults.append(f"{number} names {name}, which there is not")
    listed = NUMBER.findall(document.split("\n## Gaps\n")[1])
    gaps = [number for row in rows if row[2].startswith("gap") for number in numbers_of(row[0])]
    return faults + [f"the gap {number} is in one place alone" for number in set(gaps) ^ set(listed)]


class Asvs(unittest.TestCase):
    def setUp(self):
        self.known = known_names()

    def test_every_requirement_is_answered_by_what_there_is(self):
        self.assertEqual(faults_of(DOCUMENT, self.known), [])
        self.assertEqual(sum(SECTIONS.values()), 253)

    def test_what_is_wrong_is_found(self):
        first = next(line for line in DOCUMENT.splitlines() if line.startswith("| 8.2.1 "))
        for changed, fault in (
                (DOCUMENT.replace(first + "\n", ""), "8.2.1 is not answered"),
                (DOCUMENT.replace(first, first + "\n" + first), "8.2.1 is answered twice"),
                (DOCUMENT.replace("| 8.2.1 ", "| 8.2.9 "), "8.2.9 is no requirement of level 1 or 2"),
                (DOCUMENT.replace("EveryRouteAsksForWhatIsWrittenHere", "NoSuchTest"), "8.2.1 names AccessMatrix.NoSuchTest, which there is not"),
                (DOCUMENT.replace("fuzz/fuzz_query.cc", "fuzz/no.cc"), "1.3.2 names fuzz/no.cc, which there is not"),
                (DOCUMENT.replace("`metrics.address`", "`metrics.addres`"), "13.4.5 names metrics.addres, which there is not"),
                (DOCUMENT.replace("| a second factor | met", "| a second factor | gap"), "the gap 6.3.3 is in one place alone")):
            self.assertIn(fault, faults_of(changed, self.known))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
