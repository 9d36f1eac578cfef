"""The control totals of the books, in plain SQL over few columns: also of a schema that is older than this code."""

import sqlalchemy as sa

from delivery.backup.manifest import Totals

GROUPS = (
    ("item.custody", "SELECT custody, count(*) FROM item GROUP BY custody"),
    ("consignment.submission", "SELECT submission, count(*) FROM consignment GROUP BY submission"),
    ("consignment.journey", "SELECT journey, count(*) FROM consignment GROUP BY journey"),
    ("handed_over", "SELECT journey, count(*) FROM consignment WHERE handed_over_in IS NOT NULL GROUP BY journey"),
    ("case.open", "SELECT kind, count(*) FROM case_ WHERE closed_at IS NULL GROUP BY kind"),
)
MONEY = (
    ("postage", "SELECT coalesce(sum(postage), 0) FROM consignment WHERE submission <> 'void'"),
    ("to_collect", "SELECT coalesce(sum(to_collect), 0) FROM consignment WHERE submission <> 'void'"),
)


def reckon(connection: sa.Connection) -> Totals:
    """Count what the books hold at one moment: the connection's transaction must see one state throughout."""
    names = sorted(sa.inspect(connection).get_table_names())
    rows = {name: _number(connection, sa.select(sa.func.count()).select_from(sa.table(name))) for name in names}
    groups = {
        f"{name}.{word}": int(count)
        for name, statement in GROUPS
        for word, count in connection.execute(sa.text(statement)).all()
    }
    return Totals(rows, groups, {name: _number(connection, sa.text(statement)) for name, statement in MONEY})


def schema_of(connection: sa.Connection) -> str:
    """The revision of the schema that the database has."""
    return str(connection.scalar(sa.text("SELECT version_num FROM alembic_version")))


def _number(connection: sa.Connection, statement: sa.Executable) -> int:
    return int(connection.scalar(statement) or 0)
