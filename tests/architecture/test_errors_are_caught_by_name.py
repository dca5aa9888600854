"""Everything is caught only where foreign code must not harm others, or where a process ends."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
BROAD = {"Exception", "BaseException", None}

ALLOWED = {
    "kefu/app/abandoned.py": "handed to whoever waits for the result",
    "kefu/app/background.py": "a loop that failed is begun again",
    "kefu/app/watching.py": "a component that is trained is the project's code",
    "kefu/cli/__init__.py": "an error becomes one line and a status",
    "kefu/cli/loop_thread.py": "handed to the thread that waits",
    "kefu/customers/verification.py": "a sender of codes is foreign code",
    "kefu/evaluation/parallel.py": "handed to the process that waits",
    "kefu/evaluation/replay/candidate.py": "that a turn fails is what is to be found out",
    "kefu/evaluation/replay/crew.py": "handed to the process that waits",
    "kefu/gateway/answers.py": "one message must not stop the others",
    "kefu/gateway/following.py": "a follower's trouble is not the customer's",
    "kefu/gateway/lanes.py": "handed to whoever waits for the result",
    "kefu/gateway/outbox.py": "a connector is foreign code",
    "kefu/gateway/reminding.py": "one reminder must not stop the others",
    "kefu/lsp/checking.py": "the next edit is checked again",
    "kefu/nlu/providers/language_model.py": "tokenizers raises nothing more exact",
    "kefu/remote/action_modules.py": "actions are the project's code",
    "kefu/remote/in_process.py": "actions are the project's code",
    "kefu/server/jobs.py": "told to the address that waits for the answer",
    "kefu/storage/sql/sqlite.py": "handed to whoever waits for the result",
}
"""File -> why it may catch everything. Server errors come through Sanic's own handler."""


def broad_handlers(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any((kind.id if isinstance(kind, ast.Name) else kind) in BROAD for kind in kinds):
                yield node


def test_everything_is_caught_only_where_that_is_allowed():
    found = {
        str(path.relative_to(ROOT))
        for path in ROOT.joinpath("kefu").rglob("*.py")
        if any(broad_handlers(path))
    }
    assert found == set(ALLOWED)


def test_nothing_that_is_caught_like_that_is_swallowed():
    silent = [
        f"{name}:{handler.lineno}"
        for name in ALLOWED
        for handler in broad_handlers(ROOT / name)
        if all(isinstance(statement, ast.Pass | ast.Continue) for statement in handler.body)
    ]
    assert silent == []
