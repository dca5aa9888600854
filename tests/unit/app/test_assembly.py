import asyncio
import sys

import pytest

from kefu.app.assembly import open_app
from kefu.app.settings import AppSettings
from kefu.channels.rest import RestConnector
from kefu.core.domain import Domain
from kefu.core.messages import UserMessage
from kefu.errors import ChannelError, ModelError, ProjectError, Unavailable
from kefu.project.problems import Place
from kefu.project.project import Project
from kefu.project.settings import (
    MEMORY,
    ActionEndpoint,
    AttachmentsEndpoint,
    ComponentConfig,
    Credentials,
    Endpoints,
    GatewayOptions,
    ModelConfig,
)
from kefu.project.story_data import ActionStep, Story, StoryData, UserStep
from kefu.staff.changes import EndLogins
from kefu.staff.signing_in import From
from kefu.training.train import TrainingOptions, train

HERE = Place("rules.yml", 1)
RULE = Story(
    name="hello",
    place=HERE,
    is_rule=True,
    steps=(UserStep(place=HERE, intent="greet"), ActionStep(place=HERE, name="utter_hi")),
)


def a_model(folder, name, words):
    project = Project(
        domain=Domain.from_dict(
            {"intents": ["greet"], "responses": {"utter_hi": [{"text": words}]}}
        ),
        config=ModelConfig(policies=(ComponentConfig(name="RulePolicy"),)),
        stories=StoryData(rules=(RULE,)),
    )
    options = TrainingOptions(out=folder, model_name=name, cache_folder=folder / "cache")
    return train(project, options).path


@pytest.fixture
def settings(tmp_path):
    model = a_model(tmp_path / "models", "one", "Hi!")
    return AppSettings(root=tmp_path, model=model, storage_url=MEMORY, has_channels=False)


def changed(settings, **changes):
    names = AppSettings.__dataclass_fields__
    return AppSettings(**{name: getattr(settings, name) for name in names} | changes)


async def said(app, text="/greet"):
    message = UserMessage(conversation_id="c", text=text)
    return [reply.text for reply in (await app.gateway.handle(message)).replies]


async def test_an_app_answers(settings):
    async with open_app(settings) as app:
        assert await said(app) == ["Hi!"]
        assert await app.problems() == []
        assert app.measurements()["turns_total"] == 1


async def test_an_app_has_a_staff_whose_live_connections_are_watched(settings):
    async with open_app(settings) as app:
        staff = app.staff
        assert app.services().staff is staff
        link = await staff.invitations.first()
        password = "correct horse 9 staple"
        account = await staff.invitations.use(link.token, password, login="root", display_name="")
        who, token = await staff.signing_in.sign_in("root", password, From())
        with staff.watch.following(who) as followed:
            figures = app.measurements()
            await app.storage.staff.apply([EndLogins(account.account_id)])
            async with asyncio.timeout(10):
                await followed.out.wait()
        assert await staff.signing_in.who(token) is None
    assert (figures["staff_sign_ins_total"], figures["staff_live_connections"]) == (1, 1)


@pytest.mark.parametrize(
    ("apology", "text"),
    [(None, "Sorry, "), ("Oops", "Oops"), ("", ""), ("utter_sorry", "Sorry, ")],
)
async def test_a_failed_turn_has_the_configured_words_or_those_of_the_bots_language(
    settings, apology, text
):
    action = ActionEndpoint(url="http://127.0.0.1:1/webhook", apology=apology)
    async with open_app(changed(settings, endpoints=Endpoints(action=action))) as app:
        failure_text = app.models.current.bot.failure_text
    assert failure_text.startswith(text)
    assert bool(failure_text) is bool(text)


async def test_another_model_answers_from_the_next_message_on(settings, tmp_path):
    other = a_model(tmp_path / "others", "two", "Good day!")
    async with open_app(settings) as app:
        assert await said(app) == ["Hi!"]
        await app.models.load(other)
        assert await said(app) == ["Good day!"]
        assert app.models.current.file == str(other)


