/** The supervisor's board. */

import { http, path } from "./http.ts";
import type { Board, Page, Row } from "./types.ts";

export const board = (signal?: AbortSignal): Promise<Board> => http.get("/board", { signal });

export const assignTo = (conversation: string, agent: string): Promise<Row> =>
  http.post(path`/conversations/${conversation}/assign`, { agent_id: agent });

export const sessionsOf = (agent: string, signal?: AbortSignal): Promise<Page<Row>> =>
  http.get("/inbox", { query: { view: "all", state: "assigned", agent, sort: "oldest", limit: 100 }, signal });
