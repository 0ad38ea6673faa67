"""Changes secrets while everybody goes on working: the new one is good before the old one is not, is tried, and is put back when it fails.

Without --only: all that are here (jwt, second_factor, database, monitor, pgbouncer, redis, grafana). A run that was cut off is taken up by the
next one. Secrets are never printed and never arguments.
"""
from operations.errors import Refused
from operations.procedure import Procedure, Step, main
from rotation.database import DatabasePassword, MonitorPassword, PoolerPassword
from rotation.frame import carry_on
from rotation.key_rings import JwtKeys, SecondFactorKeys
from rotation.redis_users import RedisPassword
from operations.secret_files import check_folder
from rotation.web_keys import GrafanaPassword, PROVIDERS, ProviderKey

KINDS = {kind.name: kind for kind in (JwtKeys, SecondFactorKeys, DatabasePassword, MonitorPassword, PoolerPassword, RedisPassword,
                                    GrafanaPassword)}
KEYS = {"access_token_seconds", "grafana_user", "probe_user", "provider_urls"}


def options(parser):
    parser.add_argument("--only", action="append", metavar="KIND", help=f"{', '.join(KINDS)} or provider:NAME; may be given several times")
    parser.add_argument("--from", dest="source", metavar="FILE", help="of provider:NAME: the file with the new key; -: standard input")
    parser.add_argument("--retire", action="store_true", help="begin nothing; finish what was waiting or was cut off")


def chosen(context):
    """Rotations, with what was asked for by name first refused if it is unknown."""
    names = [name for word in context.options.only or [] for name in word.split(",")]
    made = []
    for name in names or list(KINDS):
        if name.startswith("provider:"):
            made.append(ProviderKey(context, name.removeprefix("provider:")))
        elif name in KINDS:
            made.append(KINDS[name](context))
        else:
            raise Refused(f"unknown kind {name!r}: {', '.join(KINDS)} or provider:NAME")
    if context.options.source is not None and not any(isinstance(rotation, ProviderKey) for rotation in made):
        raise Refused("--from is the new key of a provider: name it, as in --only provider:openai")
    return made, bool(names)


def survey(context):
    """What there is to do, and whether it can be written down."""
    unknown = set(context.settings.other.get("rotation", {})) - KEYS
    if unknown:
        raise Refused(f"[rotation]: unknown key {', '.join(sorted(unknown))}")
    rotations, named = chosen(context)
    due = []
    for rotation in rotations:
        absent = rotation.absent()
        pending = rotation.journal.resumed
        if absent and not pending:
            (context.unchecked if named else context.fine)(f"{rotation.name}: {absent}")
        elif pending or not context.options.retire:
            due.append(rotation)
    if due:
        check_folder(due[0].path().parent)
    context.kept["due"] = due
    if not due:
        context.fine("nothing is pending" if context.options.retire else "there is nothing to rotate")
    for rotation in due:
        left = [told for phase, told in rotation.phases.items() if phase not in rotation.journal.done]
        context.fine(f"{rotation.name}: {'goes on' if rotation.journal.resumed else 'begins'}: " + "; ".join(left))


def providers(context):
    """Whether keys that are in use are still taken, where they are and nobody changes them now."""
    for name in PROVIDERS:
        path = context.stack.secret_path(f"{name}_api_key")
        if not path.exists() or not path.read_text(encoding="utf-8").strip() or not context.options.check_providers:
            continue
        status = ProviderKey(context, name).status(context.stack.secret(f"{name}_api_key"))
        if status in (401, 403):
            context.critical(f"{name} refuses the key that is in use ({status}): get a new one, and give it with --only provider:{name} --from FILE")
        elif status == 200:
            context.fine(f"{name} takes the key that is in use")
        else:
            context.unchecked(f"{name} answered {status} to the key that is in use")


def rotate(context):
    if context.dry_run or not context.kept["due"]:
        return
    context.confirm(f"Rotate {', '.join(rotation.name for rotation in context.kept['due'])}?")
    for done, rotation in enumerate(context.kept["due"], 1):
        if not carry_on(rotation):
            left = ", ".join(one.name for one in context.kept["due"][done:])
            context.warn(f"{rotation.name} comes first" + (f": nothing was done about {left}" if left else ""))
            return


STEPS = [Step("before", survey, needed=True), Step("providers", providers), Step("rotation", rotate)]


def all_options(parser):
    options(parser)
    parser.add_argument("--check-providers", action="store_true", help="also ask providers whether they still take the keys in use")


if __name__ == "__main__":
    main(Procedure("rotate_secrets", "Rotation of secrets", __doc__, seconds=3600, steps=STEPS, changes=True, options=all_options))
