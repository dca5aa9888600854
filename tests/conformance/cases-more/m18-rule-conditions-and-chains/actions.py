from rasa_sdk import Action
from rasa_sdk.events import SlotSet


class Mark(Action):
    def name(self):
        return "action_mark"

    def run(self, dispatcher, tracker, domain):
        return [SlotSet("seen", True)]


class Count(Action):
    def name(self):
        return "action_count"

    def run(self, dispatcher, tracker, domain):
        return [SlotSet("count", (tracker.get_slot("count") or 0) + 1)]
