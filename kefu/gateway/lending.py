"""Deliveries that somebody else brings across: whoever writes the answer to a request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kefu.gateway.records import Delivery

__all__ = ["Lending"]


class Lending:
    """Knows what is lent, and what of the same lines waits for it to be settled."""

    def __init__(self) -> None:
        self._lent: dict[int, Delivery] = {}
        self._of: dict[tuple[str, str], set[int]] = {}
        """Line -> what is lent of it."""
        self._behind: dict[tuple[str, str], list[Delivery]] = {}

    def __contains__(self, delivery_id: int) -> bool:
        return delivery_id in self._lent

    def lend(self, deliveries: Iterable[Delivery]) -> None:
        """Take note that these are in other hands."""
        for delivery in deliveries:
            self._lent[delivery.id] = delivery
            self._of.setdefault(delivery.line, set()).add(delivery.id)

    def keeps_back(self, delivery: Delivery) -> bool:
        """Whether a newer delivery waits here because earlier ones of its line are lent."""
        if delivery.line not in self._of:
            return False
        self._behind.setdefault(delivery.line, []).append(delivery)
        return True

    def settle(self, ids: Sequence[int]) -> tuple[list[Delivery], list[Delivery]]:
        """Take these back; return them, and those that waited and need not any longer."""
        returned: list[Delivery] = []
        freed: list[Delivery] = []
        for number in ids:
            delivery = self._lent.pop(number, None)
            if delivery is None:
                continue
            returned.append(delivery)
            left = self._of[delivery.line]
            left.discard(number)
            if not left:
                del self._of[delivery.line]
                freed += self._behind.pop(delivery.line, [])
        return returned, freed
