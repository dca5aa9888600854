import json

import pytest

from kefu.errors import ProjectError
from kefu.evaluation.replay.tracker_file import read_trackers

ONE = {"sender_id": "a", "events": [{"event": "user", "text": "hi", "timestamp": 5.0}]}
TWO = {"sender_id": "b", "events": []}


@pytest.mark.parametrize(
    "text",
    [
        f"{json.dumps(ONE)}\n\n{json.dumps(TWO)}\n",
        json.dumps([ONE, TWO]),
        json.dumps([ONE, TWO], indent=2),
    ],
)
def test_trackers_stand_in_lines_or_in_a_list(tmp_path, text):
    path = tmp_path / "log.json"
    path.write_text(text, "utf-8")
    assert [(one.name, len(one.entries)) for one in read_trackers(path)] == [("a", 1), ("b", 0)]


def test_one_tracker_may_be_the_whole_file(tmp_path):
    path = tmp_path / "log.json"
    path.write_text(json.dumps(ONE, indent=1), "utf-8")
    (one,) = read_trackers(path)
    assert (one.entries[0].seq, one.entries[0].timestamp) == (1, 5.0)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (f"{json.dumps(ONE)}\n{{broken\n", "log.json:2: this is no JSON"),
        (f"{json.dumps(ONE)}\n[1]\n", "log.json:2: this is no tracker"),
        ("nothing", "is no JSON"),
        ("", "is no JSON"),
        ("[1]", "tracker 1: this is no tracker"),
        ('{"sender_id": "a"}\n', "log.json:1: this is no tracker"),
    ],
)
def test_what_is_no_tracker_is_told_with_its_place(tmp_path, text, where):
    path = tmp_path / "log.json"
    path.write_text(text, "utf-8")
    with pytest.raises(ProjectError, match=where):
        list(read_trackers(path))


def test_a_file_that_is_not_there_or_not_text_is_told(tmp_path):
    with pytest.raises(ProjectError, match="cannot read"):
        list(read_trackers(tmp_path / "none.jsonl"))
    binary = tmp_path / "binary.jsonl"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProjectError, match="cannot read"):
        list(read_trackers(binary))
