"""Newer versions of what is pinned, on a branch to review: lock files of npm brought up to date in a worktree of their own, and tested there.

Nothing is pushed or merged, and a tree with changes is not touched. Debian's packages are told; apply_security_patches.sh installs them.
Settings [updates]: repository (this checkout), gate (a list of words; make lint && make test), apt_options.
"""
import json
import pathlib
import tempfile

from operations import apt
from operations.errors import CouldNotCheck, Refused
from operations.procedure import Procedure, Step, main
from operations.programs import run_program
from operations.report import now
from operations.settings import checkout

GATE = ["sh", "-c", "make lint && make test"]
KEYS = {"apt_options", "packages", "repository", "gate"}
GATE_SECONDS, NPM_SECONDS = 4 * 3600, 600


def options(parser):
    parser.add_argument("--major", action="store_true", help="also versions that promise to break something (the first number grows)")
    parser.add_argument("--no-apt", action="store_true", help="do not look at Debian's packages")


def git(context, *words, folder=None):
    return run_program(["git", "-C", folder or context.kept["repository"], *words], seconds=300).stdout.strip()


def tree(context):
    table = {"apt_options": [], "gate": GATE, "repository": str(checkout())} | context.settings.other.get("updates", {})
    if set(table) - KEYS:
        raise Refused(f"[updates]: unknown key {', '.join(sorted(set(table) - KEYS))}")
    context.kept |= table
    changed = git(context, "status", "--porcelain")
    if changed:
        raise Refused(f"{table['repository']} has changes that are not committed: {changed.splitlines()[0].strip()}")
    locks = [pathlib.PurePath(name).parent for name in git(context, "ls-files", "*package-lock.json").splitlines()]
    context.kept["folders"] = [folder for folder in locks if "node_modules" not in folder.parts]
    context.fine(f"{table['repository']} is clean at {git(context, 'rev-parse', '--short', 'HEAD')}, with {len(locks)} lock files")


def debian(context):
    if context.options.no_apt:
        return
    found = apt.upgrades(context.kept["apt_options"])
    context.table("Debian's packages", ["package", "installed", "newer", "security"],
                  [[one.name, one.before, one.after, "yes" if one.is_security else "no"] for one in found])
    security = sum(one.is_security for one in found)
    (context.warn if security else context.fine)(f"{len(found)} of Debian's packages are newer in the archive, {security} of them for security")


def outdated(folder, major):
    """{package: version} of those that a newer one is there for; npm ends with 1 then."""
    done = run_program(["npm", "outdated", "--json"], folder=folder, seconds=NPM_SECONDS, check=False)
    try:
        found = json.loads(done.stdout or "{}")
    except ValueError as error:
        raise CouldNotCheck(f"npm outdated in {folder} says no JSON: {done.stderr[-200:]}") from error
    if "error" in found:
        raise CouldNotCheck(f"npm outdated in {folder}: {found['error'].get('summary') or found['error'].get('code')}")
    asked = json.loads((pathlib.Path(folder) / "package.json").read_text(encoding="utf-8"))
    ours = {**asked.get("dependencies", {}), **asked.get("devDependencies", {})}
    locked = components(folder)
    newer = {}
    for name, told in found.items():
        latest = told[0]["latest"] if isinstance(told, list) else told["latest"]
        before = locked.get(name, "")
        if name in ours and latest != before and (major or latest.split(".")[0] == before.split(".")[0]):
            newer[name] = latest
    return newer


def components(folder):
    """{package: version} of a lock file, with all that is needed by what is needed."""
    lock = json.loads((pathlib.Path(folder) / "package-lock.json").read_text(encoding="utf-8"))
    return {path.rpartition("node_modules/")[2]: told.get("version", "") for path, told in lock.get("packages", {}).items() if path}


def npm(context):
    """In a worktree, so that whoever works here is not disturbed."""
    place = pathlib.Path(context.cleanup.enter_context(tempfile.TemporaryDirectory(prefix="causal-gym-updates-"))) / "tree"
    branch = f"updates/{now():%Y%m%dT%H%M%S}"
    git(context, "worktree", "add", "-q", "-b", branch, str(place))
    context.cleanup.callback(run_program, ["git", "-C", context.kept["repository"], "worktree", "remove", "--force", str(place)], check=False)
    context.kept |= {"place": place, "branch": branch, "changes": []}
    rows = []
    for folder in context.kept["folders"]:
        before = components(place / folder)
        for name, version in outdated(place / folder, context.options.major).items():
            exact = ["--save-exact"] if is_exact(place / folder, name) else []
            kind = ["--save-dev"] if name in json.loads((place / folder / "package.json").read_text(encoding="utf-8")).get("devDependencies", {}) else []
            run_program(["npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund", *exact, *kind, f"{name}@{version}"],
                        folder=place / folder, seconds=NPM_SECONDS)
        after = components(place / folder)
        rows += [[folder, name, before.get(name, "-"), after.get(name, "-")] for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    context.table("what changes, with all that is needed by what is needed", ["folder", "package", "before", "after"], rows)
    context.kept["changes"] = rows
    context.fine(f"{len(rows)} packages of npm change" if rows else "nothing of npm is newer")


def is_exact(folder, name):
    asked = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    wanted = {**asked.get("dependencies", {}), **asked.get("devDependencies", {})}[name]
    return wanted[:1].isdigit()


def gate(context):
    """The branch stays only with what passes."""
    place, branch, rows = context.kept["place"], context.kept["branch"], context.kept["changes"]
    if not rows or context.dry_run:
        drop_branch(context)
        return
    done = run_program(context.kept["gate"], folder=place, seconds=GATE_SECONDS, check=False)
    if done.returncode:
        tail = "; ".join((done.stdout + done.stderr).strip().splitlines()[-3:])[:500]
        drop_branch(context)
        context.critical(f"the gate ended with {done.returncode}, so there is no branch: {tail}")
        return
    git(context, "commit", "-q", "-a", "-m", "Newer versions of " + ", ".join(sorted({row[1] for row in rows}))[:200], folder=place)
    context.fine(f"the gate passes; the branch {branch} is for review: git diff HEAD...{branch}", branch=branch)


def drop_branch(context):
    """A worktree's branch cannot be deleted before it."""
    git(context, "worktree", "remove", "--force", str(context.kept["place"]))
    git(context, "branch", "-q", "-D", context.kept["branch"])
    if context.dry_run:
        context.fine("nothing of it is kept")


STEPS = [Step("tree", tree, needed=True), Step("debian", debian), Step("npm", npm, needed=True), Step("gate", gate)]

if __name__ == "__main__":
    main(Procedure("update_dependencies", "Newer dependencies", __doc__, seconds=5 * 3600, steps=STEPS, changes=True, options=options))
