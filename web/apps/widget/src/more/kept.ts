// Files that could not be sent yet are kept in the browser's database until they are, over a reload
// too. The store has a key for each, so that the widget knows of them without asking the database.

import type { Chat } from "../core";

const FILES = "file.";

/** A file on its way: what its message will be, under the message's id. */
export interface KeptFile<Content> {
  id: string;
  file: File;
  content: Content;
}

export async function keepFile<Content>(chat: Chat, kept: KeptFile<Content>): Promise<void> {
  if (await inDatabase(chat, "readwrite", (files) => files.put(kept))) chat.store.set(FILES + kept.id, "");
}

/** Whether a file is kept, and not yet sent by another tab. */
export const isKept = (chat: Chat, id: string): boolean => chat.store.get(FILES + id) !== null;

export function dropFile(chat: Chat, id: string): void {
  if (!isKept(chat, id)) return;
  chat.store.remove(FILES + id);
  void inDatabase(chat, "readwrite", (files) => files.delete(id));
}

/** Those that are still to be sent. */
export async function keptFiles<Content>(chat: Chat): Promise<KeptFile<Content>[]> {
  const ids = chat.store.keys(FILES).map((key) => key.slice(FILES.length));
  const found = await Promise.all(
    ids.map((id) => inDatabase(chat, "readonly", (files) => files.get(id) as IDBRequest<KeptFile<Content> | undefined>)),
  );
  return found.filter((kept) => kept !== undefined);
}

/** Do `work` with the files; undefined where the browser keeps nothing. */
async function inDatabase<Value>(
  { line }: Chat,
  mode: IDBTransactionMode,
  work: (files: IDBObjectStore) => IDBRequest<Value>,
): Promise<Value | undefined> {
  try {
    const asked = indexedDB.open(`kefu ${line.server.base}`, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("files", { keyPath: "id" });
    const database = await settled(asked);
    try {
      return await settled(work(database.transaction("files", mode).objectStore("files")));
    } finally {
      database.close();
    }
  } catch {
    return undefined;
  }
}

const settled = <Value>(request: IDBRequest<Value>): Promise<Value> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
