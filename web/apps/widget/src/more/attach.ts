import type { FileContent, ImageContent, Message, VideoContent, VoiceContent } from "@kefu/protocol";
import { upload as store } from "@kefu/protocol/upload";
import { bytes, HttpError, newId, refusalOf, t, type Chat, type Item } from "../core";
import { shrunk } from "./files";

type AttachedContent = ImageContent | VoiceContent | VideoContent | FileContent;

/** Store a file and say it. `seconds`: it is a voice note of that length. */
export async function attach(chat: Chat, chosen: File, seconds?: number): Promise<void> {
  const file = await shrunk(chosen);
  const { max_attachment: most = 0, types } = chat.limits;
  if (file.size > most) return chat.say(t("tooLarge", bytes(most)));
  if (types && !isAmong(types, file.type)) return chat.say(t("badType"));
  const id = newId();
  const content = { ...contentOf(file, seconds), url: URL.createObjectURL(file) };
  chat.timeline.pend({ frame: { id, content }, tick: "uploading", file, progress: 0 });
  chat.changed();
  await upload(chat, chat.timeline.find(id)!);
}

/** Send the file of `item`, then the message that names it. */
export async function upload(chat: Chat, { frame, file }: Item): Promise<void> {
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
  } catch (error) {
    const status = error instanceof HttpError ? error.status : 0;
    told({ tick: status === 0 ? "waiting" : "failed" });
    if (status) chat.explain({ type: "error", code: refusalOf(status), id });
  }
}

function contentOf(file: File, seconds?: number): AttachedContent {
  if (seconds !== undefined) return { type: "voice", seconds: Math.round(seconds * 10) / 10 };
  if (/^image\/(png|jpeg|gif|webp|avif|bmp)/.test(file.type)) return { type: "image", name: file.name };
  if (file.type.startsWith("video/")) return { type: "video" };
  return { type: "file", name: file.name, size: file.size };
}

const isAmong = (types: string[], type: string): boolean =>
  types.some((allowed) => allowed === type || (allowed.endsWith("/*") && type.startsWith(allowed.slice(0, -1))));
