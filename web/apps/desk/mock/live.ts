/** The mock's live line: sockets and long polls that hear the same frames. */

import type { WebSocket } from "ws";
import type { Agent, Item, Row } from "../src/api/types.ts";
import type { ClientFrame, EventFrame, ServerFrame } from "../src/live/frames.ts";
import type { State } from "./state.ts";

/** A union's members without a field. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
export type Told = Without<EventFrame, "type" | "position">;

interface Client {
  readonly who: Agent;
  readonly send: (frame: ServerFrame) => void;
  readonly close: () => void;
  readonly open: Set<string>;
}

const KEPT = 1000;
const POLL_FOR = 25_000;

export class Live {
  private position = 100;
  private readonly log: { readonly frame: EventFrame; readonly to: string | null }[] = [];
  private readonly clients = new Set<Client>();

  constructor(private readonly state: () => State) {}

  get cursor(): number {
    return this.position;
  }

  /** Tell an event to all, or to one agent. */
  tell(told: Told, to: string | null = null): void {
    this.position += 1;
    const frame = { type: "event", position: this.position, ...told } as EventFrame;
    this.log.push({ frame, to });
    if (this.log.length > KEPT) this.log.shift();
    for (const client of this.clients) if (to === null || client.who.id === to) client.send(frame);
  }

  tellItems(row: Row, items: readonly Item[]): void {
    for (const client of this.clients) {
      const isOwn = row.agent?.id === client.who.id;
      if (!isOwn && !client.open.has(row.conversation_id)) continue;
      client.send({ type: "items", conversation_id: row.conversation_id, items, last_seq: row.last_seq, row: isOwn ? row : null });
    }
  }

  tellCounts(): void {
    for (const client of this.clients) client.send({ type: "counts", counts: this.state().counts(client.who.id) });
  }

  send(frame: ServerFrame): void {
    for (const client of this.clients) client.send(frame);
  }

  /** Cut every line, as a fault of the network does. */
  drop(): void {
    for (const client of [...this.clients]) client.close();
  }

  /** Forget what was told, so that whoever comes back was away for too long. */
  forget(): void {
    this.log.length = 0;
    this.position += 1000;
  }

  accept(socket: WebSocket, who: Agent): void {
    const client: Client = {
      who,
      send: (frame) => socket.send(JSON.stringify(frame)),
      close: () => socket.terminate(),
      open: new Set(),
    };
    socket.on("message", (data) => this.hear(client, JSON.parse(String(data)) as ClientFrame));
    socket.on("close", () => {
      this.clients.delete(client);
      for (const id of client.open) this.tellViewers(id);
    });
  }

  private hear(client: Client, frame: ClientFrame): void {
    switch (frame.type) {
      case "hello": {
        for (const missed of this.welcome(client.who, frame.cursor)) client.send(missed);
        this.clients.add(client);
        for (const [id, after] of Object.entries(frame.open)) this.show(client, id, after);
        return;
      }
      case "open":
        return this.show(client, frame.conversation_id, frame.after);
      case "shut":
        client.open.delete(frame.conversation_id);
        return this.tellViewers(frame.conversation_id);
      case "typing":
        for (const other of this.clients) {
          if (other === client || !other.open.has(frame.conversation_id)) continue;
          const agent = { id: client.who.id, name: client.who.display_name, avatar: "" };
          other.send({ type: "typing", conversation_id: frame.conversation_id, by: "agent", agent, on: frame.on });
        }
        return;
      case "ping":
        return client.send({ type: "pong" });
    }
  }

  private welcome(who: Agent, cursor: number | null): ServerFrame[] {
    const oldest = this.log[0]?.frame.position ?? this.position + 1;
    const isGapless = cursor === null || cursor >= oldest - 1;
    const missed = cursor === null || !isGapless ? [] : this.missed(who, cursor);
    const [presence, counts] = [this.state().presenceOf(who.id), this.state().counts(who.id)];
    return [{ type: "welcome", cursor: this.position, is_gapless: isGapless, presence, counts }, ...missed];
  }

  private missed(who: Agent, cursor: number): EventFrame[] {
    return this.log
      .filter(({ frame, to }) => frame.position > cursor && (to === null || to === who.id))
      .map(({ frame }) => frame);
  }

  private show(client: Client, id: string, after: number): void {
    client.open.add(id);
    const row = this.state().row(id);
    const items = row ? this.state().items(row).filter((item) => item.seq > after) : [];
    if (row && items.length) client.send({ type: "items", conversation_id: id, items, last_seq: row.last_seq, row: null });
    this.tellViewers(id);
  }

  private tellViewers(id: string): void {
    const looking = [...this.clients].filter((one) => one.open.has(id));
    const agents = looking.map((one) => ({ id: one.who.id, name: one.who.display_name, avatar: "", is_typing: false }));
    for (const client of looking) client.send({ type: "viewers", conversation_id: id, agents });
  }

  /** Answer a long poll: at once when there is something, else when there is, or after a while. */
  poll(who: Agent, cursor: number | null, open: readonly string[]): Promise<{ frames: ServerFrame[]; cursor: number }> {
    const frames = this.welcome(who, cursor);
    if (cursor === null || frames.length > 1 || (frames[0]!.type === "welcome" && !frames[0]!.is_gapless)) {
      return Promise.resolve({ frames, cursor: this.position });
    }
    return new Promise((resolve) => {
      const end = (heard: ServerFrame[]): void => {
        clearTimeout(timer);
        this.clients.delete(client);
        resolve({ frames: heard, cursor: this.position });
      };
      const client: Client = { who, open: new Set(open), send: (frame) => end([frame]), close: () => end([]) };
      const timer = setTimeout(() => end([]), POLL_FOR);
      this.clients.add(client);
    });
  }
}
