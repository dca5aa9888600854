'use strict';
// Starts `kefu lsp`, one for each folder of the workspace that has a project.

const fs = require('node:fs');
const path = require('node:path');
const vscode = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');

const PROJECT = ['domain.yml', 'domain.yaml', 'config.yml', 'config.yaml'];
const PROGRAMS =
  process.platform === 'win32'
    ? ['.venv\\Scripts\\kefu.exe', 'venv\\Scripts\\kefu.exe']
    : ['.venv/bin/kefu', 'venv/bin/kefu'];

/** Clients by the address of their folder. */
const clients = new Map();

/** Tell whether a folder, or one directly in it, has a project. */
function hasProject(root) {
  const below = fs.readdirSync(root, { withFileTypes: true });
  const folders = below.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  return [root, ...folders.map((entry) => path.join(root, entry.name))].some((folder) =>
    PROJECT.some((name) => fs.existsSync(path.join(folder, name))),
  );
}

/** Return how Kefu is run in a folder: a program and its arguments. */
function commandFor(folder) {
  const given = vscode.workspace.getConfiguration('kefu', folder.uri).get('command');
  if (given?.length) {
    return given.map((part) => part.replaceAll('${workspaceFolder}', folder.uri.fsPath));
  }
  const own = PROGRAMS.map((name) => path.join(folder.uri.fsPath, name)).find(fs.existsSync);
  return [own ?? 'kefu'];
}

/** Return the files that the server of a folder is asked about. */
function documentsOf(folder) {
  const isAlone = vscode.workspace.workspaceFolders?.length === 1;
  const pattern = isAlone ? {} : { pattern: `${folder.uri.fsPath}/**/*` };
  return [{ scheme: 'file', language: 'yaml', ...pattern }];
}

async function start(folder) {
  const key = folder.uri.toString();
  if (folder.uri.scheme !== 'file' || clients.has(key) || !hasProject(folder.uri.fsPath)) return;
  const [command, ...args] = commandFor(folder);
  const client = new LanguageClient(
    'kefu',
    'Kefu',
    { command, args: [...args, 'lsp'], options: { cwd: folder.uri.fsPath } },
    { documentSelector: documentsOf(folder), workspaceFolder: folder },
  );
  clients.set(key, client);
  try {
    await client.start();
  } catch (error) {
    clients.delete(key);
    const text = vscode.l10n.t('Kefu could not be started as {0}: {1}', command, error.message);
    const settings = vscode.l10n.t('Settings');
    if ((await vscode.window.showErrorMessage(text, settings)) === settings) {
      await vscode.commands.executeCommand('workbench.action.openSettings', 'kefu.command');
    }
  }
}

async function stop(folder) {
  const key = folder.uri.toString();
  const client = clients.get(key);
  clients.delete(key);
  await client?.dispose();
}

async function restart() {
  const folders = vscode.workspace.workspaceFolders ?? [];
  await Promise.all(folders.map(stop));
  await Promise.all(folders.map(start));
}

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand('kefu.restart', restart),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('kefu')) return restart();
    }),
    vscode.workspace.onDidChangeWorkspaceFolders(async (event) => {
      await Promise.all(event.removed.map(stop));
      await Promise.all(event.added.map(start));
    }),
  );
  await restart();
}

async function deactivate() {
  await Promise.all([...clients.values()].map((client) => client.dispose()));
  clients.clear();
}

module.exports = { activate, deactivate };
