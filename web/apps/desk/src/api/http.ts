/** Requests to `/api/v1`: the token against forgery, problems as errors, and trying again. */

import { Problem, problemOf, SignedOut, Unreachable } from "./problem.ts";

export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Options {
  readonly query?: Query;
  readonly signal?: AbortSignal | undefined;
}

export interface SendOptions extends Options {
  /** Repeating it does no harm: it bears an id, or sets a state. */
  readonly isRepeatable?: boolean;
  /** The caller says what a 401 means; nobody is sent to the login. */
  readonly isOpen?: boolean;
}

export interface Surroundings {
  readonly fetch: typeof fetch;
  readonly wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
}

const TRIES = 3;
const FIRST_PAUSE = 300;
const LONGEST_PAUSE = 5000;
const BASE = "/api/v1";

export class Http {
  /** What is shown as `X-CSRF-Token`; `/me` tells it. */
  csrf = "";
  /** Called once nobody is signed in any more. */
  onSignedOut: () => void = () => {};
  /** Fetches a new token when the server does not take the one we have: another tab signed in. */
  renew: () => Promise<string> = async () => this.csrf;

  constructor(private readonly around: Surroundings = browser()) {}

  get<T>(path: string, options: Options & Pick<SendOptions, "isOpen"> = {}): Promise<T> {
    return this.send<T>("GET", path, undefined, { ...options, isRepeatable: true });
  }

  post<T>(path: string, body?: unknown, options: SendOptions = {}): Promise<T> {
    return this.send<T>("POST", path, body, options);
  }

  put<T>(path: string, body?: unknown, options: SendOptions = {}): Promise<T> {
    return this.send<T>("PUT", path, body, { isRepeatable: true, ...options });
  }

  delete<T = void>(path: string, options: SendOptions = {}): Promise<T> {
    return this.send<T>("DELETE", path, undefined, options);
  }

  private async send<T>(method: string, path: string, body: unknown, options: SendOptions): Promise<T> {
    let isRenewed = false;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.once<T>(method, path, body, options);
      } catch (error) {
        if (error instanceof Problem && error.problem === "csrf" && !isRenewed) {
          isRenewed = true;
          this.csrf = await this.renew();
          continue;
        }
        if (!options.isRepeatable || attempt >= TRIES || !isPassing(error)) throw error;
        await this.around.wait(this.pause(attempt, error), options.signal);
      }
    }
  }

  private async once<T>(method: string, path: string, body: unknown, options: SendOptions): Promise<T> {
    const answer = await this.fetched(method, path, body, options);
    if (answer.status === 204) return undefined as T;
    if (answer.ok) return (await readBody(answer)) as T;
    if (answer.status === 401 && !options.isOpen) {
      await answer.body?.cancel();
      this.onSignedOut();
      throw new SignedOut("nobody is signed in");
    }
    throw await problemOf(answer);
  }

  private async fetched(method: string, path: string, body: unknown, options: SendOptions): Promise<Response> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (method !== "GET" && this.csrf) headers["X-CSRF-Token"] = this.csrf;
    const isRaw = body instanceof Blob || body instanceof FormData;
    if (body !== undefined && !isRaw) headers["Content-Type"] = "application/json";
    try {
      return await this.around.fetch(addressOf(path, options.query), {
        method,
        headers,
        credentials: "same-origin",
        ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
        ...(options.signal ? { signal: options.signal } : {}),
      });
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason ?? error;
      throw new Unreachable("the server could not be reached", { cause: error });
    }
  }

  /** Twice as long each time, with chance in it, or as long as the server says. */
  private pause(attempt: number, error: unknown): number {
    const told = error instanceof Problem && error.retryAfter !== null ? error.retryAfter * 1000 : 0;
    const grown = FIRST_PAUSE * 2 ** (attempt - 1) * (0.5 + this.around.random());
    return Math.min(Math.max(told, grown), LONGEST_PAUSE);
  }
}

/** Return the address of a path below the API, with the query's values that there are. */
export function addressOf(path: string, query: Query = {}): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") words.set(name, String(value));
  }
  const text = words.toString();
  return `${BASE}${path}${text ? `?${text}` : ""}`;
}

/** Put parts into a path: `` path`/agents/${id}` `` escapes what stands in it. */
export function path(parts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return parts.map((part, at) => part + (at < values.length ? encodeURIComponent(values[at]!) : "")).join("");
}

function isPassing(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Problem && [502, 503, 504].includes(error.status));
}

async function readBody(answer: Response): Promise<unknown> {
  const text = await answer.text();
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    // A proxy's page, or an answer that was cut short.
    throw new Unreachable("the answer is no JSON", { cause: error });
  }
}

function browser(): Surroundings {
  return { fetch: (...given) => fetch(...given), wait, random: Math.random };
}

function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** The desk's one line of requests. */
export const http = new Http();
