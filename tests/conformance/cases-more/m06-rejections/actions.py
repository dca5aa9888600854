from rasa_sdk import Action, ActionExecutionRejection, FormValidationAction
from rasa_sdk.events import ActionExecutionRejected, SlotSet


class Validate(FormValidationAction):
    def name(self):
        return "validate_f"

    async def run(self, dispatcher, tracker, domain):
        x = tracker.slots_to_validate().get("x")
        if x == "raise":
            raise ActionExecutionRejection(self.name(), "no")
        if x == "return":
            return [ActionExecutionRejected("f")]
        if x == "both":
            dispatcher.utter_message(text="拒绝但记下")
            return [SlotSet("x", "记下"), ActionExecutionRejected("f")]
        return await super().run(dispatcher, tracker, domain)


class Picky(Action):
    def name(self):
        return "action_picky"

    def run(self, dispatcher, tracker, domain):
        if tracker.get_slot("x") == "ok":
            dispatcher.utter_message(text="行")
            return []
        raise ActionExecutionRejection(self.name())
