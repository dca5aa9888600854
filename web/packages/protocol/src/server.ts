import type { ClientFrame, Faq, Logged, Outgoing, ServerFrame, StoredAttachment } from "./frames";

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
  frames: Logged[];
  seq: number;
  reset: boolean;
}

/** The channel's addresses on the server at `base`, which ends with a slash. */
export class Server {
  constructor(
    readonly base: string,
    private readonly token: () => string | null,
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

  async visitor(): Promise<string> {
    return ((await this.#call("visitors", { method: "POST" })) as { token: string }).token;
  }

  events(after: number, wait: number, signal: AbortSignal): Promise<News> {
    return this.#call(`events?after=${after}&wait=${wait}`, { signal }) as Promise<News>;
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

  /** Store a file; `progress` is told how much of it has gone, 0 to 1. */
  upload(
    file: Blob,
    name: string,
    progress: (part: number) => void,
    signal?: AbortSignal,
  ): Promise<StoredAttachment> {
    // fetch() cannot tell how far it has got.
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", this.address("attachments"));
      request.setRequestHeader("Authorization", `Bearer ${this.token()}`);
      request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
      request.setRequestHeader("X-File-Name", encodeURIComponent(name));
      request.responseType = "json";
      request.upload.onprogress = (event) =>
        event.lengthComputable && progress(event.loaded / event.total);
      request.onload = () =>
        request.status === 201
          ? resolve(request.response as StoredAttachment)
          : reject(new HttpError(request.status));
      request.onerror = request.onabort = () => reject(new HttpError(0));
      signal?.addEventListener("abort", () => request.abort());
      request.send(file);
    });
  }

  faq(locale: string): Promise<Faq> {
    return this.#call(`faq?locale=${encodeURIComponent(locale)}`, {}) as Promise<Faq>;
  }

  async #call(path: string, options: RequestInit): Promise<unknown> {
    const token = this.token();
    const headers = {
      ...(options.headers as Record<string, string>),
      ...(token && !path.startsWith("faq") && path !== "visitors"
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

export type { Outgoing };
