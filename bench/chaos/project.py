"""The project that is served: it repeats what it is told, itself or by an action server."""

import subprocess
import sys

from bench.measure import environment

FILES = {
    "config.yml": """
recipe: default.v1
language: en
assistant_id: chaos
pipeline: [{name: KeywordIntentClassifier}]
policies: [{name: RulePolicy}]
""",
    "domain.yml": """
version: "3.1"
intents: [tell, ask]
entities: [what]
slots:
  what:
    type: text
    influence_conversation: false
    mappings: [{type: from_entity, entity: what}]
responses:
  utter_heard: [{text: "heard {what}"}]
actions: [action_repeat]
""",
    "data/nlu.yml": """
version: "3.1"
nlu:
- intent: tell
  examples: |
    - tell you something
    - listen
- intent: ask
  examples: |
    - ask you something
    - question
""",
    "data/rules.yml": """
version: "3.1"
rules:
- rule: Repeat what was told
  steps:
  - intent: tell
  - action: utter_heard
- rule: Let the action server repeat it
  steps:
  - intent: ask
  - action: action_repeat
""",
}


def train(folder, *, actions, storage, coordination=None, credentials):
    """Write the project into ``folder`` and train it."""
    endpoints = f"""
action_endpoint:
  url: http://127.0.0.1:{actions}/webhook
  timeout: 4
gateway:
  flood: false
tracker_store:
  type: SQL
  url: {storage}
"""
    if coordination:
        endpoints += f"coordination:\n  type: redis\n  url: {coordination}\n"
    texts = {**FILES, "endpoints.yml": endpoints, "credentials.yml": credentials}
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    subprocess.run(
        [sys.executable, "-m", "kefu", "train"],
        cwd=folder, check=True, env=environment(), capture_output=True,
    )  # fmt: skip
