"""A Debian archive of one package on disk, and a root of its own that apt and dpkg install it into: neither network nor this machine is touched."""
import hashlib
import pathlib
import subprocess


class Archive:
    """The package `patched` is one file, which its version's text stands in."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.root, self.pool = self.folder / "root", self.folder / "archive"
        for name in ("root/var/lib/dpkg/info", "root/var/lib/dpkg/updates", "root/apt/lists/partial", "root/apt/cache/archives/partial",
                     "root/etc/parts", "archive"):
            (self.folder / name).mkdir(parents=True)
        for name in ("var/lib/dpkg/status", "var/lib/dpkg/available"):
            (self.root / name).touch()
        (self.root / "etc/sources.list").write_text(f"deb [trusted=yes] file:{self.pool} ./\n", encoding="ascii")
        self.file = self.root / "usr/share/patched"
        values = {"Dir::State": self.root / "apt", "Dir::State::status": self.root / "var/lib/dpkg/status", "Dir::Cache": self.root / "apt/cache",
                  "Dir::Etc::sourcelist": self.root / "etc/sources.list", "Dir::Etc::sourceparts": self.root / "etc/parts",
                  "Dir::Etc::preferencesparts": self.root / "etc/parts", "APT::Sandbox::User": "root", "APT::Architectures::": "all",
                  "DPkg::Options::": f"--root={self.root}", "DPkg::Path": "/usr/sbin:/usr/bin:/sbin:/bin"}
        self.options = [word for key, value in values.items() for word in ("-o", f"{key}={value}")]

    def add(self, version, text):
        """Another version, as Debian's security archive has it."""
        tree = self.folder / f"tree-{version}"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "usr/share").mkdir(parents=True)
        (tree / "usr/share/patched").write_text(text + "\n", encoding="ascii")
        control = f"Package: patched\nVersion: {version}\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: one file\n"
        (tree / "DEBIAN/control").write_text(control, encoding="ascii")
        package = self.pool / f"patched_{version}_all.deb"
        subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree, package], check=True, capture_output=True, timeout=60)
        content = package.read_bytes()
        with open(self.pool / "Packages", "a", encoding="ascii") as index:
            index.write(f"{control}Filename: ./{package.name}\nSize: {len(content)}\nSHA256: {hashlib.sha256(content).hexdigest()}\n\n")
        index = (self.pool / "Packages").read_bytes()
        (self.pool / "Release").write_text("Origin: Debian\nLabel: Debian-Security\nSuite: stable-security\nDate: Thu, 01 Jan 2026 00:00:00 UTC\n"
                                           f"SHA256:\n {hashlib.sha256(index).hexdigest()} {len(index)} Packages\n", encoding="ascii")

    def apt(self, *words):
        done = subprocess.run(["apt-get", "-q", *self.options, *words], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
