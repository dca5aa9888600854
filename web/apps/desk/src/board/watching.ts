/** The board as it is now: fetched, kept up by the live line, and fetched again for the figures. */

import { onScopeDispose, type ShallowRef } from "vue";
import { board as fetchBoard } from "../api/board.ts";
import type { Board, Presence, Row } from "../api/types.ts";
import { compared } from "../inbox/model/matching.ts";
import { live } from "../live/index.ts";
import { useLoad, type Loaded } from "../ui/load.ts";

/** Figures are counted by the server; not for every event of a busy minute. */
const AT_MOST_EVERY = 3000;
const AT_LEAST_EVERY = 30_000;

export interface Watched {
  readonly loaded: Loaded<Board>;
  readonly board: ShallowRef<Board | null>;
  /** Take a row as it is now, before the server tells it. */
  take(row: Row): void;
}

export function watchBoard(): Watched {
  const loaded = useLoad((signal) => fetchBoard(signal));
  let later: ReturnType<typeof setTimeout> | undefined;
  let last = Date.now();

  function renewSoon(): void {
    if (later !== undefined) return;
    later = setTimeout(
      () => {
        later = undefined;
        last = Date.now();
        void loaded.load();
      },
      Math.max(0, last + AT_MOST_EVERY - Date.now()),
    );
  }

  function change(by: (board: Board) => Board): void {
    if (loaded.data.value) loaded.data.value = by(loaded.data.value);
    renewSoon();
  }

  const take = (row: Row): void => change((board) => withRow(board, row));
  const steady = setInterval(renewSoon, AT_LEAST_EVERY);
  const offs = [
    live.on("row", ({ conversation_id, row }) => change((board) => (row ? withRow(board, row) : withoutRow(board, conversation_id)))),
    live.on("presence", ({ presence }) => change((board) => withPresence(board, presence))),
    live.on("stale", renewSoon),
  ];
  onScopeDispose(() => {
    clearTimeout(later);
    clearInterval(steady);
    for (const off of offs) off();
  });
  return { loaded, board: loaded.data, take };
}

/** Return the board with a conversation that waits, or does not any more. */
export function withRow(board: Board, row: Row): Board {
  const before = board.waiting.find((one) => one.conversation_id === row.conversation_id);
  if (before && before.version > row.version) return board;
  const rest = board.waiting.filter((one) => one !== before);
  const isWaiting = row.state === "waiting";
  const waiting = isWaiting ? [...rest, row].sort((one, other) => compared(one, other, "priority")) : rest;
  const count = board.waiting_count + Number(isWaiting) - Number(Boolean(before));
  return withLongest({ ...board, waiting, waiting_count: Math.max(count, waiting.length) });
}

function withoutRow(board: Board, conversation: string): Board {
  const waiting = board.waiting.filter((one) => one.conversation_id !== conversation);
  const gone = board.waiting.length - waiting.length;
  return withLongest({ ...board, waiting, waiting_count: board.waiting_count - gone });
}

function withLongest(board: Board): Board {
  const since = board.waiting.map((row) => row.waiting_since).filter((one) => one !== null);
  return { ...board, longest_wait_since: since.length ? since.reduce((a, b) => (a < b ? a : b)) : null };
}

export function withPresence(board: Board, presence: Presence): Board {
  const known = board.agents.some((one) => one.agent.id === presence.agent.id);
  const agents = known
    ? board.agents.map((one) => (one.agent.id === presence.agent.id ? presence : one))
    : [...board.agents, presence];
  return { ...board, agents };
}
