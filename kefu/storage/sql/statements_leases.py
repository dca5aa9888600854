"""Statements about leases. Their time is the database's."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Double, Executable, bindparam, case, cast, literal_column, select, update
from sqlalchemy import delete as delete_from
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from kefu.storage.sql.tables import leases

__all__ = ["OF_LEASES"]

P = bindparam
_l = leases.c


class _DatabaseTime(GenericFunction[float]):
    """Seconds since the epoch, by the database's clock."""

    type = Double()
    name = "kefu_now"
    inherit_cache = True


@compiles(_DatabaseTime, "sqlite")
def _sqlite_time(*_args: Any, **_more: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(_DatabaseTime, "postgresql")
def _postgres_time(*_args: Any, **_more: Any) -> str:
    return "extract(epoch from clock_timestamp())::float8"


_now: Any = _DatabaseTime()
# A token begins at the time of its lease, so that it tells a row's age and may be forgotten.
_first_token: Any = cast(_now * literal_column("1000000"), _l.token.type)
_next: Any = _l.token + literal_column("1")
_excluded_token: Any = literal_column("excluded.token")
_FREE: Any = literal_column("0.0")
_seconds: Any = cast(P("seconds"), Double)
_until: Any = _now + _seconds

OF_LEASES: Final[dict[str, Executable]] = {
    "find_lease": select(_l.token, _l.until, _now).where(_l.name == P("name")),
    "take_lease": insert_or(leases)
    .values(name=P("name"), holder=P("holder"), token=_first_token, until=_until)
    .on_conflict_do_update(
        index_elements=["name"],
        set_={
            "holder": literal_column("excluded.holder"),
            "token": case((_next > _excluded_token, _next), else_=_excluded_token),
            "until": literal_column("excluded.until"),
        },
        where=(_l.token == P("expected")) & (_l.until <= _now),
    )
    .returning(_l.token),
    "renew_lease": update(leases)
    .where(_l.name == P("name"), _l.token == P("token"), _l.until > _FREE)
    .values(until=_until)
    .returning(_l.token),
    "release_lease": update(leases)
    .where(_l.name == P("name"), _l.token == P("token"))
    .values(until=_FREE),
    "purge_leases": delete_from(leases).where(
        _l.until <= _now,
        _l.token < cast((_now - _seconds) * literal_column("1000000"), _l.token.type),
    ),
}
