import type { FileContent, ImageContent, Message, VideoContent, VoiceContent } from "@kefu/protocol";
import { upload as store } from "@kefu/protocol/upload";
import { bytes, HttpError, newId, refusalOf, t, type Chat, type Item } from "../core";
import { shrunk } from "./files";
import { dropFile, isKept, keepFile, keptFiles } from "./kept";

type AttachedContent = ImageContent | VoiceContent | VideoContent | FileContent;

/** Answers after which trying again is of no use. */
const FINAL = [400, 403, 413, 415];

/** Store a file and say it. `seconds`: it is a voice note of that length. */
export async function attach(chat: Chat, chosen: File, seconds?: number): Promise<void> {
  const file = await shrunk(chosen);
  const { max_attachment: most = 0, types } = chat.limits;
  if (file.size > most) return chat.say(t("tooLarge", bytes(most)));
  // A type that the browser does not know is told by the server, from the bytes.
  if (types && file.type && !isAmong(types, file.type)) return chat.say(t("badType"));
  const id = newId();
  const content = contentOf(file, seconds);
  show(chat, id, file, content);
  await keepFile(chat, { id, file, content });
  await upload(chat, chat.timeline.find(id)!);
}

/** Go on with what could not be sent before the page was closed. */
export async function resume(chat: Chat): Promise<void> {
  for (const { id, file, content } of await keptFiles<AttachedContent>(chat)) {
    if (chat.line.outbox.has(id)) dropFile(chat, id);
    if (chat.timeline.find(id)) continue;
    show(chat, id, file, content);
    void upload(chat, chat.timeline.find(id)!);
  }
}

function show(chat: Chat, id: string, file: File, content: AttachedContent): void {
  const shown = { ...content, url: URL.createObjectURL(file) };
  chat.timeline.pend({ frame: { id, content: shown }, tick: "uploading", file, progress: 0 });
  chat.changed();
}

/** Send the file of `item`, then the message that names it, unless another tab is about it. */
export async function upload(chat: Chat, item: Item): Promise<void> {
  const { id = "" } = item.frame;
  const wasKept = isKept(chat, id);
  const send = () => (wasKept && !isKept(chat, id) ? undefined : sendFile(chat, item));
  try {
    await navigator.locks.request(`kefu file ${id}`, { ifAvailable: true }, (lock) => lock && send());
  } catch {
    await send(); // there are no locks here
  }
}

async function sendFile(chat: Chat, { frame, file }: Item): Promise<void> {
  const { id = "", content } = frame;
  const { timeline, line } = chat;
  const told = (changes: Partial<Item>) => {
    timeline.change(id, changes);
    chat.changed();
  };
  told({ tick: "uploading", progress: 0 });
  try {
    const stored = await store(line.server, file!, file!.name, (progress) => told({ progress }));
    const { url: _, ...rest } = content as AttachedContent;
    const message: Message = { type: "message", id, content: { ...rest, attachment: stored.attachment_id } };
    timeline.detach(id);
    told({ outgoing: message, tick: "sending" });
    line.send(message);
    dropFile(chat, id);
  } catch (error) {
    const status = error instanceof HttpError ? error.status : 0;
    told({ tick: status === 0 ? "waiting" : "failed" });
    if (status) chat.explain({ type: "error", code: refusalOf(status), id });
    if (FINAL.includes(status)) dropFile(chat, id);
  }
}

function contentOf(file: File, seconds?: number): AttachedContent {
  if (seconds !== undefined) return { type: "voice", seconds: Math.round(seconds * 10) / 10 };
  if (/^image\/(png|jpeg|gif|webp|avif|bmp)/.test(file.type)) return { type: "image", name: file.name };
  if (file.type.startsWith("video/")) return { type: "video" };
  return { type: "file", name: file.name, size: file.size };
}

const isAmong = (types: string[], type: string): boolean =>
  types.some((allowed) => allowed === type || (allowed.endsWith("*") && type.startsWith(allowed.slice(0, -1))));
