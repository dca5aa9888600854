/** Conversations that were opened: what is known of them, kept while the live line goes on. */

import { markRaw, shallowReactive } from "vue";
import * as api from "../api/conversations.ts";
import { isStopped, Problem, SignedOut } from "../api/problem.ts";
import type { Item, Person, Row } from "../api/types.ts";
import { isOlder } from "../inbox/model/age.ts";
import { live } from "../live/index.ts";
import { currentConversation } from "../notify/where.ts";
import { unreadFrom } from "./model/lines.ts";
import { Thread } from "./model/thread.ts";
import { around, atEnd, OPENED, shows, type Window } from "./model/window.ts";

/** One conversation. Everything in it is replaced, never changed inside. */
export interface Opened {
  readonly id: string;
  readonly thread: Thread;
  /** Grows with every change of `thread`. */
  revision: number;
  window: Window;
  row: Row | null;
  context: api.Context | null;
  contextError: unknown;
  /** The conversation in which this one goes on, as its customer was merged with that one's. */
  goesOnIn: Row | null;
  error: unknown;
  isLoading: boolean;
  /** More is being fetched towards the beginning or the end. */
  fetching: "" | "before" | "after";
  fetchError: unknown;
  unreadFrom: number | null;
  /** How many messages came while another place was looked at. */
  newBelow: number;
  typing: { readonly text: string; readonly until: number } | null;
  viewers: readonly (Person & { readonly is_typing: boolean })[];
  /** The message that was jumped to, for a moment. */
  pointedAt: number | null;
}

const PAGE = 50;
const MORE = 100;
/** So many conversations are kept for coming back to them. */
const KEPT = 24;
const TYPING_LASTS = 8000;
const POINTED_FOR = 2200;
/** The list may know of something a moment before the line tells of it. */
const BEHIND_AFTER = 1500;

const all = new Map<string, Opened>();
let current: Opened | null = null;

/** Return what is known of a conversation; it is kept for a while. */
export function opened(id: string): Opened {
  const known = all.get(id);
  if (known) {
    all.delete(id);
    all.set(id, known);
    return known;
  }
  const one: Opened = shallowReactive({
    id,
    thread: markRaw(new Thread(id, () => (one.revision += 1))),
    revision: 0,
    window: { from: 0, to: null },
    row: null,
    context: null,
    contextError: null,
    goesOnIn: null,
    error: null,
    isLoading: false,
    fetching: "",
    fetchError: null,
    unreadFrom: null,
    newBelow: 0,
    typing: null,
    viewers: [],
    pointedAt: null,
  });
  all.set(id, one);
  forgetOldest();
  return one;
}

export function known(id: string): Opened | undefined {
  return all.get(id);
}

/** Show a conversation: fetch it, or what was missed of it, and follow it. */
export async function show(id: string, row: Row | null, place: number | null = null): Promise<void> {
  const one = opened(id);
  if (current && current.id !== id) leave(current.id);
  current = one;
  currentConversation.value = id;
  if (row) one.row = row;
  one.newBelow = 0;
  if (place !== null) await jumpTo(id, place);
  else if (one.thread.isLoaded && !one.thread.hasAfter) await catchUp(one);
  else await loadEnd(id);
  // What was said comes first; what stands beside it is drawn after that.
  if (current === one) await loadContext(id);
}

/** It is no longer on the screen. */
export function leave(id: string): void {
  live.shut(id);
  if (current?.id !== id) return;
  current = null;
  currentConversation.value = null;
}

/** Fetch the end of a conversation, in place of whatever was shown. */
export async function loadEnd(id: string): Promise<void> {
  const one = opened(id);
  one.isLoading = true;
  one.error = null;
  try {
    const page = await api.thread(id, {}, PAGE);
    one.thread.addEnd(page);
    one.window = atEnd(one.thread.items, OPENED);
    if (one.unreadFrom === null) one.unreadFrom = unreadFrom(one.thread.items, one.row?.unread ?? 0);
    one.newBelow = 0;
    follow(one);
  } catch (error) {
    if (!isQuiet(error)) one.error = error;
  } finally {
    one.isLoading = false;
  }
}

