import type { ClientFrame, Faq, ServerFrame } from "./frames";

/** An answer other than success: `status` is HTTP's, 0 when there was no answer. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    readonly retryAfter = 0,
  ) {
    super(`HTTP ${status}`);
  }
}

export interface News {
  frames: ServerFrame[];
  seq: number;
  reset: boolean;
  conversation?: string;
}

/** The channel's addresses on the server at `base`, which ends with a slash. */
export class Server {
  constructor(
    readonly base: string,
    readonly token: () => string | null,
  ) {}

  /** The address of `path` below the channel. */
  address(path: string): string {
    return `${this.base}webhooks/web/${path}`;
  }

  /** A path that the server names, as an address. */
  resolve(url: string): string {
    return new URL(url, this.base).href;
  }

  socket(): WebSocket {
    return new WebSocket(this.address("socket").replace(/^http/, "ws"));
  }

  /** A visitor's token: that of the cookie, which outlives the page's storage, or a new one. */
  async visitor(isNew: boolean): Promise<string> {
    const path = isNew ? "visitors" : "visitors?known=1";
    return ((await this.#call(path, { method: "POST" })) as { token: string }).token;
  }

  /** What is behind `after` in the conversation that the server called `mark`. */
  events(
    after: number,
    wait: number,
    mark: string | undefined,
    signal: AbortSignal,
  ): Promise<News> {
    const same = mark ? `&conversation=${mark}` : "";
    return this.#call(`events?after=${after}&wait=${wait}${same}`, { signal }) as Promise<News>;
  }

  /** Take a message or a signal there; the answers to signals are frames. */
  async post(frame: ClientFrame): Promise<ServerFrame[]> {
    const path = frame.type === "message" ? "messages" : "frames";
    const answer = (await this.#call(path, {
      method: "POST",
      body: JSON.stringify(frame),
      headers: { "Content-Type": "application/json" },
    })) as { frames?: ServerFrame[]; seq?: number } | null;
    if (frame.type !== "message") return answer?.frames ?? [];
    return [{ type: "accepted", id: frame.id, ...(answer?.seq ? { seq: answer.seq } : {}) }];
  }

  faq(locale: string): Promise<Faq> {
    return this.#call(`faq?locale=${encodeURIComponent(locale)}`, {}) as Promise<Faq>;
  }

  async #call(path: string, options: RequestInit): Promise<unknown> {
    const token = this.token();
    const headers = {
      ...(options.headers as Record<string, string>),
      ...(token && !path.startsWith("faq") && !path.startsWith("visitors")
        ? { Authorization: `Bearer ${token}` }
        : {}),
    };
    let response: Response;
    try {
      response = await fetch(this.address(path), { ...options, headers });
    } catch {
      throw new HttpError(0);
    }
    if (!response.ok) {
      throw new HttpError(response.status, Number(response.headers.get("Retry-After")) || 0);
    }
    return response.json();
  }
}

/** The code under which a WebSocket would have refused what HTTP answered with `status`. */
export function refusalOf(status: number): string {
  if (status === 413) return "too_large";
  if (status === 415) return "bad_type";
  if (status === 429) return "too_many";
  return status === 503 ? "unavailable" : "bad_frame";
}
