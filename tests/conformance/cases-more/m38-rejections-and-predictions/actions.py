from rasa_sdk import Action, ActionExecutionRejection


class No(Action):
    def name(self):
        return "action_no"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="不说")
        raise ActionExecutionRejection(self.name(), "never")