/** Come back to a conversation that is known: what was missed is fetched behind it. */
async function catchUp(one: Opened): Promise<void> {
  one.window = atEnd(one.thread.items, OPENED);
  one.unreadFrom = unreadFrom(one.thread.items, one.row?.unread ?? 0);
  follow(one);
  await fillBehind(one);
  one.window = atEnd(one.thread.items, OPENED);
}

/** Fetch everything behind what is known. */
async function fillBehind(one: Opened): Promise<void> {
  try {
    for (let more = true; more; ) {
      const page = await api.thread(one.id, { after: one.thread.knownSeq }, MORE);
      one.thread.addAfter(page);
      more = one.thread.hasAfter;
    }
    one.error = null;
  } catch (error) {
    if (!isQuiet(error)) one.fetchError = error;
  }
}

function follow(one: Opened): void {
  if (one === current) live.open(one.id, one.thread.lastSeq);
}

export async function loadContext(id: string): Promise<void> {
  const one = opened(id);
  one.contextError = null;
  try {
    const context = await api.context(id);
    const isMerged = context.row.conversation_id !== id;
    one.goesOnIn = isMerged ? context.row : null;
    // What is done there has to be seen there.
    one.context = isMerged ? { ...context, can: nothing(context.can) } : context;
    takeRow(context.row);
  } catch (error) {
    if (isQuiet(error)) return;
    one.contextError = error;
    // It went to hands from which one may not see it any more: nothing can be done here.
    if (error instanceof Problem && error.status === 404 && one.context) one.context = { ...one.context, can: nothing(one.context.can) };
  }
}

/** Show the tags of a customer as they are now, before the line tells of them. */
export function takeTags(id: string, customer: string, tags: readonly string[]): void {
  const one = all.get(id);
  // Who was nobody yet is somebody by the first tag.
  if (one?.context) one.context = { ...one.context, customer: { ...one.context.customer, id: customer, tags } };
}

function nothing(can: api.Context["can"]): api.Context["can"] {
  return Object.fromEntries(Object.keys(can).map((ability) => [ability, false])) as api.Context["can"];
}

export async function fetchOlder(one: Opened): Promise<void> {
  if (one.fetching || !one.thread.hasBefore) return;
  await fetchMore(one, "before", async () => {
    one.thread.addBefore(await api.thread(one.id, { before: one.thread.lowSeq }, MORE));
  });
}

export async function fetchNewer(one: Opened): Promise<void> {
  if (one.fetching || !one.thread.hasAfter) return;
  await fetchMore(one, "after", async () => {
    one.thread.addAfter(await api.thread(one.id, { after: one.thread.knownSeq }, MORE));
    if (!one.thread.hasAfter) follow(one);
  });
}

async function fetchMore(one: Opened, which: "before" | "after", fetch: () => Promise<void>): Promise<void> {
  one.fetching = which;
  one.fetchError = null;
  try {
    await fetch();
  } catch (error) {
    if (!isQuiet(error)) one.fetchError = error;
  } finally {
    one.fetching = "";
  }
}

/** Show a message, wherever it stands, and point at it for a moment. */
export async function jumpTo(id: string, seq: number): Promise<void> {
  const one = opened(id);
  if (!one.thread.find(seq)) {
    one.isLoading = !one.thread.isLoaded;
    try {
      one.thread.reset(await api.thread(id, { around: seq }, PAGE));
      one.error = null;
    } catch (error) {
      if (!isQuiet(error)) one.error = error;
      return;
    } finally {
      one.isLoading = false;
    }
    if (!one.thread.hasAfter) follow(one);
  }
  if (!shows(one.window, seq) || one.window.from === 0) one.window = around(one.thread.items, seq);
  one.pointedAt = null;
  one.pointedAt = seq;
  setTimeout(() => {
    if (one.pointedAt === seq) one.pointedAt = null;
  }, POINTED_FOR);
}

/** Go to the end, wherever one was. */
export async function jumpToEnd(id: string): Promise<void> {
  const one = opened(id);
  if (one.thread.hasAfter) await loadEnd(id);
  else one.window = atEnd(one.thread.items, OPENED);
  one.newBelow = 0;
}

