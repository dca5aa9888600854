r"""Changes a project's YAML files and leaves every other byte of them as it was.

Changes are patches of the text at positions that the parser gives, not a dump of what was read:
no library that dumps keeps all of what trainers write (one space more behind a dash, quotes where
none are needed, CRLF in one file and not in the next, ``\u4f60`` in ASCII files), a patch has
nothing to keep, for it touches nothing else. It is also small: where a list ends is the only thing
one has to know of a story file to append to it. What a patch could get wrong is found by reading
the changed text with the project's own reader, :mod:`kefu.project.yaml`, before anything is saved:
the content must be what it was with exactly the wanted change, or the change is refused.

:class:`ProjectEditor` gathers changes in memory, over several files if need be;
:meth:`~ProjectEditor.save` writes all or none of them, through temporary files, and only over
files that are still what was read. :func:`edit_project` does both, again when somebody else saved
at the same moment.

The linter's repairs and the edits of a migration are patches, too: :class:`StagedFiles` makes sure
that the file reads no worse than before. :class:`~kefu.project.editing.blocks.Blocks` rewrites
whole entries and items with the comments that stand in them.
"""

from kefu.project.editing.annotating import annotated
from kefu.project.editing.editor import ProjectEditor, StoryKind, edit_project
from kefu.project.editing.examples import Written
from kefu.project.editing.staging import StagedFiles
from kefu.project.editing.writing import FileChange, LineEdit

__all__ = [
    "FileChange",
    "LineEdit",
    "ProjectEditor",
    "StagedFiles",
    "StoryKind",
    "Written",
    "annotated",
    "edit_project",
]
