/** Agents, groups, skills and the audit log. */

import { http, path, type Options } from "./http.ts";
import type { Agent, AuditEntry, Link, Login, Named, Page, Permission, Role } from "./types.ts";

export interface AgentQuery {
  readonly q?: string;
  readonly role?: Role | "";
  readonly active?: boolean | null;
  readonly cursor?: string | null;
  readonly limit?: number;
}

export interface AgentFields {
  readonly display_name: string;
  readonly staff_number: string;
  readonly login: string;
  readonly role: Role;
  readonly languages: readonly string[];
  readonly skills: Readonly<Record<string, number>>;
  readonly groups: readonly string[];
  readonly max_sessions: number;
  readonly permissions: readonly Permission[];
}

export interface CreatedAgent {
  readonly agent: Agent;
  readonly invitation: Link;
}

export const agents = (query: AgentQuery = {}, signal?: AbortSignal): Promise<Page<Agent>> =>
  http.get("/agents", { query: { ...query }, signal });

export const agent = (id: string, options: Options = {}): Promise<Agent> => http.get(path`/agents/${id}`, options);

export const createAgent = (fields: AgentFields): Promise<CreatedAgent> => http.post("/agents", fields);

export type AgentChange = Partial<AgentFields> & { readonly is_active?: boolean; readonly version?: number | undefined };

export const changeAgent = (id: string, change: AgentChange): Promise<Agent> =>
  http.put(path`/agents/${id}`, change, { isRepeatable: false });

export const removeAgent = (id: string): Promise<void> => http.delete(path`/agents/${id}`);

export const resetAgent = (id: string): Promise<Link> => http.post(path`/agents/${id}/reset`);

export const agentLogins = (id: string, options: Options = {}): Promise<Page<Login>> =>
  http.get(path`/agents/${id}/logins`, options);

export const endAgentLogin = (id: string, login: string): Promise<void> =>
  http.delete(path`/agents/${id}/logins/${login}`);

export type NamedKind = "groups" | "skills";

export const named = (kind: NamedKind, cursor: string | null = null, signal?: AbortSignal): Promise<Page<Named>> =>
  http.get(`/${kind}`, { query: { cursor, limit: 100 }, signal });

export type NamedFields = Pick<Named, "name" | "description">;

export const createNamed = (kind: NamedKind, fields: NamedFields): Promise<Named> => http.post(`/${kind}`, fields);

/** Change fields; the version says on what the change is based. */
export const changeNamed = (kind: NamedKind, { id, version }: Named, fields: Partial<NamedFields>): Promise<Named> =>
  http.put(path`/${kind}/${id}`, { ...fields, version }, { isRepeatable: false });

export const removeNamed = (kind: NamedKind, id: string): Promise<void> => http.delete(path`/${kind}/${id}`);

export const audit = (
  query: { readonly act?: string; readonly agent?: string; readonly cursor?: string | null; readonly limit?: number },
  signal?: AbortSignal,
): Promise<Page<AuditEntry>> => http.get("/audit", { query: { ...query }, signal });

/** Fetch every page of a list; for lists that are short by nature, such as groups and agents. */
export async function all<T>(page: (cursor: string | null) => Promise<Page<T>>): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | null = null;
  do {
    const next: Page<T> = await page(cursor);
    found.push(...next.items);
    cursor = next.next;
  } while (cursor !== null);
  return found;
}
