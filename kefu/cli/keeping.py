"""What ``kefu interactive`` writes into the project's files, and takes back again."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, get_args

import click

from kefu.cli.asking import ask
from kefu.cli.relearning import Relearning
from kefu.core.events import UserUttered
from kefu.errors import EditRefused
from kefu.evaluation.rehearsal import NO_EXAMPLES, Rehearsal
from kefu.evaluation.story_steps import annotations_of, rule_of, story_steps, test_steps
from kefu.project.annotations import read_annotations
from kefu.project.editing import FileChange, ProjectEditor, StoryKind, annotated
from kefu.project.editing.scalars import block
from kefu.project.files import shown

__all__ = ["Keeping"]

_KINDS: Final[dict[str, StoryKind]] = {kind[0]: kind for kind in get_args(StoryKind)}
_UNSAVED: Final = Path("var", "interactive")


class Keeping:
    """Changes files, lets the bot learn them, and remembers by turn what was changed."""

    def __init__(
        self, talk: Rehearsal, learning: Relearning, name: str, *, end_to_end: bool
    ) -> None:
        self._talk = talk
        self._end_to_end = end_to_end
        self._learning = learning
        self._name = name
        self._written: list[tuple[int, tuple[FileChange, ...]]] = []
        self._has_changed_before = False
        self._kept_corrections = 0
        """So many corrections of actions are in a file."""

    # examples and responses

    def example(self, intent: str, marked: str, *, turn: int | None = None) -> None:
        """Make a message an example of an intent; what is not declared yet gets declared.

        Args:
            intent: With the part behind a slash.
            marked: The message with its entities.
            turn: Which turn it is of, from 1; the last one when None.
        """

        def change(editor: ProjectEditor) -> str:
            path = self._moved(editor, intent, marked) or editor.add_example(intent, marked)
            editor.add_to_domain("intents", intent.partition("/")[0])
            for entity in read_annotations(marked).entities:
                editor.add_to_domain("entities", entity.entity)
            return f"{marked!r} is an example of {intent!r}: {shown(path)}"

        self._write(change, turn=turn)

    def _moved(self, editor: ProjectEditor, intent: str, marked: str) -> Path | None:
        """Change an example that the files have with other entities, or of another intent."""
        text = read_annotations(marked).text
        known = [one for one in editor.all_examples() if one[1].text == text]
        for path, example in known:
            if example.intent == intent:
                editor.change_example(intent, example.source, marked, line=example.line)
                return path
        for _, example in known:
            editor.remove_example(example.intent, example.source, line=example.line)
        return None

    def intents_of_examples(self) -> list[str]:
        """Return the intents that have examples, those of answers with their slash."""
        return self._editor().intents()

    def example_of_last(self) -> None:
        """Make the last message an example of the intent it was understood as."""
        if self._learning.is_core:
            raise EditRefused("examples are kept by kefu interactive, not by kefu interactive core")
        messages = [event for event in self._talk.events if isinstance(event, UserUttered)]
        if not messages:
            raise EditRefused("there is no message yet")
        last = messages[-1]
        intent = last.full_retrieval_intent_name or last.intent_name
        if intent in NO_EXAMPLES or not intent or not last.text or last.text.startswith("/"):
            raise EditRefused("the last message is no example of anything")
        self.example(intent, annotated(last.text, annotations_of(last.entities)))

    def new_response(self, name: str, text: str) -> None:
        """Declare a response, so that the bot can give it."""

        def change(editor: ProjectEditor) -> str:
            path = editor.add_to_domain("responses", name, [{"text": text}])
            if path is None:
                raise EditRefused(f"there is a response {name!r} already")
            return f"{name!r} is a response: {shown(path)}"

        self._write(change)

    # stories

    def offer(self) -> None:
        """Ask whether to keep what was just corrected."""
        answer = ask("  keep it? [r]ule, [s]tory, [t]est, Enter: later")
        if answer:
            self.save(answer)

    def save(self, kind: str = "", name: str = "") -> None:
        """Keep the conversation as a story or test, or its last turn as a rule."""
        kind = kind or ask("  as what? [r]ule, [s]tory, [t]est")
        wanted = _KINDS.get(kind[:1])
        if wanted is None or not wanted.startswith(kind):
            raise EditRefused(f"{kind!r} is none of rule, story, test")
        more: dict[str, Any] = {}
        if wanted == "rule":
            steps, condition = rule_of(self._talk.events, self._talk.domain)
            more = {"condition": condition} if condition else {}
        elif wanted == "story":
            steps = self._story()
        else:
            steps = test_steps(self._talk.events)
        title = name or ask(f"  name of the {wanted}? [{self._name}]") or self._name

        def change(editor: ProjectEditor) -> str:
            path = editor.add_story(wanted, title, steps, more=more)
            return f"the {wanted} {title!r} is in {shown(path)}"

        self._write(change, learns=wanted != "test")
        self._kept_corrections = self._talk.corrections

    def show(self) -> None:
        """Print the conversation as a story."""
        for line in block(self._story(), 2):
            click.echo(line)

    def _story(self) -> list[dict[str, Any]]:
        talk = self._talk
        return story_steps(talk.events, talk.domain, end_to_end=self._end_to_end)

    def export(self, file: str = "") -> None:
        """Write the conversation as a test story to a file of its own."""
        path = Path(file) if file else _UNSAVED / f"{time.strftime('%Y%m%d-%H%M%S')}.yml"
        editor = self._editor()
        editor.add_story("test", self._name, test_steps(self._talk.events), file=path.absolute())
        editor.save()
        click.echo(f"  Written to {shown(path)}.")

    def at_the_end(self) -> None:
        """Ask about corrections that are in no file."""
        missing = self._talk.corrections - self._kept_corrections
        if missing <= 0:
            return
        click.echo(f"  Corrections of actions that are in no file: {missing}.")
        answer = ask("  keep the conversation? [s]tory, [t]est, [r]ule of the last turn, Enter: no")
        if answer:
            self.save(answer)
        self._kept_corrections = 0

    def in_a_hurry(self) -> None:
        """Keep what is in no file beside the project's files: nobody is there to be asked."""
        if self._talk.corrections > self._kept_corrections:
            self.export()

    def undo(self, turns: int) -> None:
        """Take back what was written since there were so many turns."""
        undone = False
        while self._written and self._written[-1][0] > turns:
            _, changes = self._written.pop()
            self._editor().undo(changes)
            for change in changes:
                click.echo(f"  {change.name} is as it was.")
            undone = True
        if undone:
            self._learning.learn()

    @property
    def has_changed(self) -> bool:
        """Whether files are other than they were, what was undone aside."""
        return self._has_changed_before or bool(self._written)

    def begin_anew(self) -> None:
        """Let what was written stay, whatever is undone from now on."""
        self._has_changed_before = self.has_changed
        self._written.clear()
        self._kept_corrections = 0

    def _editor(self) -> ProjectEditor:
        files = self._learning.files
        return ProjectEditor(files.root, data=files.data, domain=files.domain, config=files.config)

    def _write(
        self,
        change: Callable[[ProjectEditor], str],
        *,
        learns: bool = True,
        turn: int | None = None,
    ) -> None:
        """Change files and let the bot learn it; files that it cannot learn are put back.

        Raises:
            EditRefused: The files are as they were.
        """
        editor = self._editor()
        told = change(editor)
        changes = editor.save()
        self._written.append((self._talk.turns if turn is None else turn, changes))
        if learns:
            try:
                self._learning.learn()
            except EditRefused as error:
                self._written.pop()
                editor.undo(changes)
                raise EditRefused(f"not kept, for then:\n  {error}") from error
        click.echo(f"  {told}")
