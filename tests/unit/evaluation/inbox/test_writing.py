"""Examples go into the files, and out of them again, and nothing else changes."""

import pytest

from kefu.errors import EditRefused
from kefu.evaluation.inbox.reversing import reversals_of, take_back
from kefu.evaluation.inbox.writing import remove_examples, write_examples
from kefu.project.editing import ProjectEditor

NLU = """version: "3.1"
nlu:
# what customers say first
- intent: greet   # short ones
  examples: |
    - 你好
    - 在吗

- intent: refund
  examples: |
    - 退款[602600001001](order_no)
"""
DOMAIN = """intents:
- greet
- refund
entities: [order_no]   # more later
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "nlu.yml").write_text(NLU, "utf-8")
    (tmp_path / "domain.yml").write_text(DOMAIN, "utf-8")
    return tmp_path


def write(root, intent, *sources, is_new=False):
    return write_examples(lambda: ProjectEditor(root), intent, sources, is_new=is_new)


def texts(root):
    return (root / "data" / "nlu.yml").read_text("utf-8"), (root / "domain.yml").read_text("utf-8")


def test_an_example_stands_where_it_is_said_to(root):
    placed, _ = write(root, "greet", "哈喽", "早啊")
    nlu, domain = texts(root)
    assert nlu == NLU.replace("    - 在吗\n", "    - 在吗\n    - 哈喽\n    - 早啊\n")
    assert domain == DOMAIN
    for one in placed:
        assert nlu.splitlines()[one.line - 1] == f"    - {one.source}"


def test_a_new_intent_is_declared_only_when_it_is_said_to_be_new(root):
    with pytest.raises(EditRefused, match="did you mean refund"):
        write(root, "refnd", "把钱还我")
    write(root, "join_us", "招人吗", is_new=True)
    nlu, domain = texts(root)
    assert "- intent: join_us\n  examples: |\n    - 招人吗\n" in nlu
    assert "- join_us\n" in domain


@pytest.mark.parametrize(
    ("intent", "source", "message"),
    [
        ("greet", "  ", "empty"),
        ("greet", "我的电话13812345678", "13812345678"),
        ("greet", '[你好]{"a": 1}', "cannot be"),
        ("refund", "你好", r"nlu.yml:6: '你好' is an example of 'greet' already"),
        ("nlu_fallback", "哈", "no intent that could have examples"),
        ("bad name", "哈", "no good name"),
    ],
)
def test_what_is_refused_changes_nothing(root, intent, source, message):
    with pytest.raises(EditRefused, match=message):
        write(root, intent, source, is_new=True)
    assert texts(root) == (NLU, DOMAIN)


def test_a_retrieval_intent_needs_its_answer(root):
    write(root, "faq/size", "偏大吗", is_new=True)
    with pytest.raises(EditRefused, match="choose one of faq/size"):
        write(root, "faq", "偏小吗", is_new=True)


def test_all_of_it_is_taken_back_byte_by_byte_also_where_a_file_was_new(root):
    _, changes = write(root, "join_us", "招人吗", is_new=True)
    assert take_back(reversals_of(changes, root), root)
    assert texts(root) == (NLU, DOMAIN)


def test_where_the_files_were_changed_since_only_the_examples_go(root):
    placed, changes = write(root, "greet", "哈喽")
    write(root, "greet", "早啊")
    assert not take_back(reversals_of(changes, root), root)
    remove_examples(lambda: ProjectEditor(root), "greet", [placed[0].source])
    nlu, _ = texts(root)
    assert "哈喽" not in nlu
    assert "早啊" in nlu
    remove_examples(lambda: ProjectEditor(root), "greet", [placed[0].source])  # gone already
