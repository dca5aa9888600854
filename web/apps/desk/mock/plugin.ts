/**
 * The API without a server: `npm run desk:mock` develops the screens on it, tests build on it.
 *
 * `POST /mock/…` plays faults and what others do; see `CONTROLS`.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Plugin } from "vite";
import { WebSocketServer } from "ws";
import type { Agent } from "../src/api/types.ts";
import { check, match, missing, Refusal, Reply, type Call, type Route } from "./answering.ts";
import { ROUTES as DESK } from "./desk_routes.ts";
import { Live, type Told } from "./live.ts";
import { ROUTES as STAFF } from "./staff_routes.ts";
import { State } from "./state.ts";

const BASE = "/api/v1";
const ROUTES: readonly Route[] = [...STAFF, ...DESK];

interface Fault {
  /** The beginning of a path below the API. */
  readonly path: string;
  readonly method?: string;
  /** 0: the connection is cut. */
  readonly status: number;
  readonly problem?: string;
  times: number;
}

class Mock {
  private state = new State();
  private faults: Fault[] = [];
  private areSocketsOff = false;
  private delay = 0;
  private readonly live = new Live(() => this.state);
  private readonly sockets = new WebSocketServer({ noServer: true });

  /** What `POST /mock/<name>` does with its body. */
  private readonly controls: Readonly<Record<string, (body: Record<string, any>) => unknown>> = {
    reset: () => {
      this.state = new State();
      this.faults = [];
      this.areSocketsOff = false;
      this.delay = 0;
      this.live.drop();
    },
    /** Let requests fail: `{path, status, problem, times}`. */
    fault: (body) => void this.faults.push({ times: 1, path: "/", status: 0, ...body } as Fault),
    /** Let nothing fail any more. */
    heal: () => void (this.faults = []),
    /** Answer everything so many milliseconds later. */
    delay: (body) => void (this.delay = body["milliseconds"] ?? 0),
    /** Cut the live lines; `{sockets: false}` lets none come back but by polling. */
    drop: (body) => {
      this.areSocketsOff = body["sockets"] === false;
      this.live.drop();
    },
    /** Forget what was told on the live line. */
    forget: () => this.live.forget(),
    /** Tell an event: `{event: {kind, …}, to}`. */
    tell: (body) => this.live.tell(body["event"] as Told, body["to"] ?? null),
    /** Send any frame to all. */
    frame: (body) => this.live.send(body["frame"]),
    /** A customer writes: `{conversation_id, text}`. */
    customer: (body) => {
      const row = this.state.row(body["conversation_id"]);
      if (!row) throw missing("conversation");
      const item = this.state.say(row, { kind: "customer", text: body["text"], channel: row.channel });
      this.live.tellItems(row, [item]);
      this.live.tell({ kind: "row", conversation_id: row.conversation_id, row });
      this.live.tellCounts();
      return { seq: item.seq };
    },
    /** Change a row as others would: `{conversation_id, fields}`. */
    row: (body) => {
      const row = this.state.row(body["conversation_id"]);
      if (!row) throw missing("conversation");
      this.state.change(row, body["fields"]);
      this.live.tell({ kind: "row", conversation_id: row.conversation_id, row });
      this.live.tellCounts();
    },
    /** Change an agent's presence: `{agent_id, fields}`. */
    presence: (body) => {
      const presence = this.state.setPresence(body["agent_id"], body["fields"]);
      this.live.tell({ kind: "presence", presence });
    },
    /** Change an agent as another administrator would: `{agent_id, fields}`. */
    agent: (body) => {
      const place = this.state.agents.findIndex((one) => one.id === body["agent_id"]);
      const before = this.state.agents[place]!;
      this.state.agents[place] = { ...before, ...body["fields"], version: (before.version ?? 0) + 1 };
    },
  };

