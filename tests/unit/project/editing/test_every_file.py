"""Every YAML file of the repository can be changed without another byte of it changing."""

from pathlib import Path

import pytest
from yaml.nodes import MappingNode, SequenceNode

from kefu.errors import EditRefused
from kefu.project.editing import entries, examples
from kefu.project.editing.editor import _intents_of
from kefu.project.editing.source import SourceFile

ROOT = Path(__file__).parents[4]
FOLDERS = ("data", "examples", "kefu", "tests/conformance", "tests/stories", "tests/quality")
BOM = b"\xef\xbb\xbf"


def yaml_files():
    found = [ROOT / "domain.yml"]
    for folder in FOLDERS:
        found += [p for p in (ROOT / folder).rglob("*.y*ml") if "node_modules" not in p.parts]
    return sorted(found)


def as_it_is(data):
    return data


def with_crlf(data):
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def without_final_newline(data):
    return data.rstrip(b"\r\n")


def with_bom(data):
    return data if data.startswith(BOM) else BOM + data


SHAPES = (as_it_is, with_crlf, without_final_newline, with_bom)


def sources(shape, *sections):
    """Yield every readable file that has one of the sections, in a shape."""
    for path in yaml_files():
        data = path.read_bytes()
        if not any(f"{section}:".encode() in data for section in sections):
            continue
        try:
            source = SourceFile.of(path, path.name, shape(data))
            if source.tree is not None:
                yield source
        except EditRefused:
            continue  # broken on purpose; that these are refused is tested elsewhere


def inserted(before, after):
    """Return what was inserted, after making sure that nothing else is different."""
    size = len(after) - len(before)
    assert size > 0
    pairs = enumerate(zip(before, after, strict=False))
    start = next((i for i, (a, b) in pairs if a != b), len(before))
    # The same bytes may stand on both sides of the border, so it is looked for around there.
    at = next(i for i in range(start, -1, -1) if before[i:] == after[i + size :])
    assert before[:at] == after[:at]
    return after[at : at + size]


@pytest.mark.parametrize("shape", SHAPES)
def test_an_example_comes_and_goes(shape):
    changed = refused = 0
    for source in sources(shape, "nlu"):
        intents = list(dict.fromkeys(_intents_of(source)))
        for intent in {*intents[:1], *intents[-1:]}:
            try:
                after = examples.add_example(source, intent, "一句新话: # 从没说过")
            except EditRefused:
                refused += 1
                continue
            new = inserted(source.data, after.data).strip(b"\r\n").decode()
            is_listed = "text:" in new
            assert new.strip().removeprefix("examples: |").strip() in (
                "- 一句新话: # 从没说过", '- text: "一句新话: # 从没说过"',
            )  # fmt: skip
            (written,) = [one for one in examples.examples_of(after, intent) if "新话" in one.text]
            renewed = examples.change_example(after, written, "[一句](x)新话")
            assert "[一句](x)新话" in renewed.text
            changed += 1
            if "examples:" not in new:
                assert examples.remove_example(after, written).data == source.data, source.path
            assert is_listed or written.source.startswith("一句")
    assert changed > 150
    assert refused <= 4


@pytest.mark.parametrize("shape", SHAPES)
def test_each_example_is_changed_alone(shape):
    changed = 0
    for source in sources(shape, "nlu"):
        for intent in list(dict.fromkeys(_intents_of(source)))[:1]:
            for example in list(examples.examples_of(source, intent))[-1:]:
                try:
                    after = examples.change_example(source, example, f"{example.source}呀")
                except EditRefused:
                    continue
                lines = source.text.split("\n")
                others = after.text.split("\n")
                different = [a for a, b in zip(lines, others, strict=True) if a != b]
                assert len(different) == 1, source.path
                back = next(
                    one
                    for one in examples.examples_of(after, intent)
                    if (one.item, one.index) == (example.item, example.index)
                )
                again = examples.change_example(after, back, example.source)
                assert again.root == source.root
                changed += 1
    assert changed > 100


STEPS = [{"intent": "greet"}, {"slot_was_set": [{"size": "M: L"}]}, {"action": "utter_greet"}]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("section", "key"), [("stories", "story"), ("rules", "rule")])
def test_stories_are_appended(shape, section, key):
    changed = 0
    for source in sources(shape, section):
        node = source.section(section)
        if not isinstance(node, SequenceNode) or not node.value:
            continue  # the brackets of an empty list give way
        item = {key: "新的: 一个", "steps": STEPS}
        after = entries.add_items(source, section, [item])
        new = inserted(source.data, after.data)
        assert "新的: 一个".encode() in new
        assert after.root[section][-1] == item
        has_final_line_end = source.text.endswith("\n")
        assert after.text.endswith("\n") == has_final_line_end, source.path
        if shape is with_crlf:
            assert b"\n" not in new.replace(b"\r\n", b"")
        changed += 1
    assert changed > 15


@pytest.mark.parametrize("shape", SHAPES)
def test_domains_grow(shape):
    changed = 0
    for source in sources(shape, "intents", "slots"):
        intents, slots = source.section("intents"), source.section("slots")
        if not isinstance(intents, SequenceNode) or not intents.value:
            continue
        after = entries.add_items(source, "intents", ["brand_new"])
        assert b"brand_new" in inserted(source.data, after.data)
        slot = {"type": "text", "mappings": [{"type": "from_text"}]}
        if slots is not None and not (isinstance(slots, MappingNode) and slots.value):
            continue
        last = entries.add_entries(after, "slots", {"brand_new": slot})
        assert b"from_text" in inserted(after.data, last.data)
        assert last.root["slots"]["brand_new"] == slot
        assert list(last.root["slots"])[-1] == "brand_new"
        changed += 1
    assert changed > 15
