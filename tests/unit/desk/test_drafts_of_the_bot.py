"""What an agent is shown of an answer that the bot holds back."""

import pytest

from kefu.core.events import ActionExecuted
from tests.unit.desk.office import Office

REPLY = {"text": "签收后七天内可以退货。", "buttons": [{"title": "去退货", "payload": "/return"}]}


@pytest.mark.parametrize(
    ("draft", "shown"),
    [
        ({"kind": "reply", "name": "utter_faq", "message": REPLY}, REPLY),
        ({"kind": "action", "name": "action_look_up"}, {}),
        (None, {}),
    ],
)
async def test_the_reply_itself_is_the_draft(draft, shown):
    office = Office()
    said = {"id": "r1", "action": "utter_faq", "confidence": 0.8, "parts": {}, "draft": draft}
    said["deadline"] = 99.0
    asked = ActionExecuted(action_name="action_review", metadata={"review": said})
    await office.writes("怎么退货")
    await office.desk.heard("c1", [asked], channel="push", at=1.0)
    (review,) = await office.store.reviews(is_open=True)
    assert review.draft == shown
