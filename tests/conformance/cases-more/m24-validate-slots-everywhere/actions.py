from rasa_sdk import Action, ValidationAction
from rasa_sdk.events import SlotSet


class Via(Action):
    def name(self):
        return "action_via"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="经由")
        return [SlotSet("note", tracker.latest_message["intent"]["name"])]


class Validate(ValidationAction):
    def validate_phone(self, value, dispatcher, tracker, domain):
        if value == "bad":
            dispatcher.utter_message(text="号码不对")
            return {"phone": None}
        area, _, rest = value.partition("-")
        return {"phone": rest, "area": area}

    def extract_area(self, dispatcher, tracker, domain):
        return {}
