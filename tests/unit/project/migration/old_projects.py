"""Small projects of former Rasa versions, written for these tests."""

RASA_1 = {
    "domain.yml": """\
# 小店
intents:
  - greet   # 打招呼
  - bye
  - request_table
  - inform:
      use_entities: []
  - help:
      triggers: utter_help
  - restart: {triggers: action_restart}
  - chitchat
entities:
  - cuisine
  - num
slots:
  # 哪国菜
  cuisine:
    type: unfeaturized   # 不影响对话
    auto_fill: false
  num:
    type: unfeaturized
  feedback: {type: text}
templates:
  utter_greet:
    - "您好"
    - text: 你好呀
  utter_help:
    - text: "可以订餐"
  utter_bye: 再见
  utter_ask_cuisine:
  - text: 想吃什么？
  utter_ask_num:
  - text: 几位？
  utter_ask_feedback:
  - text: 满意吗？
actions:
  - utter_greet
  - respond_chitchat
  - action_order
forms:
  - table_form
""",
    "config.yml": """\
language: zh
pipeline: supervised_embeddings
policies:
  - name: MemoizationPolicy
    max_history: 3
  - name: KerasPolicy   # 学出来的
  - name: MappingPolicy
  - name: FormPolicy
  - name: "TwoStageFallbackPolicy"
    nlu_threshold: 0.4
    core_threshold: 0.2
    fallback_core_action_name: "action_order"
""",
    "endpoints.yml": """\
tracker_store:
  store_type: redis
  url: localhost
event_broker:
  type: pika
  url: localhost
  queue: events  # 队列
""",
    "credentials.yml": "rest:\nrasax:\n  url: http://localhost\n",
    "data/nlu.md": """\
<!-- 问候 -->
## intent:greet
- 你好
- 您好 <!-- 客气 -->
## intent:bye
- 再见
- 拜拜
## intent: request_table
* 订餐
- 想吃[川菜](cuisine)
- [两](num:2)个人吃饭
## intent:inform
- [粤菜](cuisine)
- 从[上海]{"entity": "cuisine", "role": "from", "group": "1"}来
## intent:help
- 帮助
- help
## intent:restart
- 重来
- 重新开始
## intent:chitchat/name
- 你叫什么
- 你是谁
## synonym:川菜
- 四川菜
## regex:num
- [0-9]+
## lookup:cuisine
data/cuisines.txt
""",
    "data/cuisines.txt": "川菜\n粤菜\n\n",
    "data/answers.md": "## 名字\n* chitchat/name\n  - 我是小店\n  - 叫我小店\n",
    "data/stories.md": """\
## 你好 <!-- 第一个 -->
* greet
  - utter_greet
> asked
## 再说
> asked
* bye OR chitchat
  - utter_bye
## 订餐
* request_table{"num": 2, "cuisine": ["川菜", "粤菜"]}
    - table_form
    - form{"name": "table_form"}
    - slot{"requested_slot": "cuisine"}
* form: inform{"cuisine": "川菜"}
    - slot{"cuisine": "川菜"}
    - form: table_form
    - slot{"requested_slot": "num"}
    - form{"name": null}
    - action_order
## 闲聊
* chitchat
  - respond_chitchat
""",
    "data/knowledge.md": "# 说明\n\n这是一篇文章。\n\n- 一\n- 二\n",
    "tests/conversation_tests.md": """\
## 测试
* greet: 你好
  - utter_greet
* request_table: 想吃[川菜](cuisine)
  - table_form
""",
    "actions/actions.py": '''\
from rasa_sdk.forms import FormAction


class TableForm(FormAction):
    def name(self):
        return "table_form"

    @staticmethod
    def required_slots(tracker):
        """What is asked for."""
        return ["cuisine", "num", "feedback"]

    def slot_mappings(self):
        return {
            "cuisine": self.from_entity(entity="cuisine", not_intent="chitchat"),
            "num": [self.from_entity("num", intent=["inform"]), self.from_text()],
            "feedback": [self.from_intent(intent="help", value=True), self.from_text()],
        }
''',
}

RASA_2 = {
    "domain/base.yml": """\
version: '2.0'
intents:
- greet
- order
entities: [size, city]
session_config:
  session_expiration_time: 30
  carry_over_slots_to_new_session: true
responses:
  utter_greet:
  - text: hello
  utter_ask_size:
  - text: which size?
  utter_ask_note:
  - text: anything else?
  utter_done:
  - text: done
""",
    "domain/forms.yml": """\
version: "2.0"
slots:
  size:            # S, M or L
    type: text
    influence_conversation: false
  city:
    type: rasa.core.slots.TextSlot
  note:
    type: unfeaturized
    influence_conversation: true
forms:
  # the only form
  order_form:
    ignored_intents:
    - greet
    required_slots:
      size:
      - type: from_entity
        entity: size
      note:   # free text
      - type: from_text
        intent: null
""",
    "config.yml": """\
recipe: default.v1
language: en
pipeline:
- name: WhitespaceTokenizer
- name: CountVectorsFeaturizer
- name: DIETClassifier
- name: DucklingHTTPExtractor
  url: http://localhost:8000
policies:
- name: RulePolicy  # mine
- name: FallbackPolicy
  nlu_threshold: 0.5
""",
    "data/nlu.yml": """\
version: "2.0"
nlu:
- intent: greet
  examples: |
    - hello
    - hi
- intent: order
  examples: |
    - order a [small](size) one
    - order in [Rome](city)
""",
    "data/stories.yml": """\
version: "2.0"
stories:
- story: order
  steps:
  - intent: order
  - action: order_form
  - form: order_form
  - active_loop: null
  - action: action_deactivate_form
  - slot_was_set:
      city: Rome   # where
  - action: utter_done
rules:
- rule: greet
  steps:
  - intent: greet
  - action: utter_greet
""",
}

HALF_MIGRATED = {
    "domain.yml": """\
version: "3.1"
intents: [greet, order]
entities: [size]
slots:
  size:
    type: text
    mappings: []
  note:
    type: unfeaturized
    mappings:
    - type: custom
responses:
  utter_greet:
  - text: hello
  utter_ask_size:
  - text: which size?
forms:
  order_form:
    size:
    - type: from_entity
      entity: size
    - type: from_text
""",
    "config.yml": "recipe: default.v1\nlanguage: en\npipeline:\n- name: WhitespaceTokenizer\n"
    "- name: CountVectorsFeaturizer\n- name: DIETClassifier\npolicies:\n- name: RulePolicy\n",
    "data/nlu.yml": 'version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - hi\n    - hey\n'
    "- intent: order\n  examples: |\n    - order [small](size)\n    - buy\n",
    "data/rules.yml": 'version: "3.1"\nrules:\n- rule: greet\n  steps:\n  - intent: greet\n'
    "  - action: utter_greet\n- rule: order\n  steps:\n  - intent: order\n"
    "  - action: order_form\n  - active_loop: order_form\n",
}
