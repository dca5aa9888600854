from rasa_sdk.knowledge_base.actions import ActionQueryKnowledgeBase
from rasa_sdk.knowledge_base.storage import InMemoryKnowledgeBase
import json
import pathlib
import tempfile

HOTELS = [
    {"id": 0, "name": "海景", "city": "青岛", "price": 300},
    {"id": 1, "name": "长城", "city": "北京", "price": 500},
]


class Query(ActionQueryKnowledgeBase):
    def __init__(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "data.json"
            path.write_text(json.dumps({"hotel": HOTELS}), "utf-8")
            super().__init__(InMemoryKnowledgeBase(str(path)))
