"""``kefu inbox`` on a real store: messages become examples, and go back."""

import asyncio
import json
import shutil

import pytest

from kefu.model.load import load_model
from tests.integration.command import kefu
from tests.integration.test_cli_replay import write_talks

TALKS = (
    ("你们招聘客服吗", "谢谢"),
    ("你们招聘客服吗",),
    ("你们还招聘客服人员吗，回a.b@qq.com",),
    ("我叫张小明，能加盟开店么",),
    ("你好", "谢谢"),
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inbox") / "tea"
    assert kefu("init", "--no-prompt", "--no-train", str(folder), cwd=folder.parent).status == 0
    assert kefu("train", cwd=folder).status == 0
    asyncio.run(write_talks(folder / "var" / "kefu.db", load_model(folder / "models"), TALKS))
    return folder


@pytest.fixture
def project(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "tea")


def listed(project, *more):
    done = kefu("inbox", "--list", "--format", "json", *more, cwd=project)
    assert done.status == 0, done.err
    return json.loads(done.out)


def files(project):
    paths = [project / "domain.yml", *(project / "data").rglob("*.yml")]
    return {path.name: path.read_bytes() for path in paths}


def test_groups_are_listed_and_nobody_is_named(project):
    found = listed(project)
    first, second = found["groups"]
    assert (first["count"], found["messages"]) == (3, 4)
    assert [one["text"] for one in first["texts"]] == [
        "你们招聘客服吗",
        "你们还招聘客服人员吗，回name@example.com",
    ]
    assert first["suggestions"]
    assert first["why"]["unsure"] == 3
    assert "a.b@qq.com" not in json.dumps(found)
    assert "name" in second["texts"][0]["warnings"]
    text = kefu("inbox", "--list", cwd=project)
    assert "4 messages to look at: 2 groups." in text.out
    assert "a.b@qq.com" not in text.out
    assert "somebody's name" in text.out


def test_filters(project):
    assert listed(project, "--below", "0.01")["groups"] == []
    more = ("--why", "unsure", "edited", "--confidence", "0", "0.95", "--sort", "newest")
    (group,) = listed(project, "--text", "加盟", *more)["groups"]
    assert group["count"] == 1
    assert listed(project, "--until", "2001-01-01")["groups"] == []
    wrong = kefu("inbox", "--list", "--since", "soon", cwd=project)
    assert wrong.status == 2
    assert "'soon' is no time" in wrong.err


def test_a_trainer_goes_through_it_in_a_pipe(project):
    before = files(project)
    said = "nonsense\nn join_us\nv\ne\n能加盟开店么\nbot_chal\nq\n"
    done = kefu("inbox", cwd=project, said=said)
    assert done.status == 0, done.err
    assert "There is no 'nonsense'" in done.out
    assert "data/nlu.yml:" in done.out
    assert "join_us is new" in done.out
    nlu = (project / "data" / "nlu.yml").read_text("utf-8")
    assert "- intent: join_us\n  examples: |\n    - 你们招聘客服吗\n" in nlu
    assert "    - 能加盟开店么\n" in nlu
    assert "张小明" not in nlu
    assert listed(project)["groups"] == []
    assert kefu("data", "validate", cwd=project).status == 0
    for _ in range(2):
        assert kefu("inbox", "undo", cwd=project).status == 0
    assert files(project) == before
    assert len(listed(project)["groups"]) == 2
    assert "Nothing was decided yet" in kefu("inbox", "undo", cwd=project).out


def test_what_was_done_in_one_talk_is_undone_in_it(project):
    before = files(project)
    done = kefu("inbox", cwd=project, said="1*\nu\nd\nu\nl\nq\n")
    assert done.status == 0, done.err
    assert files(project) == before
    assert len(listed(project)["groups"]) == 1


def test_accept_and_dismiss_by_name(project):
    first, second = (group["id"] for group in listed(project)["groups"])
    wrong = kefu("inbox", "accept", first, "--intent", "bot_chalenge", cwd=project)
    assert wrong.status == 1
    assert "did you mean bot_challenge" in wrong.err
    assert len(listed(project)["groups"]) == 2
    private = kefu(
        "inbox", "accept", first, "--intent", "greet", "--example", "回我13812345678", cwd=project
    )
    assert private.status == 1
    assert "somebody's own" in private.err
    done = kefu("inbox", "accept", first[:4], "--intent", "bot_challenge", "--all", cwd=project)
    assert done.status == 0, done.err
    assert done.out.count("is an example of bot_challenge") == 2
    again = kefu("inbox", "accept", first, "--intent", "greet", cwd=project)
    assert again.status == 1
    assert "made it 'bot_challenge' (data/nlu.yml:" in again.err
    assert kefu("inbox", "dismiss", second, cwd=project).status == 0
    assert "The inbox is empty" in kefu("inbox", "--list", cwd=project).out


def test_what_became_an_example_by_hand_is_gone(project):
    nlu = project / "data" / "nlu.yml"
    text = nlu.read_text("utf-8")
    nlu.write_text(f"{text}- intent: join_us\n  examples: |\n    - 你们招聘客服吗？\n", "utf-8")
    texts = [one["text"] for group in listed(project)["groups"] for one in group["texts"]]
    assert "你们招聘客服吗" not in texts
    assert "你们还招聘客服人员吗，回name@example.com" in texts


def test_a_project_without_a_log_or_with_broken_files(project):
    (project / "data" / "nlu.yml").write_text("nlu: [", "utf-8")
    broken = kefu("inbox", "--list", cwd=project)
    assert broken.status == 1
    assert "kefu data validate" in broken.err
    (project / "endpoints.yml").write_text("tracker_store:\n  type: InMemory\n", "utf-8")
    memory = kefu("inbox", "--list", cwd=project)
    assert memory.status == 1
    assert "in memory" in memory.err
