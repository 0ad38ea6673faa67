"""Security updates alone: taken in, tried on one server, then on the others, and taken back when that one does not come up.

On a bare host they are packages whose origin is Debian's security archive; in containers the image is built again on its base.
Settings [updates]: apt_options (a list), packages (names that are looked at; none: all).
"""
from operations import apt
from operations.errors import CouldNotCheck, Refused
from operations.procedure import Procedure, Step, main
from operations.programs import run_program
from operations.rolling import restart_programs
from operations.web import request_json

KEYS = {"apt_options", "packages", "repository", "gate"}


def options(parser):
    parser.add_argument("--no-refresh", action="store_true", help="do not ask the archives for their lists first")


def table_of(context):
    table = {"apt_options": [], "packages": []} | context.settings.other.get("updates", {})
    unknown = set(table) - KEYS
    if unknown:
        raise Refused(f"[updates]: unknown key {', '.join(sorted(unknown))}")
    return table


def survey(context):
    """What there is, and whether one could go back."""
    table = table_of(context)
    if context.stack.kind == "compose":
        context.fine("the image is built again on its base, with Debian's packages of today")
        return
    if not context.options.no_refresh and not context.dry_run:
        apt.apt(table["apt_options"], "update")
    found = [one for one in apt.upgrades(table["apt_options"]) if one.is_security and (not table["packages"] or one.name in table["packages"])]
    context.kept |= {"options": table["apt_options"], "patches": found}
    context.table("security updates", ["package", "installed", "patched"], [[one.name, one.before, one.after] for one in found])
    if not found:
        context.fine("no security update is missing")
        return
    context.fine(f"{len(found)} security updates are missing", missing=[one.name for one in found])
    if not apt.can_install(table["apt_options"], [(one.name, one.before) for one in found]):
        context.warn("the installed versions are in no archive any more: apt could not take the updates back")


def well(context):
    for url in [context.settings.urls.public.rstrip("/"), *context.stack.direct_urls("app")]:
        status, answer = request_json(url + "/health", seconds=30, trust=context.settings.urls.trust)
        if status != 200 or answer.get("status") == "unhealthy":
            raise CouldNotCheck(f"{url}/health is {answer.get('status')}, HTTP {status}")


def roll_out(context):
    """One server first; the others only when it answers as it should."""
    context.stack.read_environment_anew()
    servers = context.stack.instances("app")
    if len(servers) > 1:
        context.stack.restart("app", servers[0])
        well(context)
        context.fine(f"{servers[0]} runs with it")
    restart_programs(context.stack)
    well(context)


def patch(context):
    if context.stack.kind == "compose":
        patch_image(context)
        return
    patches, options_of_apt = context.kept["patches"], context.kept["options"]
    if not patches:
        return
    if context.dry_run:
        context.fine(f"would install {', '.join(one.name for one in patches)}, and restart servers and workers one by one")
        return
    context.confirm(f"Install {len(patches)} security updates, and restart servers and workers one by one?")
    carry_out(context, lambda: apt.install(options_of_apt, [(one.name, one.after) for one in patches]),
              lambda: apt.install(options_of_apt, [(one.name, one.before) for one in patches]))


def patch_image(context):
    if context.dry_run:
        context.fine("would build the image of app and worker, and replace their containers one by one")
        return
    context.confirm("Build the image of servers and workers again, and replace their containers one by one?")
    container = context.stack.instances("app")[0]
    name, before = (run_program(["docker", "inspect", "-f", form, container]).stdout.strip() for form in ("{{.Config.Image}}", "{{.Image}}"))
    context.fine(f"{name} is {before} now")
    carry_out(context, lambda: context.stack.compose("build", "--no-cache", "app", seconds=3600),
              lambda: run_program(["docker", "tag", before, name]))
    after = run_program(["docker", "inspect", "-f", "{{.Image}}", context.stack.instances("app")[0]]).stdout.strip()
    context.fine(f"{name} is {after} where it runs")


def carry_out(context, forward, back):
    try:
        forward()
        roll_out(context)
    except CouldNotCheck as error:
        context.critical(f"the updates do not work: {error}")
        back()
        context.stack.read_environment_anew()
        restart_programs(context.stack)
        well(context)
        context.warn("taken back: servers and workers run with what there was")
        return
    context.fine("in use everywhere")


STEPS = [Step("before", survey, needed=True), Step("patch", patch)]

if __name__ == "__main__":
    main(Procedure("apply_security_patches", "Security updates", __doc__, seconds=7200, steps=STEPS, changes=True, options=options))
