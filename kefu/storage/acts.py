"""Acts of the desk as entries of the staff's audit log: the two do not know each other."""

from __future__ import annotations

from kefu.desk.library.records import Act
from kefu.staff.audit import AuditEntry

__all__ = ["entry_of"]


def entry_of(act: Act) -> AuditEntry:
    """Return an act as the audit log has it."""
    return AuditEntry(
        at=act.at,
        actor_id=act.by.agent_id,
        actor_name=act.by.name,
        act=act.what,
        subject=act.subject,
        data=act.data,
        address=act.by.address,
    )
