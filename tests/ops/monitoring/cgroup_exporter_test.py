#!/usr/bin/env python3
"""The exporter of control groups: both versions of the kernel's tree tell the same, names are found where they can be known, and
neither a huge tree nor an odd file nor a slow client stops it.

usage: cgroup_exporter_test.py ROOT
"""
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
import cgroup_trees  # noqa: E402
from cgroup_trees import DOCKER, PODMAN, VALUES  # noqa: E402

PROGRAM = pathlib.Path(sys.argv[1]) / "ops/exporters/cgroup_exporter.py"
MOST_SECONDS = 30


def samples_of(text):
    """{(metric, labels): value}"""
    found = re.findall(r"^(\w+)(?:\{(.*)\})? (\S+)$", text, re.MULTILINE)
    return {(name, labels): float(value) for name, labels, value in found}


class MadeUp(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.root = self.folder / "cgroup"
        self.root.mkdir()

    def run_once(self, *options, code=0):
        done = subprocess.run([PROGRAM, "--once", "--cgroups", self.root, *options], capture_output=True, text=True, timeout=MOST_SECONDS)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout if code == 0 else done.stderr

    def of_group(self, text, path):
        return {name: value for (name, labels), value in samples_of(text).items() if f'id="{path}"' in labels}

    def check(self, *options):
        done = subprocess.run(["promtool", "check", "metrics"], input=(text := self.run_once(*options)), capture_output=True, text=True, timeout=MOST_SECONDS)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
        return text

    def unified(self):
        (self.root / "cgroup.controllers").write_text("cpu io memory pids\n")


class Exporter(MadeUp):
    def test_both_versions_tell_the_same(self):
        path = f"/system.slice/docker-{DOCKER}.scope"
        for version in ("unified", "first"):
            with self.subTest(version=version):
                self.root = self.folder / version
                self.root.mkdir()
                if version == "unified":
                    self.unified()
                    cgroup_trees.add_unified(self.root, path)
                else:
                    cgroup_trees.add_first(self.root, path)
                values = self.of_group(self.check(), path)
                self.assertGreater(values.pop("container_start_time_seconds"), 1e9)
                self.assertEqual(values, VALUES)

    def test_no_limit_is_zero_and_no_quota_is_absent(self):
        self.unified()
        cgroup_trees.add_unified(self.root, "/a.service", **{"memory.max": "max\n", "cpu.max": "max 100000\n"})
        first = self.folder / "first"
        cgroup_trees.add_first(first, "/a.service", **{"memory/memory.limit_in_bytes": "9223372036854771712\n", "cpu/cpu.cfs_quota_us": "-1\n"})
        for self.root in (self.root, first):
            values = self.of_group(self.check(), "/a.service")
            self.assertEqual(values["container_spec_memory_limit_bytes"], 0)
            self.assertNotIn("container_spec_cpu_quota", values)
            self.assertEqual(values["container_spec_cpu_period"], 100000)

    def test_names_come_from_a_list_a_description_a_unit_or_the_id(self):
        self.unified()
        for path in (f"/docker/{DOCKER}", f"/machine.slice/libpod-{PODMAN}.scope", "/system.slice/causal-gym-app.service", "/system.slice/cron.service", "/user.slice"):
            cgroup_trees.add_unified(self.root, path)
        label = 'container_threads{id="/docker/' + DOCKER + '",name="%s"} 12'
        self.assertIn(label % DOCKER[:12], self.run_once())
        descriptions, names = self.folder / "containers", self.folder / "names"
        cgroup_trees.describe(descriptions, DOCKER, "/gym_app_1", "app")
        text = self.check("--descriptions", descriptions)
        self.assertIn(label % 'gym_app_1",service="app', text)
        self.assertNotIn("never-told", text)
        names.write_text(f"{DOCKER[:12]} gym-app-2 app\nshort x\n\n{PODMAN} other\n")
        text = self.check("--names", names, "--descriptions", descriptions)
        for expected in (label % 'gym-app-2",service="app', f'libpod-{PODMAN}.scope",name="other"}}', 'causal-gym-app.service",name="causal-gym-app",service="app"}',
                         'cron.service",name="cron"}', 'container_threads{id="/user.slice"}'):
            self.assertIn(expected, text)

    def test_odd_files_are_left_out_and_not_waited_for(self):
        self.unified()
        folder = self.root / "odd.service"
        cgroup_trees.add_unified(self.root, "/odd.service", **{"memory.current": "much\n", "cpu.stat": "usage_usec 1" + "0" * 70_000, "cpu.max": "-1 x\n"})
        (folder / "pids.current").unlink()
        os.mkfifo(folder / "pids.current")
        (folder / "memory.swap.current").unlink()
        os.symlink("/", folder / "loop")
        values = self.of_group(self.check(), "/odd.service")
        for missing in ("container_memory_usage_bytes", "container_memory_working_set_bytes", "container_cpu_usage_seconds_total", "container_spec_cpu_quota",
                        "container_threads", "container_memory_swap"):
            self.assertNotIn(missing, values)
        self.assertEqual(values["container_memory_rss"], 600000)
        for description in ("{", "[]", '{"Name": 3}', '{"Name": "/x", "Config": []}', "[" * 100_000):
            (self.folder / DOCKER).mkdir(exist_ok=True)
            (self.folder / DOCKER / "config.v2.json").write_text(description)
            cgroup_trees.add_unified(self.root, f"/docker/{DOCKER}")
            self.assertIn(f'name="{DOCKER[:12]}"', self.check("--descriptions", self.folder))

    def test_a_label_cannot_break_the_format(self):
        self.unified()
        cgroup_trees.add_unified(self.root, '/a"b\\c\nd.service')
        self.assertIn(r'name="a\"b\\c\nd"', self.check())

    def test_more_groups_than_the_limit_are_counted_and_named_ones_kept(self):
        self.unified()
        for number in range(30):
            (self.root / f"plain{number}").mkdir()
        cgroup_trees.add_unified(self.root, "/zzz.service")
        samples = samples_of(self.check("--most", "10"))
        self.assertEqual((samples["cgroup_exporter_groups", ""], samples["cgroup_exporter_groups_dropped", ""]), (10, 21))
        self.assertIn(("container_threads", 'id="/zzz.service",name="zzz"'), samples)
        deep = self.root.joinpath(*"abcdefghijklmnop")
        deep.mkdir(parents=True)
        self.assertNotIn("/a/b/c/d/e/f/g/h/i/j", self.check())

    def test_wrong_usage_and_nothing_to_read_end_with_three(self):
        self.assertIn("no tree of control groups", self.run_once(code=3))
        for options in (["--most", "0"], ["--nope"], ["--most", "x"]):
            self.run_once(*options, code=3)

    def test_this_machine(self):
        self.root = "/sys/fs/cgroup"
        text = self.check()
        self.assertIn("cgroup_exporter_groups ", text)
        # The other road: the kernel's file of one group that has one.
        for (name, labels), value in samples_of(text).items():
            if name == "container_spec_memory_limit_bytes":
                path = re.search('id="(.*?)"', labels)[1]
                files = [pathlib.Path(f"/sys/fs/cgroup{top}{path}/{file}") for top, file in (("", "memory.max"), ("/memory", "memory.limit_in_bytes"))]
                said = next(file.read_text().strip() for file in files if file.exists())
                self.assertEqual(value, 0 if said == "max" or int(said) >= 1 << 62 else int(said))


class Serving(MadeUp):
    def test_it_is_scraped_and_ends_when_told(self):
        self.unified()
        cgroup_trees.add_unified(self.root, "/a.service")
        before = {path: path.stat().st_mtime_ns for path in self.root.rglob("*")}
        process = subprocess.Popen([PROGRAM, "--listen", "127.0.0.1:0", "--cgroups", self.root], stdout=subprocess.PIPE, text=True)
        try:
            port = int(process.stdout.readline().rsplit(":", 1)[1])
            with socket.create_connection(("127.0.0.1", port)) as silent:  # sends nothing, and keeps nobody waiting
                silent.sendall(b"GET /met")
                for _ in range(3):
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=MOST_SECONDS) as response:
                        self.assertEqual(response.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
                        self.assertIn('container_threads{id="/a.service",name="a"} 12\n', response.read().decode())
                with self.assertRaisesRegex(urllib.error.HTTPError, "404"):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=MOST_SECONDS)
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(MOST_SECONDS), 0)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
        self.assertEqual(before, {path: path.stat().st_mtime_ns for path in self.root.rglob("*")})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
