// Plays VS Code for the extension: activates it with the folders and settings of the first argument,
// and prints what it starts and says.
const Module = require('node:module');

const [given, extension] = [JSON.parse(process.argv[2]), process.argv[3]];
const seen = { started: [], said: [], disposed: 0 };
const handlers = {};
const uriOf = (path) => ({ scheme: 'file', fsPath: path, toString: () => `file://${path}` });
const folderOf = (path) => ({ uri: uriOf(path), name: path });
const listen = (name) => (handler) => {
  handlers[name] = handler;
  return { dispose() {} };
};

const vscode = {
  workspace: {
    workspaceFolders: given.folders.map(folderOf),
    getConfiguration: () => ({ get: () => given.command }),
    onDidChangeConfiguration: listen('configuration'),
    onDidChangeWorkspaceFolders: listen('folders'),
  },
  commands: { registerCommand: (name, handler) => listen(name)(handler) },
  window: { showErrorMessage: async (text) => void seen.said.push(text) },
  l10n: { t: (text, ...values) => text.replace(/\{(\d)\}/g, (_, at) => values[at]) },
};

class LanguageClient {
  constructor(id, name, server, client) {
    this.given = { ...server, documents: client.documentSelector, folder: client.workspaceFolder.name };
  }
  async start() {
    if (given.fails) throw new Error('not there');
    seen.started.push(this.given);
  }
  async dispose() {
    seen.disposed += 1;
  }
}

const load = Module._load;
Module._load = (name, ...rest) =>
  ({ vscode, 'vscode-languageclient/node': { LanguageClient } })[name] ?? load(name, ...rest);

async function main() {
  const { activate, deactivate } = require(extension);
  await activate({ subscriptions: [] });
  if (given.then === 'restart') await handlers['kefu.restart']();
  if (given.then === 'remove') {
    await handlers.folders({ added: [], removed: vscode.workspace.workspaceFolders });
  }
  await deactivate();
  console.log(JSON.stringify(seen));
}

main();
