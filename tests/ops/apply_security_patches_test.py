"""apply_security_patches.sh with real packages in a root of their own: one server first, then the others; and back when it does not come up."""
import json
import sys

from debian_archive import Archive
from load import Load
from native_stack import NativeStack, findings

SERVICES = ("postgres", "pgbouncer", "redis", "app", "nginx")


def main():
    with NativeStack(sys.argv[1], only=SERVICES) as stack:
        archive = Archive(stack.folder / "apt")
        archive.add("1.0", "as released")
        archive.apt("update")
        archive.apt("install", "-y", "patched")
        stack.write_settings(updates={"apt_options": archive.options, "packages": ["patched"]})
        code, report = stack.procedure("apply_security_patches", "--yes")
        assert code == 0 and "no security update is missing" in findings(report, "before"), report

        archive.add("1.1", "mended")
        archive.apt("update")
        code, report = stack.procedure("apply_security_patches", "--dry-run")
        assert code == 0 and archive.file.read_text() == "as released\n" and "would install patched" in findings(report, "patch")[0], report
        with Load(stack.public_url(), ["/health"], readers=2) as load:
            code, report = stack.procedure("apply_security_patches", "--yes")
        assert code == 0 and archive.file.read_text() == "mended\n" and "in use everywhere" in findings(report, "patch"), report
        load.assert_none_failed(least=5)

        archive.add("1.2", "broken")
        units = stack.folder / "units.json"
        told = json.loads(units.read_text(encoding="utf-8"))
        told["causal-gym-app@.service"]["argv"] = ["sh", "-c", f"grep -q broken {archive.file} && exit 1; exec {stack.program} serve"]
        units.write_text(json.dumps(told), encoding="utf-8")
        with Load(stack.public_url(), ["/health"], readers=2) as load:
            code, report = stack.procedure("apply_security_patches", "--yes")
        assert code == 2 and archive.file.read_text() == "mended\n" and "taken back" in findings(report, "patch", "warning")[0], report
        load.assert_none_failed(least=5)


if __name__ == "__main__":
    main()
