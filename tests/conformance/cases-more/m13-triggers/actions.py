from rasa_sdk import Action
from rasa_sdk.events import ConversationPaused


class Pause(Action):
    def name(self):
        return "action_pause"

    def run(self, dispatcher, tracker, domain):
        return [ConversationPaused()]
