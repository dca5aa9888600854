"""Which of the shop's accounts the customer has: signed in, or by a phone verified with a code."""

from __future__ import annotations

from rasa_sdk import Tracker

from actions.shop_client import ShopRefusal, ask_shop
from actions.shop_identity import verified_phone

__all__ = ["account_of"]


async def account_of(tracker: Tracker) -> str | None:
    """Return the number of the customer's account; None: nobody is signed in, or there is none.

    Raises:
        ShopDown: The shop cannot tell.
    """
    customer_id = tracker.get_slot("customer_id")
    if customer_id:
        return str(customer_id)
    phone = verified_phone(tracker)
    if phone is None:
        return None
    try:
        member = await ask_shop("GET", f"/api/members/{phone}", tracker=tracker)
    except ShopRefusal:
        return None
    return str(member["customer_id"])
