import json

from rasa_sdk import Action, FormValidationAction
from rasa_sdk.events import SlotSet


def seen(tracker, domain):
    latest = tracker.latest_message
    return {
        "slots": tracker.slots,
        "intent": latest.get("intent"),
        "entities": latest.get("entities"),
        "text": latest.get("text"),
        "metadata": latest.get("metadata"),
        "paused": tracker.is_paused(),
        "loop": {k: v for k, v in (tracker.active_loop or {}).items() if k != "trigger_message"},
        "trigger": ((tracker.active_loop or {}).get("trigger_message") or {}).get("text"),
        "latest_action": tracker.latest_action_name,
        "events": [[e["event"], e.get("name")] for e in tracker.events],
        "channel": tracker.get_latest_input_channel(),
        "applied": [e["event"] for e in tracker.applied_events()],
        "domain": sorted(k for k in domain if k in ("slots", "forms", "responses", "intents", "actions", "session_config")),
        "values": list(tracker.get_latest_entity_values("k")),
        "state": sorted(k for k in tracker.current_state() if k not in ("stack", "user_id")),
    }


class Show(Action):
    def name(self):
        return "action_show"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text=json.dumps(seen(tracker, domain), ensure_ascii=False, sort_keys=True))


class Validate(FormValidationAction):
    def name(self):
        return "validate_f"

    async def run(self, dispatcher, tracker, domain):
        shown = dict(seen(tracker, domain), candidates=tracker.slots_to_validate())
        dispatcher.utter_message(text=json.dumps(shown, ensure_ascii=False, sort_keys=True))
        return await super().run(dispatcher, tracker, domain)


class Ask(Action):
    def name(self):
        return "action_ask_x"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text=json.dumps(seen(tracker, domain), ensure_ascii=False, sort_keys=True))
