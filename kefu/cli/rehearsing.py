"""The conversation of ``kefu interactive``: what the bot does, and what the trainer says of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from kefu.app.assembly import App, open_app
from kefu.app.settings import AppSettings
from kefu.cli.asking import Ended, ask, choice_of, offer
from kefu.cli.conversation import Terminal
from kefu.cli.input_lines import STOP, remembered
from kefu.cli.keeping import Keeping
from kefu.cli.loop_thread import LoopThread, leave_at_once
from kefu.cli.output import say
from kefu.cli.project_settings import read_settings
from kefu.cli.relearning import Relearning
from kefu.cli.trace_lines import entity_text, origin_text
from kefu.core.events import ActionExecuted
from kefu.core.intent_message import parse_intent_message
from kefu.core.messages import ParseData
from kefu.core.names import ACTION_LISTEN, ACTION_RULE_SNIPPET, UTTER_PREFIX
from kefu.errors import EditRefused, ModelError, UnknownAction
from kefu.evaluation.rehearsal import NO_EXAMPLES, Rehearsal, corrected
from kefu.evaluation.story_steps import annotations_of
from kefu.evaluation.tracing import distinct
from kefu.model.location import find_model
from kefu.policies.policy import PolicyPrediction
from kefu.project.annotations import AnnotationError, read_annotations
from kefu.project.editing import annotated
from kefu.project.settings import MEMORY
from kefu.training.session import ProjectFiles

__all__ = ["rehearse"]

MOST_ACTIONS: Final = 20
HELP: Final = """\
  Enter            what is shown is right
  a name, a number the intent or the action that it should be; a piece of the name is enough
  [..](entity)     the message with its entities marked, instead of what was found
  utter_x: text    a new response, which the bot gives
  a                all right, until the bot listens again
  ? [piece]        what there is to choose from, with a piece of the name
  /undo            back to before the last message, with all that it wrote into files
  /save [kind] [name]   keep a story, a rule (of the last turn) or a test
  /example         the last message becomes an example of its intent
  /export [file]   the whole conversation as a test story
  /show            the conversation as a story
  /restart         a new conversation
  /stop            the end, also Ctrl-D"""


def rehearse(
    files: ProjectFiles,
    *,
    model: Path | None,
    endpoints: Path,
    conversation_id: str | None,
    core: bool,
    end_to_end: bool,
) -> None:
    """Talk to the bot and correct it until the trainer stops.

    Args:
        files: Of the project; without a model the bot is what they say, and training has cached
            most of it.
        model: A model to begin with.
        endpoints: Where other services are.
        conversation_id: Name of the conversation; None: one is made up.
        core: Nothing is understood: the trainer says what a message means, and no example is kept.
        end_to_end: Stories are kept with the words of the customer.
    """
    services = read_settings(endpoints=endpoints)
    settings = AppSettings(
        model=None if model is None else find_model(model),
        endpoints=services.endpoints,
        storage_url=MEMORY,
        has_channels=False,
    )
    with LoopThread() as thread, thread.entered(open_app(settings)) as app:
        learning = Relearning(thread, app, files, core=core)
        learning.begin(model)
        name = conversation_id or f"conversation {uuid.uuid4().hex[:6]}"
        _Session(thread, app, learning, name, end_to_end=end_to_end).run()
    if learning.is_busy:
        leave_at_once()


class _Session:
    """Asks, does, and keeps."""

    def __init__(
        self,
        thread: LoopThread,
        app: App,
        learning: Relearning,
        name: str,
        *,
        end_to_end: bool,
    ) -> None:
        served = app.models.current
        if served is None:
            raise ModelError("there is no model, and none can be trained of these files")
        self._thread = thread
        self._app = app
        self._learning = learning
        self._terminal = Terminal()
        self._talk = Rehearsal(served.bot, served.domain, name)
        self._keeping = Keeping(self._talk, learning, name, end_to_end=end_to_end)
        self._accepts_all = False

    def run(self) -> None:
        """Talk until the end; what is in no file by then is asked about, or kept in a file."""
        say("Enter says that what is shown is right; /help tells the rest.")
        if self._learning.is_core:
            say('Messages are written as intents: /greet, /order{"item": "tea"}.')
        try:
            with remembered():
                self._loop()
            self._keeping.at_the_end()
        except (Ended, KeyboardInterrupt):
            click.echo()
            self._keeping.in_a_hurry()
        self._learning.tell(has_changed=self._keeping.has_changed)

    def _loop(self) -> None:
        while True:
            try:
                line = ask(">")
            except Ended:
                return
            if line == STOP:
                return
            try:
                self._follow_the_model()
                self._take(line)
            except (EditRefused, UnknownAction) as error:
                click.echo(f"  {error}")

    def _take(self, line: str) -> None:
        command, _, rest = line.partition(" ")
        match command:
            case "":
                return
            case "/help":
                click.echo(HELP)
            case "/undo":
                self._undo()
            case "/restart":
                self._keeping.at_the_end()
                self._talk.begin_anew()
                self._keeping.begin_anew()
                click.echo("  A new conversation.")
            case "/save":
                self._keeping.save(*rest.split(" ", 1))
            case "/export":
                self._keeping.export(rest)
            case "/show":
                self._keeping.show()
            case "/example":
                self._keeping.example_of_last()
            case _:
                self._turn(self._terminal.meant_by(line))

    def _undo(self) -> None:
        if not self._talk.undo():
            click.echo("  There is nothing to go back to.")
            return
        self._keeping.undo(self._talk.turns)
        click.echo("  Back to before the last message.")

    def _follow_the_model(self) -> None:
        """Go on with the model that has learned, if there is one."""
        served = self._app.models.current
        if served is not None and self._learning.take_news():
            self._talk.use(served.bot, served.domain)

    # a turn

    def _turn(self, text: str) -> None:
        self._accepts_all = False
        parsed = self._thread.run(self._talk.parse(text))
        understood = self._understood(text, parsed)
        if understood is None:
            return
        self._follow_the_model()
        self._thread.run(self._talk.hear(text, understood))
        before = self._talk.corrections
        for _ in range(MOST_ACTIONS):
            prediction = self._thread.run(self._talk.next())
            if self._act(prediction) == ACTION_LISTEN:
                break
        if self._talk.corrections > before:
            self._keeping.offer()

    def _understood(self, text: str, parsed: ParseData) -> ParseData | None:
        """Show how a message was understood, and return how the trainer says it is meant."""
        entities: list[Mapping[str, Any]] = list(parsed.get("entities") or ())
        name = _full_name(parsed)
        best = click.style(name or "none", bold=True)
        sure = f"{(parsed.get('intent') or {}).get('confidence') or 0.0:.2f}"
        shown = "  ".join(map(entity_text, distinct(entities)))
        click.echo(f"  intent    {best} {sure}   {shown}".rstrip())
        if text.startswith("/") and parse_intent_message(text, self._talk.domain) is not None:
            return parsed
        marked = annotated(text, annotations_of(entities))
        ranking = [
            (str(one.get("name")), float(one.get("confidence") or 0.0))
            for one in parsed.get("intent_ranking") or ()
            if one.get("name") not in NO_EXAMPLES
        ][:5]
        while True:
            answer = ask("  right?")
            if answer in {"", "a", "y"}:
                self._accepts_all = answer == "a"
                return parsed
            if answer == "/undo":
                return None
            if "[" not in answer:
                chosen = self._intent(answer, ranking)
            else:
                changed = self._marked(text, answer)
                marked, entities = changed or (marked, entities)
                chosen = None if changed is None else self._with_examples(name)
            if chosen is not None:
                if not self._learning.is_core:
                    self._keeping.example(chosen, marked, turn=self._talk.turns + 1)
                return corrected(parsed, intent=chosen, entities=entities)

    def _with_examples(self, name: str) -> str | None:
        if name not in NO_EXAMPLES:
            return name
        click.echo(f"  {name or 'None'} has no examples: which intent is it?")
        return None

    def _intents(self) -> list[str]:
        return sorted({*self._talk.domain.intents, *self._keeping.intents_of_examples()})

    def _intent(self, answer: str, ranking: Sequence[tuple[str, float]]) -> str | None:
        known = self._intents()
        likely = [name for name, _ in ranking]
        if answer.startswith("?"):
            others = [one for one in known if one not in likely and one not in NO_EXAMPLES]
            offer(ranking, others, answer)
            return None
        chosen = choice_of(answer, known, likely)
        is_name = answer.replace("_", "").replace("/", "").isalnum()
        if chosen is None and is_name and ask(f"  a new intent {answer!r}? [y/N]") == "y":
            return answer
        return chosen

    def _marked(self, text: str, answer: str) -> tuple[str, list[Mapping[str, Any]]] | None:
        """Return a message with the entities that the trainer marked in it."""
        try:
            found = read_annotations(answer)
        except AnnotationError as error:
            click.echo(f"  {error.message} - {error.advice}")
            return None
        if found.text != text:
            click.echo(f"  Mark entities in the message itself: {text}")
            return None
        entities: list[Mapping[str, Any]] = []
        for one in found.entities:
            parts = {"entity": one.entity, "start": one.start, "end": one.end, "value": one.value}
            given = {"role": one.role, "group": one.group}
            entities.append({**parts, **{key: value for key, value in given.items() if value}})
        return answer, entities

    # an action

    def _act(self, prediction: PolicyPrediction) -> str:
        name = self._chosen(prediction)
        is_right = name == prediction.action_name
        work = self._talk.do(prediction) if is_right else self._talk.do_instead(name, prediction)
        for reply in self._thread.run(work):
            self._thread.run(self._terminal.send(reply, delivery_id=0, recipient=""))
        return name

    def _chosen(self, prediction: PolicyPrediction) -> str:
        """Show what comes next, and return what the trainer wants to come next."""
        name = prediction.action_name
        where = self._where(prediction)
        policy = f"{prediction.policy_name or 'asked for'} {prediction.confidence:.2f}"
        click.echo(f"  next      {click.style(name, bold=True)}  {policy}  {where}".rstrip())
        scores = sorted(prediction.scores.items(), key=lambda item: -item[1])
        ranked = [action for action, score in scores if score > 0.0][:5]
        while not self._accepts_all:
            answer = ask("  right?")
            if answer in {"", "a", "y"}:
                self._accepts_all = answer == "a"
                break
            if answer.startswith("?"):
                known = self._talk.domain.action_names
                others = [one for one in known if one not in ranked and one != ACTION_RULE_SNIPPET]
                offer([(one, prediction.scores[one]) for one in ranked], others, answer)
                continue
            chosen = self._action(answer, ranked)
            if chosen is not None:
                return chosen
        return name

    def _action(self, answer: str, ranked: Sequence[str]) -> str | None:
        name, colon, text = answer.partition(":")
        if colon and name.startswith(UTTER_PREFIX) and text.strip():
            self._keeping.new_response(name.strip(), text.strip())
            self._follow_the_model()
            return name.strip() if name.strip() in self._talk.domain.action_names else None
        return choice_of(answer, list(self._talk.domain.action_names), ranked)

    def _where(self, prediction: PolicyPrediction) -> str:
        """Return the line of the rule or story behind a prediction."""
        origins = self._learning.origins()
        if origins is None:
            return ""
        event = ActionExecuted(action_name=prediction.action_name, policy=prediction.policy_name)
        found = origins.behind(event, self._talk.tracker)
        return origin_text(found[0]) if found else ""


def _full_name(parsed: ParseData) -> str:
    """Return the intent, with the answer that was selected of a retrieval intent."""
    name = str((parsed.get("intent") or {}).get("name") or "")
    selected = parsed.get("response_selector") or {}
    if name not in selected.get("all_retrieval_intents", ()):
        return name
    answer = (selected.get(name) or selected.get("default") or {}).get("response") or {}
    return str(answer.get("intent_response_key") or name)
