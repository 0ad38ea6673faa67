#!/usr/bin/env python3
"""Tests tools/tidy: each rule's breach, planted in a clean temporary tree, is reported at its line and nothing else."""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
TIDY = pathlib.Path(__file__).resolve().parent / "tidy"
HEADER = "// A graph value: nodes and directed edges; immutable. Cost: O(n).\n#pragma once\n"
CLEAN = {
    "tools/layers.txt": "engine/base:\nengine/graph: engine/base\ngym: engine/graph\napi: gym\nplatform: api\n",
    "tests/allowed_skips.txt": "Oracle.*: CASES is not set\n",
    "engine/base/check.h": HEADER,
    "engine/graph/graph.h": HEADER + '#include "engine/base/check.h"\n',
}


def body(lines):
    return "{\n" + "  ++n;\n" * (lines - 2) + "}\n"


# name: (path, text, line, rule). The text is a whole file.
BREACHES = {
    "an include that points up": ("engine/base/a.cc", '#include "engine/graph/graph.h"\n', 1, "layers"),
    "a folder without a layer": ("engine/new/a.cc", "\n", 1, "layers"),
    "a layer listed too late": ("tools/layers.txt", CLEAN["tools/layers.txt"] + "x: y\n", 6, "layers"),
    "an include that is no path": ("engine/graph/a.cc", '\n#include "graph.h"\n', 2, "include"),
    "a file over 500 lines": ("engine/base/a.cc", "\n" * 501, 501, "file_size"),
    "a test over 800 lines": ("engine/base/a_test.cc", "// T\nTEST(A, B) {}\n" + "\n" * 799, 801, "file_size"),
    "a function of 61 lines": ("engine/base/a.cc", "void f(int n) " + body(61), 1, "function_size"),
    "a method of 61 lines": ("engine/base/a.cc", "struct A {\n  A() : n{1} " + body(61) + "  int n;\n};\n", 2,
                             "function_size"),
    "too many functions over 40": ("engine/base/a.cc", "void f(int n) {}\n" * 18 + ("void g(int n) " + body(41)) * 2,
                                   19, "function_share"),
    "a line of 101 columns": ("engine/base/a.cc", "\n//" + "x" * 99 + "\n", 2, "columns"),
    "unfinished work": ("engine/base/a.cc", "// TO" + "DO: later\n", 1, "unfinished"),
    "no newline at the end": ("engine/base/a.cc", "int f();", 1, "text"),
    "a file name in capitals": ("engine/base/Graph.cc", "\n", 1, "file_name"),
    "a banned word in a file name": ("engine/base/graph_utils.cc", "\n", 1, "banned_word"),
    "a banned word in a type": ("engine/base/a.cc", "class GraphManager {};\n", 1, "banned_word"),
    "a type in snake case": ("engine/base/a.cc", "\nstruct my_type {};\n", 2, "type_name"),
    "an alias in snake case": ("engine/base/a.cc", "using my_type = int;\n", 1, "type_name"),
    "a function in camel case": ("engine/base/a.cc", "int\ngetName(int n) { return n; }\n", 2, "function_name"),
    "a declaration in camel case": ("engine/base/a.h", HEADER + "[[nodiscard]] int getName(int n);\n", 3,
                                    "function_name"),
    "a header without comment": ("engine/base/a.h", "#pragma once\n", 1, "header_comment"),
    "a header with an empty comment": ("engine/base/a.h", "// Header.\n#pragma once\n", 1, "header_comment"),
    "a header without pragma once": ("engine/base/a.h", HEADER.splitlines()[0] + "\n", 1, "header"),
    "using namespace in a header": ("engine/base/a.h", HEADER + "using namespace std;\n", 3, "header"),
    "a test file without comment": ("engine/base/a_test.cc", "TEST(A, B) {}\n", 1, "test_comment"),
    "a throw": ("engine/base/a.cc", "void f() { throw 1; }\n", 1, "exceptions"),
    "a try": ("gym/a.cc", "void f() {\n  try { } catch (...) { } }\n", 2, "exceptions"),
    "iostream": ("engine/base/a.cc", "#include <iostream>\n", 1, "print"),
    "printf": ("gym/a.cc", 'void f() { std::printf(""); }\n', 1, "print"),
    "chrono": ("engine/base/a.cc", "#include <chrono>\n", 1, "clock"),
    "filesystem": ("gym/a.cc", "#include <filesystem>\n", 1, "files"),
    "fstream": ("gym/a.cc", "#include <fstream>\n", 1, "files"),
    "the standard's random numbers": ("gym/a.cc", "#include <random>\n", 1, "random"),
    "a static in a function": ("engine/base/a.cc", "int f() {\n  static int n = 0;\n  return ++n;\n}\n", 2,
                               "mutable_state"),
    "a global": ("engine/base/a.cc", "namespace a {\nstd::vector<int> cache;\n}\n", 2, "mutable_state"),
    "a global with a value": ("gym/a.cc", "int counter{3};\n", 1, "mutable_state"),
    "a static member": ("gym/a.cc", "struct A {\n  inline static int n = 1;\n};\n", 2, "mutable_state"),
    "JSON in the engine": ("engine/base/a.cc", "#include <nlohmann/json.hpp>\n", 1, "json"),
    "a virtual function": ("platform/a.h", HEADER + "struct A {\n  virtual int f() = 0;\n};\n", 4, "virtual"),
    "a test file without a test": ("engine/base/a_test.cc", "// Nothing.\n", 1, "no_test"),
    "a disabled test": ("engine/base/a_test.cc", "// T\nTEST(A, DISABLED_B) {}\n", 2, "disabled"),
    "a skip not on the list": ("engine/base/a_test.cc", '// T\nTEST(A, B) { GTEST_SKIP() << "CASES is not set"; }\n', 2,
                               "skip"),
    "a skip with another message": ("gym/a_test.cc", '// T\nTEST(Oracle, B) { GTEST_SKIP() << "slow"; }\n', 2, "skip"),
    "a test hidden from ctest": ("gym/CMakeLists.txt", "set_tests_properties(a PROPERTIES SKIP_RETURN_CODE 4)\n", 1,
                                 "skip"),
    "a dead link": ("docs/a.md", "\nSee [b](b.md).\n", 2, "link"),
    "a package without a record": ("tools/setup", "debian_packages=(\n  cowsay\n)\n", 1, "dependency"),
    "an exception without use": ("tools/tidy_exceptions.txt", "print engine/base/x.cc: why\n", 1, "exception"),
    "an exception without reason": ("tools/tidy_exceptions.txt", "print engine/base/x.cc\n", 1, "exception"),
}

