"""What the tests of action endpoints share."""

from kefu.core.domain import Domain
from kefu.core.tracker import Tracker
from kefu.core.tracker_json import tracker_as_json
from kefu.dialogue.ports import ActionCall

DOMAIN = Domain.from_dict(
    {"slots": {"s": {"type": "text", "mappings": []}}, "actions": ["action_a"]}
)


def call(name="action_a", *, needs_domain=False, key="c1:m1:0"):
    tracker = Tracker("c1", DOMAIN)
    return ActionCall(
        action_name=name,
        conversation_id="c1",
        tracker=tracker_as_json(tracker, tracker.events),
        domain=DOMAIN.data,
        needs_domain=needs_domain,
        idempotency_key=key,
    )
