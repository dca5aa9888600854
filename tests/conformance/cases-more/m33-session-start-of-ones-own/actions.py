from rasa_sdk import Action
from rasa_sdk.events import ActionExecuted, SessionStarted, SlotSet


class Start(Action):
    def name(self):
        return "action_session_start"

    def run(self, dispatcher, tracker, domain):
        metadata = tracker.get_slot("session_started_metadata") or {}
        if metadata.get("crash"):
            raise ValueError("crash")
        if not metadata.get("silent"):
            dispatcher.utter_message(text="欢迎")
        events = [SessionStarted(), SlotSet("visits", (tracker.get_slot("visits") or 0) + 1)]
        if tracker.get_slot("name"):
            events.append(SlotSet("name", tracker.get_slot("name") + "+"))
        if not metadata.get("no_listen"):
            events.append(ActionExecuted("action_listen"))
        return events
