from rasa_sdk import Action
from rasa_sdk.events import BotUttered, SlotSet


class Say(Action):
    def name(self):
        return "action_say"

    def run(self, dispatcher, tracker, domain):
        how = tracker.get_slot("how")
        u = dispatcher.utter_message
        if how == "text":
            u(text="你好 {price}")
        elif how == "kwargs":
            u(text="附加", foo="bar", nothing=None, zero=0)
        elif how == "override":
            u(response="utter_price", price="参数价")
        elif how == "buttons":
            u(response="utter_price", buttons=[{"title": "退", "payload": "/say"}])
            u(text="只有按钮", buttons=[{"title": "退", "payload": "/say"}])
        elif how == "card":
            u(response="utter_card")
            u(response="utter_card", text="文字加卡片", json_message={"own": 1})
        elif how == "image":
            u(response="utter_image", name="a")
            u(image="http://x/b.png")
            u(text="同图", image="http://x/c.png", attachment="http://x/c.png")
        elif how == "web":
            u(response="utter_web")
            u(text="之后")
        elif how == "attachment":
            u(text="附件", attachment="http://x/a.pdf")
        elif how == "elements":
            u(elements=[{"title": "一", "subtitle": "副", "buttons": [{"title": "好", "payload": "/say"}]}])
        elif how == "several":
            u(text="一")
            u(text="二")
            return [BotUttered("三"), SlotSet("price", "新价"), BotUttered("四", {"image": "http://x/d.png"}, {"m": 1})]
        elif how == "metadata":
            u(text="元", metadata={"a": 1})
        elif how == "paragraphs":
            u(text="甲\n\n乙\n\n\n丙")
        elif how == "everything":
            u(text="全部", image="http://x/e.png", json_message={"a": 1}, response=None,
              attachment="http://x/e.pdf", buttons=[{"title": "好", "payload": "/say"}],
              elements=[{"title": "元"}], quick_replies=[{"title": "快", "payload": "/say"}])
        elif how == "json":
            u(json_message={"list": [1, {"b": "{price}"}], "空": None})
        elif how == "channel":
            u(text=tracker.get_latest_input_channel())
        return []
