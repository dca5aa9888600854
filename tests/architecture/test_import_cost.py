"""Starting must stay cheap: heavy libraries are imported only by those who use them."""

import subprocess
import sys

import pytest

HEAVY = {
    "aiohttp", "alembic", "jieba", "numpy", "onnx", "onnxruntime", "pycrfsuite", "rasa_sdk",
    "redis", "rich", "rjieba", "sanic", "scipy", "sklearn", "spacy", "sqlalchemy", "tokenizers",
    "torch", "transformers",
}  # fmt: skip

SOURCE = """
import importlib, sys
for name in {modules!r}:
    importlib.import_module(name)
print(" ".join(sorted({heavy!r} & {{name.partition(".")[0] for name in sys.modules}})))
"""


def heavy_modules_after(*modules):
    source = SOURCE.format(modules=modules, heavy=HEAVY)
    result = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split())


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        ("kefu", set()),
        ("kefu.__main__", set()),
        ("kefu.cli", set()),
        ("kefu.core.tracker", set()),
        ("kefu.core.codec", set()),
        ("kefu.project.load", set()),
        ("kefu.dialogue.bot", set()),
        ("kefu.gateway.gateway", set()),
        ("kefu.nlu.interpreter", {"numpy"}),
        ("kefu.nlu.training", {"numpy"}),
        ("kefu.nlu.providers.language_model", {"numpy"}),
        ("kefu.nlu.providers.spacy", {"numpy"}),
        ("kefu.policies.ensemble", {"numpy"}),
        ("kefu.model", {"numpy"}),
    ],
)
def test_importing_a_module_loads_no_heavy_library(module, allowed):
    assert heavy_modules_after(module) <= allowed
