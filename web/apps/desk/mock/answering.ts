/** Routes of the mock, and what they answer. */

import type { IncomingMessage } from "node:http";
import type { Agent, Permission } from "../src/api/types.ts";
import { allows } from "../src/stores/allows.ts";
import { heldBy } from "./people.ts";
import type { Live } from "./live.ts";
import type { State } from "./state.ts";

export interface Call {
  readonly state: State;
  readonly live: Live;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Record<string, any>;
  /** Who is signed in; of open routes possibly nobody, then it is not asked for. */
  readonly who: Agent;
  readonly request: IncomingMessage;
}

export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly problem: string,
    detail = "",
    readonly more: Readonly<Record<string, unknown>> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
  }
}

export class Reply {
  constructor(
    readonly status: number,
    readonly body: unknown = undefined,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}
}

export interface Route {
  readonly method: string;
  readonly parts: readonly string[];
  readonly needs: Permission | null;
  readonly isOpen: boolean;
  readonly serve: (call: Call) => unknown;
}

export function route(
  method: string,
  path: string,
  serve: Route["serve"],
  needs: Permission | null = null,
  isOpen = false,
): Route {
  return { method, parts: path.split("/").slice(1), needs, isOpen, serve };
}

export function match(route: Route, method: string, parts: readonly string[]): Record<string, string> | null {
  if (route.method !== method || route.parts.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [at, part] of route.parts.entries()) {
    if (part.startsWith(":")) params[part.slice(1)] = decodeURIComponent(parts[at]!);
    else if (part !== parts[at]) return null;
  }
  return params;
}

export function check(who: Agent, permission: Permission): void {
  if (!allows(new Set(heldBy(who)), permission)) {
    throw new Refusal(403, "not-allowed", `this needs the permission ${permission}`);
  }
}

export const missing = (what: string): Refusal => new Refusal(404, "not-found", `there is no such ${what}`);

export function paged<T>(items: readonly T[], query: URLSearchParams): { items: T[]; next: string | null } {
  const limit = Math.min(Number(query.get("limit") ?? 50) || 50, 200);
  const from = Number(query.get("cursor") ?? 0) || 0;
  const next = from + limit < items.length ? String(from + limit) : null;
  return { items: items.slice(from, from + limit), next };
}

/** Change one of a list as the server would: only on the version that it has. */
export function changed<T extends { id: string; version?: number }>(list: T[], id: string, body: Record<string, any>, what: string): T {
  const place = list.findIndex((one) => one.id === id);
  if (place < 0) throw missing(what);
  const { version, ...fields } = body;
  const before = list[place]!;
  if (version !== undefined && version !== before.version) {
    throw new Refusal(409, "conflict", `the ${what} was changed by somebody else meanwhile; load it again`);
  }
  return (list[place] = { ...before, ...fields, version: (before.version ?? 0) + 1 });
}

export function dropped<T extends { id: string }>(list: T[], id: string, what: string): Reply {
  const place = list.findIndex((one) => one.id === id);
  if (place < 0) throw missing(what);
  list.splice(place, 1);
  return new Reply(204);
}