/** Take the newest word about a conversation, wherever it came from. */
export function takeRow(row: Row): void {
  const one = all.get(row.conversation_id);
  if (!one || isOlder(row, one.row)) return;
  const before = one.row;
  one.row = row;
  if (one !== current) return;
  if (before && isOtherHands(before, row)) void loadContext(one.id);
  const { last_seq: seq } = row;
  if (one.thread.isBehind(seq)) {
    setTimeout(() => {
      if (one.thread.isBehind(seq)) void fillBehind(one).then(() => (one.thread.lastSeq = Math.max(one.thread.lastSeq, seq)));
    }, BEHIND_AFTER);
  }
}

/** What one may do, and with whom, is another thing now. */
function isOtherHands(before: Row, row: Row): boolean {
  return (
    before.state !== row.state ||
    before.agent?.id !== row.agent?.id ||
    before.session_id !== row.session_id ||
    before.customer.id !== row.customer.id
  );
}

function takeItems(id: string, items: readonly Item[], lastSeq: number): void {
  const one = all.get(id);
  if (!one?.thread.isLoaded) return;
  const count = one.thread.addLive(items, lastSeq);
  const isBelow = one.window.to !== null || one.thread.hasAfter;
  if (isBelow) one.newBelow += count;
  for (const item of items) afterwards(one, item);
}

/** What an entry means beyond itself. */
function afterwards(one: Opened, item: Item): void {
  if (item.kind === "customer") one.typing = null;
  const { step, data = {} } = item;
  if (step === "recalled" && typeof data["of_seq"] === "number") one.thread.change(data["of_seq"], { is_recalled: true });
  if (step === "recalled" && typeof data["seq"] === "number") one.thread.change(data["seq"], { is_recalled: true });
  const changesContext = item.kind === "agent" || ["rated", "merged", "blocked", "unblocked", "tagged"].includes(step ?? "");
  if (changesContext && one === current) void loadContext(one.id);
}

function colleagueTypes(one: Opened, agent: Person, on: boolean): void {
  const others = one.viewers.filter((viewer) => viewer.id !== agent.id);
  one.viewers = [...others, { ...agent, is_typing: on }];
  if (on) setTimeout(() => colleagueTypes(one, agent, false), TYPING_LASTS);
}

function isQuiet(error: unknown): boolean {
  return isStopped(error) || error instanceof SignedOut;
}

function forgetOldest(): void {
  for (const [id, one] of all) {
    if (all.size <= KEPT) return;
    // What was not sent yet must not be lost.
    if (one !== current && !one.thread.pending.length) all.delete(id);
  }
}

/** Forget everything, as when another agent signs in. */
export function forgetAll(): void {
  all.clear();
  current = null;
}

live.on("items", ({ conversation_id, items, last_seq, row }) => {
  takeItems(conversation_id, items, last_seq);
  if (row) takeRow(row);
});
live.on("changed_items", ({ conversation_id, items }) => all.get(conversation_id)?.thread.tick(items));
live.on("row", ({ conversation_id, row }) => {
  if (row) takeRow(row);
  const one = all.get(conversation_id);
  // Merged away, or parted again: it may lead elsewhere now.
  if (one && one === current && (row === null || one.goesOnIn)) void loadContext(one.id);
});
live.on("viewers", ({ conversation_id, agents }) => {
  const one = all.get(conversation_id);
  if (one) one.viewers = agents;
});
live.on("typing", ({ conversation_id, by, agent, on, text }) => {
  const one = all.get(conversation_id);
  if (!one) return;
  if (by === "agent") return agent ? colleagueTypes(one, agent, on) : undefined;
  const until = Date.now() + TYPING_LASTS;
  one.typing = on ? { text: text ?? "", until } : null;
  if (on) setTimeout(() => one.typing && one.typing.until <= Date.now() && (one.typing = null), TYPING_LASTS + 50);
});
live.on("stale", () => {
  // What is kept may have holes: only what is on the screen is worth fetching again.
  for (const [id, one] of all) if (one !== current && !one.thread.pending.length) all.delete(id);
  if (current) void loadEnd(current.id).then(() => current && loadContext(current.id));
});