  /** Answer a request, if it is for the mock. */
  async serve(request: IncomingMessage, response: ServerResponse, next: () => void): Promise<void> {
    const url = new URL(request.url ?? "/", "http://mock");
    const isControl = url.pathname.startsWith("/mock/");
    if (!isControl && !url.pathname.startsWith(`${BASE}/`)) return next();
    const body = await read(request);
    let reply: Reply;
    try {
      const given = isControl ? this.control(url.pathname.slice(6), body) : await this.answer(request, url, body);
      reply = given instanceof Reply ? given : new Reply(given === undefined ? 204 : 200, given);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.status === 0) return void request.socket.destroy();
      reply = refused(error, url.pathname);
    }
    response.writeHead(reply.status, { "Content-Type": "application/json", "Cache-Control": "no-store", ...reply.headers });
    response.end(reply.body === undefined ? "" : JSON.stringify(reply.body));
  }

  private control(name: string, body: Record<string, any>): unknown {
    const found = this.controls[name];
    if (!found) throw missing("control");
    return found(body);
  }

  private async answer(request: IncomingMessage, url: URL, body: Record<string, any>): Promise<unknown> {
    const where = url.pathname.slice(BASE.length);
    const method = request.method ?? "GET";
    if (this.delay) await new Promise((resolve) => setTimeout(resolve, this.delay));
    this.fail(method, where);
    const who = this.signedIn(request);
    const query = url.searchParams;
    if (where === "/live/poll") {
      if (!who) throw new Refusal(401, "not-signed-in", "nobody is signed in");
      const open = (query.get("open") ?? "").split(",").map((one) => decodeURIComponent(one.split(":")[0]!));
      return this.live.poll(who, query.has("cursor") ? Number(query.get("cursor")) : null, open);
    }
    for (const one of ROUTES) {
      const params = match(one, method, where.split("/").slice(1));
      if (!params) continue;
      if (!one.isOpen && !who) throw new Refusal(401, "not-signed-in", "nobody is signed in");
      if (!one.isOpen && method !== "GET" && request.headers["x-csrf-token"] !== `csrf-${who!.id}`) {
        throw new Refusal(403, "csrf", "the header X-CSRF-Token is missing or wrong");
      }
      if (one.needs) check(who!, one.needs);
      const call: Call = { state: this.state, live: this.live, params, query, body, who: who!, request };
      return one.serve(call);
    }
    throw missing("address");
  }

  private fail(method: string, where: string): void {
    const fault = this.faults.find((one) => one.times > 0 && where.startsWith(one.path) && (one.method ?? method) === method);
    if (!fault) return;
    fault.times -= 1;
    throw new Refusal(fault.status, fault.problem ?? "unavailable", "played by the mock");
  }

  private signedIn(request: IncomingMessage): Agent | null {
    const id = /kefu_mock=([^;]*)/.exec(request.headers.cookie ?? "")?.[1];
    return this.state.agents.find((one) => one.id === id && one.is_active) ?? null;
  }

  /** Take a WebSocket, if it is for the live line. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (new URL(request.url ?? "/", "http://mock").pathname !== `${BASE}/live`) return;
    const who = this.signedIn(request);
    if (!who || this.areSocketsOff) return void socket.destroy();
    this.sockets.handleUpgrade(request, socket, head, (opened) => this.live.accept(opened, who));
  }
}

function refused(error: Refusal, instance: string): Reply {
  const body = {
    type: `urn:kefu:problem:${error.problem}`,
    title: error.problem,
    status: error.status,
    detail: error.message,
    instance,
    ...error.more,
  };
  return new Reply(error.status, body, { "Content-Type": "application/problem+json", ...error.headers });
}

async function read(request: IncomingMessage): Promise<Record<string, any>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString();
  try {
    return text ? (JSON.parse(text) as Record<string, any>) : {};
  } catch {
    return {}; // A file.
  }
}

export function mockServer(): Plugin {
  const mock = new Mock();
  return {
    name: "mock",
    configureServer(server) {
      server.middlewares.use((request, response, next) => void mock.serve(request, response, next));
      server.httpServer?.on("upgrade", (...given) => mock.upgrade(...(given as [IncomingMessage, Duplex, Buffer])));
    },
    configurePreviewServer(server) {
      server.middlewares.use((request, response, next) => void mock.serve(request, response, next));
      server.httpServer.on("upgrade", (...given) => mock.upgrade(...(given as [IncomingMessage, Duplex, Buffer])));
    },
  };
}
