import json

from tests.integration.command import kefu


def test_an_intent_is_explained_by_what_speaks_for_it(project):
    done = kefu("explain", "where is my parcel", cwd=project)
    assert done.status == 0, done.err
    assert "\x1b" not in done.out
    assert done.out.startswith("where is my parcel\nwords: where | is | my | parcel\n")
    assert "Intent  check_order  by DIETClassifier" in done.out
    assert "Why check_order rather than" in done.out
    assert "What the confidence rests on:" in done.out
    assert "\nResult: check_order " in done.out


def test_words_need_no_quotes(project):
    assert kefu("explain", "where", "is", "my", "parcel", cwd=project).out == (
        kefu("explain", "where is my parcel", cwd=project).out
    )


def test_entities_are_explained_by_place_and_type(project):
    out = kefu("explain", "my order number is 20260001", cwd=project).out
    assert "order_number = 20260001" in out
    assert "that it is one:" in out


def test_it_speaks_the_language_that_is_asked_for(project):
    out = kefu("explain", "my order number is 20260001", "--language", "zh", cwd=project).out
    assert "意图  " in out
    assert "  置信度的依据：" in out
    assert "都不是" in out
    assert "    为什么是实体：" in out
    assert "that it is one" not in out
    assert "结果：" in out
    text = project.joinpath("config.yml").read_text("utf-8")
    project.joinpath("config.yml").write_text(text.replace("language: en", "language: zh"), "utf-8")
    assert kefu("train", "nlu", "--out", "chinese", cwd=project).status == 0
    done = kefu("explain", "where is my parcel", "--model", "chinese", cwd=project)
    assert "结果：check_order" in done.out
    found = kefu("explain", "my parcel", "--model", "chinese", "--json", cwd=project).out
    assert "置信度" not in found


def test_everything_is_there_as_json(project):
    done = kefu("explain", "where is my parcel", "--json", cwd=project)
    found = json.loads(done.out)
    assert found["parsed"]["intent"]["name"] == "check_order"
    choice = next(item for item in found["explanations"] if item["kind"] == "choice")
    assert choice["about"] == "intent"
    assert choice["candidates"][0]["label"] == "check_order"
    assert len(choice["characters"]) == len("where is my parcel")
    assert any(one["kind"] == "words" for one in choice["contributions"])


def test_it_is_compared_with_what_was_asked_for(project):
    out = kefu("explain", "where is my parcel", "--against", "greet", cwd=project).out
    assert "Why check_order rather than greet" in out
    out = kefu("explain", "where is my parcel", "--against", "nonsense", cwd=project).out
    assert "nonsense is not compared with" in out


def test_without_a_model_it_says_what_to_do(project):
    done = kefu("explain", "hello", "--model", "nowhere", cwd=project)
    assert done.status == 1
    assert "kefu train" in done.err


def test_a_model_that_only_decides_cannot_explain(project):
    assert kefu("train", "core", "--out", "decides", cwd=project).status == 0
    done = kefu("explain", "hello", "--model", "decides", cwd=project)
    assert done.status == 1
    assert "has no NLU" in done.err


def test_without_a_text_it_says_so(project):
    done = kefu("explain", cwd=project)
    assert done.status == 2
    assert "Missing argument 'TEXT...'" in done.err
