"""How many connections to PostgreSQL the instances may come to hold, and how many there may be."""
import dataclasses

from operations.errors import CouldNotCheck


@dataclasses.dataclass(frozen=True)
class Budget:
    """What PostgreSQL allows and others use; `pooler` is PgBouncer's configuration, or None where it is not asked."""
    most: int  # of PostgreSQL, without those kept for superusers
    others: int  # in use by neither the application nor PgBouncer
    pooler: dict | None

    def pool(self):
        """The most that PgBouncer opens for the application's database and role."""
        size = int(self.pooler["default_pool_size"]) + int(self.pooler.get("reserve_pool_size", 0))
        bound = int(self.pooler.get("max_db_connections", 0))
        return min(size, bound) if bound else size

    def refusals(self, wanted):
        """Why `wanted` connections of the instances cannot be, as sentences; none when they can."""
        if self.pooler is None:
            free = self.most - self.others
            return [f"the instances may hold {wanted} connections, and PostgreSQL has {free} for them (max_connections)"] if wanted > free else []
        told = []
        clients = int(self.pooler["max_client_conn"])
        if wanted > clients:
            told.append(f"the instances may hold {wanted} connections, and PgBouncer takes {clients} (max_client_conn)")
        if self.pool() > self.most - self.others:
            told.append(f"PgBouncer may open {self.pool()} connections, and PostgreSQL has {self.most - self.others} for it (max_connections)")
        return told


def read_budget(stack, through_pooler):
    settings = stack.settings.postgres
    most, others = map(int, stack.admin_sql(
        "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,"
        f" (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        f" AND usename NOT IN ('{settings.user}', '{settings.admin}'))")[0])
    pooler = {row["key"]: row["value"] for row in stack.pooler("SHOW CONFIG")} if through_pooler else None
    return Budget(most, others, pooler)


def expected_connections(settings, app, worker):
    return app * settings.scaling.app_connections + worker * settings.scaling.worker_connections


def goes_through_pooler(stack):
    """Whether the application is told PgBouncer's address."""
    return stack.database_address()[1] == stack.settings.pgbouncer.port


def check_pooler(stack):
    """Its configuration as a dict, or None with the reason."""
    try:
        return {row["key"]: row["value"] for row in stack.pooler("SHOW CONFIG")}, ""
    except CouldNotCheck as error:
        return None, str(error)
