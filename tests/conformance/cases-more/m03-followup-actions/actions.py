from rasa_sdk import Action
from rasa_sdk.events import FollowupAction


def action(action_name, *events, text=None):
    class Made(Action):
        def name(self):
            return action_name

        def run(self, dispatcher, tracker, domain):
            if text:
                dispatcher.utter_message(text=text)
            return list(events)

    return Made


ToForm = action("action_to_form", FollowupAction("f"), text="开始")
ToUtter = action("action_to_utter", FollowupAction("utter_said"))
ToListen = action("action_to_listen", FollowupAction("action_listen"), text="听")
ToUnknown = action("action_to_unknown", FollowupAction("action_nowhere"))
Two = action("action_two", FollowupAction("utter_said"), FollowupAction("action_last"))
Chain = action("action_chain", FollowupAction("action_two"), text="一")
Last = action("action_last", text="最后")
