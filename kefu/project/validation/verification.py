"""Checks that what ``action_verify_customer`` proves can neither be lost nor just be said."""

from __future__ import annotations

from typing import Final

from kefu.core.names import (
    ACTION_VERIFY_CUSTOMER,
    CUSTOMER_ID_SLOT,
    CUSTOMER_PHONE_SLOT,
    VERIFICATION_SLOTS,
)
from kefu.project.problems import Report
from kefu.project.project import Project
from kefu.project.validation.stories import Usage

__all__ = ["check_verification"]

_PROOFS: Final = (*VERIFICATION_SLOTS, CUSTOMER_ID_SLOT, CUSTOMER_PHONE_SLOT)


def check_verification(project: Project, usage: Usage, report: Report) -> None:
    """Report slots of the verification that are missing, or that messages can fill."""
    domain = project.domain
    place = usage.actions.get(ACTION_VERIFY_CUSTOMER)
    if place is None or ACTION_VERIFY_CUSTOMER in domain.action_index:
        return  # a project's own action of that name is its own business
    missing = [name for name in VERIFICATION_SLOTS if name not in domain.slots]
    if missing:
        names = ", ".join(map(repr, missing))
        report.error(
            "story.verification-without-slots",
            place,
            f"{ACTION_VERIFY_CUSTOMER!r} sets slots that the domain does not have: {names}",
            "add them to 'slots', as docs/howto/verify_customers.md shows",
        )
    for name in _PROOFS:
        slot = domain.slots.get(name)
        kinds = [mapping.get("type") for mapping in slot.mappings] if slot else []
        if any(kind != "custom" for kind in kinds):
            report.error(
                "domain.proof-can-be-said",
                project.places.of("slots", name),
                f"a message can fill the slot {name!r}, which counts as proven",
                "give it no mapping but '- type: custom'",
            )