async def test_a_former_model_is_closed_after_two_of_the_projects_turns_at_most(
    settings, tmp_path, monkeypatch
):
    endpoints = Endpoints(gateway=GatewayOptions(turn_timeout=0.01))
    async with open_app(changed(settings, endpoints=endpoints)) as app:
        former, closed = app.models.current, asyncio.Event()
        with monkeypatch.context() as patched:
            patched.setattr(app.gateway, "idle", asyncio.Event().wait)  # a turn without an end
            patched.setattr(type(former.model.interpreter), "close", lambda _: _set(closed))
            await app.models.load(a_model(tmp_path / "models", "two", "Hello!"))
            await asyncio.wait_for(closed.wait(), 30)


async def _set(event):
    event.set()


async def test_no_types_of_attachments_at_all_are_none_not_the_usual_ones(settings):
    for types, takes_pictures in ((None, True), ((), False), (("image/*",), True)):
        endpoints = Endpoints(attachments=AttachmentsEndpoint(types=types))
        async with open_app(changed(settings, endpoints=endpoints)) as app:
            assert app.attachments.settings.takes("image/png") is takes_pictures


async def test_a_model_that_cannot_be_loaded_changes_nothing(settings, tmp_path):
    tmp_path.joinpath("damaged.tar.gz").write_bytes(b"damaged")
    async with open_app(settings) as app:
        with pytest.raises(ModelError):
            await app.models.load(tmp_path / "damaged.tar.gz")
        assert await said(app) == ["Hi!"]


async def test_without_a_model_nothing_is_taken(settings):
    async with open_app(changed(settings, model=None)) as app:
        with pytest.raises(Unavailable):
            await said(app)
        assert await app.problems() == ["no model is loaded"]
        await app.models.load(settings.model)
        assert await said(app) == ["Hi!"]
        await app.models.unload()
        with pytest.raises(Unavailable):
            await said(app)


async def test_channels_come_from_the_credentials(settings):
    wanted = changed(settings, has_channels=True, credentials=Credentials(channels={"rest": {}}))
    async with open_app(wanted) as app:
        assert [connector.name for connector in app.connectors] == ["rest"]


class Listening(RestConnector):
    """A channel that keeps what the app gave it."""

    name = "listening"

    @classmethod
    def from_settings(cls, settings, context):
        connector = super().from_settings(settings, context)
        connector.context = context
        return connector


async def test_channels_are_told_which_language_the_bot_speaks(settings):
    credentials = Credentials(channels={f"{__name__}.Listening": {}})
    async with open_app(changed(settings, has_channels=True, credentials=credentials)) as app:
        (listening,) = (c for c in app.connectors if isinstance(c, Listening))
        assert listening.context.language() == "en"
        await app.models.unload()
        assert listening.context.language() == "zh"


async def test_an_unknown_channel_stops_the_start(settings):
    wanted = changed(settings, has_channels=True, credentials=Credentials(channels={"rst": {}}))
    with pytest.raises(ChannelError, match="rst"):
        async with open_app(wanted):
            pass


async def test_the_human_queue_is_named_by_the_project(settings, tmp_path):
    tmp_path.joinpath("my_queue.py").write_text(
        "class Queue:\n"
        "    def __init__(self, where): self.where = where\n"
        "    @classmethod\n"
        "    def from_settings(cls, settings, *, desk): return cls(settings['where'])\n"
        "    async def waiting(self, limit=100): return [{'who': self.where}]\n"
    )
    endpoints = Endpoints(extra={"human_queue": {"name": "my_queue.Queue", "where": "c"}})
    before = list(sys.path)
    async with open_app(changed(settings, endpoints=endpoints)) as app:
        assert await app.services().waiting_list.waiting() == [{"who": "c"}]
    assert sys.path == before


@pytest.mark.parametrize(
    "section", ["x", {"name": 3}, {"name": "queue"}, {"name": "no_such_module.Queue"}]
)
async def test_a_human_queue_that_cannot_be_had_is_named(settings, section):
    endpoints = Endpoints(extra={"human_queue": section})
    with pytest.raises(ProjectError, match="human_queue"):
        async with open_app(changed(settings, endpoints=endpoints)):
            pass
