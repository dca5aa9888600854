"""Builds projects from text, without a disk."""

from __future__ import annotations

from pathlib import Path

from kefu.project.config_file import read_config
from kefu.project.desk_options import DeskOptions
from kefu.project.load import ALL_PARTS, _Loader
from kefu.project.problems import Problem, Report
from kefu.project.project import LoadedProject
from kefu.project.yaml import Document, parse

CONFIG = """
recipe: default.v1
language: zh
pipeline:
- name: JiebaTokenizer
policies:
- name: RulePolicy
"""
DOMAIN = """
version: "3.1"
intents: [greet, order]
entities: [number]
slots:
  number:
    type: text
    mappings:
    - type: from_entity
      entity: number
responses:
  utter_greet:
  - text: 您好
  utter_order:
  - text: 订单 {number}
"""
NLU = """
nlu:
- intent: greet
  examples: |
    - 你好
    - 在吗
- intent: order
  examples: |
    - 查 [A1](number)
    - 查订单
"""
RULES = """
rules:
- rule: greet
  steps:
  - intent: greet
  - action: utter_greet
- rule: order
  steps:
  - intent: order
  - action: utter_order
"""


def document(text: str, file: str = "file.yml") -> tuple[Document, Report]:
    """Parse text; return it with a report of what is wrong."""
    report = Report()
    return parse(text, file, report, environment={}), report


def project(
    *,
    domain: str = DOMAIN,
    nlu: str = NLU,
    stories: str = RULES,
    config: str = CONFIG,
    desk: DeskOptions | None = None,
    parts=ALL_PARTS,
) -> LoadedProject:
    """Put a project together from the text of its files."""
    loader = _Loader(Path("nowhere"), frozenset(parts))
    report = loader.report
    loader.config = read_config(parse(config, "config.yml", report, environment={}), report)
    documents = [
        parse(text, file, report, environment={})
        for file, text in (("domain.yml", domain), ("nlu.yml", nlu), ("stories.yml", stories))
    ]
    loader.domain.add(documents[0])
    loader.nlu.add(documents[1])
    loader.stories.add(documents[2])
    loader.desk = desk or DeskOptions()
    loader.is_whole = all(read.is_whole for read in documents)
    return loader.result()


def told(loaded: LoadedProject | Report, code: str) -> list[Problem]:
    """Return the problems with a code."""
    problems = loaded.sorted() if isinstance(loaded, Report) else loaded.problems
    return [problem for problem in problems if problem.code == code]
