"""``kefu visualize``: stories, rules and forms as a graph to look at."""

from __future__ import annotations

from pathlib import Path

import click

from kefu.cli.group import KefuCommand
from kefu.cli.options import (
    config_option,
    domain_option,
    logging_options,
    out_option,
    stories_option,
)
from kefu.errors import ProjectError

__all__ = ["visualize"]


@click.command(
    cls=KefuCommand,
    epilog="""
        kefu visualize
        kefu visualize --stories data/stories --max-history 2 --out stories.html
    """,
)
@domain_option
@stories_option
@config_option
@click.option(
    "-u", "--nlu", type=click.Path(path_type=Path),
    help="File or folder whose examples the page shows.  [default: data, without --stories]",
)  # fmt: skip
@out_option("graph.html", "The page; one file that opens without a network.")
@click.option(
    "--max-history",
    type=click.IntRange(min=1),
    help="Draw what follows the same so many turns once; without it only beginnings are.",
)
@click.option("--open/--no-open", "opens", default=False, help="Show the page in the browser.")
@logging_options
def visualize(  # noqa: PLR0913, PLR0917 - one for each option
    domain: Path | None,
    stories: Path | None,
    config: Path | None,
    nlu: Path | None,
    out: Path,
    max_history: int | None,
    opens: bool,
) -> None:
    """Write stories, rules and forms as a graph: one page to search, fold and look around in.

    Steps that stories have in common are one node. A step shows its file and line, what the bot
    says or the customer may say, and whether rules or stories contradict there.
    """
    from kefu.cli.output import counted, say
    from kefu.evaluation.page.writing import page_language, write_page
    from kefu.evaluation.story_page.content import story_content
    from kefu.project.load import load_project
    from kefu.training.validation import find_problems

    data = [path for path in (stories, nlu) if path is not None]
    for path in data:
        if not path.exists():
            raise ProjectError(f"there is no {path}")
    loaded = load_project(config=config, domain=domain, data=data or None)
    project = loaded.project or loaded.draft
    if project is None or not (project.stories.stories or project.stories.rules):
        raise ProjectError("there are no stories or rules: check --stories, or kefu data validate")
    content = story_content(project, find_problems(loaded), max_history=max_history)
    try:
        write_page(
            out,
            content,
            language=page_language(project.config.language),
            package="kefu.evaluation.story_page",
        )
    except OSError as error:
        raise ProjectError(f"{out} cannot be written: {error.strerror}") from None
    told = [
        counted(len(project.stories.stories), "story", "stories"),
        counted(len(project.stories.rules), "rule"),
        counted(len(project.domain.forms), "form"),
    ]
    say(f"Wrote {', '.join(told)} to {out}.")
    marked = [one for one in content["problems"] if one[0] != "note"]
    if marked:
        say(
            f"{counted(len(marked), 'contradiction or error', 'contradictions and errors')} "
            "are marked in it."
        )
    if opens:
        click.launch(str(out))
