"""A small project in which something is untidy, as an editor has it."""

DOMAIN = """\
version: "3.1"
intents: [greet, order]
entities: [dish]
responses:
  utter_greet:
    - text: Hello 😀
"""
NLU = """\
version: "3.1"
nlu:
  - intent: greet
    examples: |
      - hello
      - 你好😀
      - hello
  - intent: order
    examples: |
      - bring [noodles](dish)
      - I want [noodles](dish)
      - [noodles](dish) please
      - [noodles](dish) now
      - some [noodles](dish)
      - [noodles](dish) 😀
      - two [noodles](dish)
      - my [noodles](dish)
      - his [noodles](dish)
      - 😀 noodles today
"""
RULES = """\
version: "3.1"
rules:
  - rule: greet
    steps:
      - intent: greet
      - action: utter_greet
  - rule: order
    steps:
      - intent: order
      - action: utter_greet
"""
CONFIG = """\
language: en
pipeline:
  - name: WhitespaceTokenizer
  - name: CountVectorsFeaturizer
  - name: LogisticRegressionClassifier
  - name: CRFEntityExtractor
policies:
  - name: RulePolicy
"""
FILES = {
    "domain.yml": DOMAIN,
    "data/nlu.yml": NLU,
    "data/rules.yml": RULES,
    "config.yml": CONFIG,
}


def write(root):
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root
