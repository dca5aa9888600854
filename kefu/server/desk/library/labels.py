"""Labels and wrap-up codes."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from kefu.desk.library.codes import WrapUpCode
from kefu.desk.library.labels import Color, Label, order
from kefu.desk.library.records import Kept
from kefu.server.desk.library.calls import Description, Line, Position, Version
from kefu.server.desk.library.listed import Listed, routes_of
from kefu.staff.permissions import Permission

__all__ = ["ROUTES"]


class LabelBody(Struct, forbid_unknown_fields=True):
    """A new label."""

    name: Line
    color: Color = "gray"
    description: Description = ""
    position: Position = 0


class LabelChange(Struct, forbid_unknown_fields=True):
    """What changes of a label."""

    version: Version | UnsetType = UNSET
    name: Line | UnsetType = UNSET
    color: Color | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    position: Position | UnsetType = UNSET


class LabelView(Struct, frozen=True, kw_only=True):
    """A label."""

    id: str
    name: str
    color: Color
    description: str
    position: int
    version: int


class CodeBody(Struct, forbid_unknown_fields=True):
    """A new wrap-up code."""

    name: Line
    parent: Line = ""
    """Id of the code above; empty: none."""
    position: Position = 0
    is_active: bool = True
    description: Description = ""


class CodeChange(Struct, forbid_unknown_fields=True):
    """What changes of a wrap-up code."""

    version: Version | UnsetType = UNSET
    name: Line | UnsetType = UNSET
    parent: Line | UnsetType = UNSET
    position: Position | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    description: Description | UnsetType = UNSET


class CodeView(Struct, frozen=True, kw_only=True):
    """A wrap-up code."""

    id: str
    name: str
    parent: str
    position: int
    is_active: bool
    """Whether it can be chosen."""
    description: str
    version: int


def label_view(kept: Kept[Label]) -> LabelView:
    """Return a label as it is shown."""
    label = kept.what
    return LabelView(
        id=kept.item_id,
        name=label.name,
        color=label.color,
        description=label.description,
        position=label.position,
        version=kept.version,
    )


def code_view(kept: Kept[WrapUpCode]) -> CodeView:
    """Return a code as it is shown."""
    code = kept.what
    return CodeView(
        id=kept.item_id,
        name=code.name,
        parent=code.parent,
        position=code.position,
        is_active=code.is_active,
        description=code.description,
        version=kept.version,
    )


LABELS = Listed(
    path="/api/v1/labels",
    words="a label",
    of=lambda call: call.library.labels,
    record=Label,
    body=LabelBody,
    change=LabelChange,
    view=LabelView,
    shown=label_view,
    order=order,
    read=Permission.AGENTS_READ,
    manage=Permission.DESK_MANAGE,
)
CODES = Listed(
    path="/api/v1/wrap_up_codes",
    words="a wrap-up code",
    of=lambda call: call.library.codes,
    record=WrapUpCode,
    body=CodeBody,
    change=CodeChange,
    view=CodeView,
    shown=code_view,
    read=Permission.AGENTS_READ,
    manage=Permission.DESK_MANAGE,
)

ROUTES = (*routes_of(LABELS), *routes_of(CODES))
