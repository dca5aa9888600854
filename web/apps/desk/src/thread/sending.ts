/** Sending: what one writes is shown at once, and stays until the server has it. */

import * as api from "../api/conversations.ts";
import { Problem, SignedOut, Unreachable } from "../api/problem.ts";
import type { Row } from "../api/types.ts";
import { t } from "../i18n/index.ts";
import { explainShort } from "../ui/explain.ts";
import { upload } from "./upload.ts";
import type { Pending } from "./model/thread.ts";
import { loadContext, opened, takeRow } from "./opened.ts";

export interface Outgoing {
  readonly kind: "agent" | "private";
  readonly text: string;
  readonly replyTo?: number | null;
  readonly mentions?: readonly string[];
  readonly isWhisper?: boolean;
  readonly file?: File | null;
}

const files = new Map<string, File>();

/** Send a message or a note. Returns whether the server has it; what failed stays in the thread. */
export async function send(conversation: string, out: Outgoing): Promise<boolean> {
  const { thread } = opened(conversation);
  const id = newId();
  if (out.file) files.set(id, out.file);
  thread.send({
    id,
    kind: out.kind,
    at: new Date().toISOString(),
    text: out.text,
    state: out.file ? "uploading" : "sending",
    ...(out.file ? { content: previewOf(out.file), progress: 0 } : {}),
    ...(out.replyTo ? { replyTo: out.replyTo } : {}),
    ...(out.mentions?.length ? { mentions: out.mentions } : {}),
    ...(out.isWhisper ? { isWhisper: true } : {}),
  });
  return deliver(conversation, id);
}

/** Try again to send what failed; it bears the same id, so that it cannot come twice. */
export async function retry(conversation: string, id: string): Promise<boolean> {
  const { thread } = opened(conversation);
  const state = files.has(id) ? "uploading" : "sending";
  thread.changePending(id, { state, error: "", progress: 0 });
  return deliver(conversation, id);
}

export function discard(conversation: string, id: string): void {
  files.delete(id);
  opened(conversation).thread.dropPending(id);
}

async function deliver(conversation: string, id: string): Promise<boolean> {
  const { thread } = opened(conversation);
  const find = (): Pending | undefined => thread.pending.find((one) => one.id === id);
  try {
    await uploadFirst(conversation, id);
    const pending = find();
    if (!pending) return true;
    const { seq } = await post(conversation, pending);
    thread.changePending(id, { state: "sent", seq });
    return true;
  } catch (error) {
    if (error instanceof SignedOut) thread.changePending(id, { state: "failed", error: t("error.signed_out"), canRetry: true });
    else thread.changePending(id, failure(error));
    if (error instanceof Problem && error.status === 409) void loadContext(conversation);
    return false;
  }
}

async function uploadFirst(conversation: string, id: string): Promise<void> {
  const { thread } = opened(conversation);
  const file = files.get(id);
  if (!file) return;
  const { content } = await upload(conversation, file, (progress) => thread.changePending(id, { progress }));
  files.delete(id);
  thread.changePending(id, { state: "sending", content });
}

function post(conversation: string, pending: Pending): Promise<{ readonly seq: number }> {
  const { id, text, content, replyTo } = pending;
  if (pending.kind === "private") {
    const { mentions = [], isWhisper } = pending;
    return api.sendNote(conversation, { message_id: id, text, mentions, ...(isWhisper ? { is_whisper: true } : {}) });
  }
  return api.sendMessage(conversation, {
    message_id: id,
    ...(text ? { text } : {}),
    ...(content ? { content } : {}),
    ...(replyTo ? { reply_to: replyTo } : {}),
  });
}

function failure(error: unknown): Partial<Pending> {
  if (error instanceof Problem && error.problem === "not-yours") {
    const owner = error.details["owner"];
    const name = typeof owner === "object" && owner !== null ? (owner as { name?: unknown }).name : owner;
    const why = name ? t("composer.not_yours_now", { name: String(name) }) : explainShort(error);
    return { state: "failed", error: why, canRetry: false };
  }
  const canRetry = !(error instanceof Problem) || error.status >= 500 || error.status === 429 || error.status === 409;
  const isOffline = error instanceof Unreachable;
  return { state: "failed", error: isOffline ? t("composer.offline") : explainShort(error), canRetry };
}

function previewOf(file: File): Readonly<Record<string, unknown>> {
  const url = URL.createObjectURL(file);
  const type = /^image\//.test(file.type) ? "image" : /^video\//.test(file.type) ? "video" : "file";
  return { type, url, name: file.name, size: file.size };
}

export function newId(): string {
  return globalThis.crypto?.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
}

/** Do something to a conversation and take what the server says of it then. */
export async function act(promise: Promise<Row | void>): Promise<void> {
  const row = await promise;
  if (row) takeRow(row);
}
