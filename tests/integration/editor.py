"""Speaks to ``kefu lsp`` as an editor does: over its standard streams, UTF-16 positions."""

import json
import subprocess
import sys
from contextlib import contextmanager

from tests.integration.command import environment


class Editor:
    def __init__(self, process, root):
        self.process = process
        self.root = root
        self.versions = {}
        self.problems = {}
        self.messages = []
        self._ids = 0

    def uri(self, name):
        return (self.root / name).as_uri()

    def send_raw(self, body, length=None):
        head = f"Content-Length: {len(body) if length is None else length}\r\n\r\n".encode()
        self.process.stdin.write(head + body)
        self.process.stdin.flush()

    def send(self, **message):
        self.send_raw(json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode())

    def receive(self):
        length = 0
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the server has ended"
        message = json.loads(self.process.stdout.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            self.problems[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif message.get("method") == "window/showMessage":
            self.messages.append(message["params"]["message"])
        return message

    def until(self, is_it):
        while True:
            message = self.receive()
            if is_it(message):
                return message

    def answer(self, method, **params):
        """Return the whole answer to a request."""
        self._ids += 1
        self.send(id=self._ids, method=method, params=params)
        return self.until(lambda message: message.get("id") == self._ids)

    def ask(self, method, **params):
        answer = self.answer(method, **params)
        assert "error" not in answer, answer
        return answer["result"]

    def tell(self, method, **params):
        self.send(method=method, params=params)

    def open(self, name, text=None):
        text = (self.root / name).read_text("utf-8") if text is None else text
        document = {"uri": self.uri(name), "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", textDocument=document)
        return text

    def change(self, name, *changes):
        document = {"uri": self.uri(name), "version": 2}
        self.tell("textDocument/didChange", textDocument=document, contentChanges=list(changes))

    def problems_of(self, name, *, wanted):
        """Return the problems of a file as soon as they are as wanted."""
        uri = self.uri(name)
        while not (uri in self.problems and wanted(self.problems[uri])):
            self.receive()
        return self.problems[uri]

    def at(self, name, text, mark):
        """Return the place of ``|`` in a mark such as ``intent: gr|eet``, first found in text."""
        before, after = mark.split("|")
        index = text.index(before + after) + len(before)
        line = text.count("\n", 0, index)
        start = text.rfind("\n", 0, index) + 1
        units = len(text[start:index].encode("utf-16-le")) // 2
        return {
            "textDocument": {"uri": self.uri(name)},
            "position": {"line": line, "character": units},
        }


@contextmanager
def editor(root, *, starts=True):
    process = subprocess.Popen(
        [sys.executable, "-m", "kefu", "lsp", "--stdio"],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    here = Editor(process, root)
    try:
        if starts:
            here.capabilities = here.ask("initialize", processId=None, rootUri=root.as_uri())
            here.tell("initialized")
        yield here
    finally:
        process.kill()
        process.communicate()


def applied(text, edits):
    """Return a text with the edits of an editor."""
    lines = text.split("\n")

    def offset(position):
        line = lines[position["line"]] if position["line"] < len(lines) else ""
        units = line.encode("utf-16-le")[: 2 * position["character"]]
        before = sum(len(one) + 1 for one in lines[: position["line"]])
        return min(before + len(units.decode("utf-16-le")), len(text))

    spans = [(offset(e["range"]["start"]), offset(e["range"]["end"]), e["newText"]) for e in edits]
    for start, end, new in sorted(spans, reverse=True):
        text = text[:start] + new + text[end:]
    return text
