"""What is on presale now: the deposit, and when the rest can be paid."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from examples.shop.catalogue import PRESALES
from examples.shop.ledger import Ledger

__all__ = ["Presales"]

OPENS_AT = 20
"""The hour at which balances can be paid, and until which."""


class Presales(Ledger):
    """Products that are paid in two steps."""

    def now(self) -> list[dict[str, Any]]:
        """Return the presales, the next balance first; days count from today."""
        return sorted(map(self._shown, PRESALES), key=lambda one: str(one["balance_from"]))

    def _shown(self, presale: dict[str, Any]) -> dict[str, Any]:
        row = self._row("SELECT price FROM products WHERE name = ?", presale["product"])
        price = row["price"] if row else presale["worth"]
        today = self._now().replace(hour=OPENS_AT, minute=0, second=0, microsecond=0)
        opens = today + timedelta(days=presale["opens_in"])
        return {
            **{key: presale[key] for key in ("product", "deposit", "worth")},
            "balance": price - presale["worth"],
            "balance_from": opens.isoformat(timespec="seconds"),
            "balance_until": (opens + timedelta(days=presale["open_days"])).isoformat(
                timespec="seconds"
            ),
            "ships_on": (opens + timedelta(days=presale["ships_after"])).date().isoformat(),
        }