# What looks like a breach and is none: one file each.
INNOCENT = {
    "engine/base/text.cc": '// throw try printf std::cout\nconst char* f() { return "throw; virtual " R"x(try { )x"; }\n',
    "engine/base/constants.cc": "constexpr int a = 1;\nstatic const int b{2};\ninline constexpr auto c = 1'000;\n"
                                "const char d = '{';\nconst std::map<std::string, int (*)(int)> e = {{\"a\", f}};\n",
    "engine/base/forms.cc": "template <typename T>\nrequires(sizeof(T) > 1)\nauto f(T t) -> Result<T> { return t; }\n"
                            "struct A : B<int> {\n  explicit A(int n) : B<int>(n), a{n}, b_{} {}\n  ~A();\n"
                            "  bool operator<(const A&) const = default;\n  static A make() { return {}; }\n"
                            "  using value_type = int;\n  int a = 0, b_{};\n};\n"
                            "struct A::Parts { explicit Parts(int) {} };\nA::A(int n) : B<int>{n} {}\n"
                            "template <>\nstruct std::hash<A> { std::size_t operator()(const A&) const noexcept; };\n"
                            "int g(const std::function<int(int)>& f = {}) {\n  for (int i = 0; i < 3; ++i) {}\n"
                            "  static const std::array<int, 2> table = {1, 2};\n  return f(table[0]);\n}\n"
                            "#define STATEMENT(x) \\\n  do { throw_it(x); } while (0)\n",
    "engine/base/innocent_test.cc": '// Tests.\n#include <fstream>\nTEST(Oracle, A) { GTEST_SKIP() << "CASES is not set"; '
                                    "}\n",
    "engine/base/sixty.cc": "void f(int n) " + body(60),
    "docs/ok.md": "[home](../docs/ok.md#top) [web](https://example.org) [here](#there)\n",
}


def run_tidy(files):
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            file = pathlib.Path(root) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        done = subprocess.run([sys.executable, TIDY, "--root", root], capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines(), done.stderr


class TidyTest(unittest.TestCase):
    maxDiff = None

    def test_clean_tree_passes(self):
        self.assertEqual(run_tidy({**CLEAN, **INNOCENT}), (0, [], ""))

    def test_each_breach_is_reported_at_its_line(self):
        for name, (path, text, line, rule) in BREACHES.items():
            with self.subTest(name):
                status, found, errors = run_tidy({**CLEAN, path: text})
                self.assertEqual(status, 1, found)
                self.assertTrue(any(f.startswith(f"{path}:{line}: {rule}: ") for f in found), (found, errors))
                self.assertEqual({f.split(": ")[1] for f in found}, {rule})

    def test_a_named_exception_covers_its_rule_and_path_only(self):
        breach = {"engine/base/a.cc": "#include <iostream>\n"}
        listed = {"tools/tidy_exceptions.txt": "print engine/base/*: why\n"}
        self.assertEqual(run_tidy({**CLEAN, **breach, **listed})[0], 0)
        other = {"gym/a.cc": "#include <iostream>\n"}
        self.assertEqual(len(run_tidy({**CLEAN, **breach, **listed, **other})[1]), 1)

    def test_every_rule_has_a_planted_breach(self):
        calls = re.findall(r"Finding\((.*?)\)\n", TIDY.read_text(encoding="utf-8"), re.DOTALL)
        named = {match.group(1) for call in calls if (match := re.search(r'"([a-z_]+)",', call))}
        self.assertGreater(len(named), 20)
        self.assertEqual(named - {rule for _, _, _, rule in BREACHES.values()}, set())


if __name__ == "__main__":
    unittest.main()
