/** What can go wrong between the desk and its server, as types. */

/** The server answered with a problem (RFC 9457). */
export class Problem extends Error {
  override readonly name = "Problem";

  constructor(
    readonly status: number,
    /** The stable name behind `urn:kefu:problem:`. */
    readonly problem: string,
    readonly detail: string,
    readonly details: Readonly<Record<string, unknown>> = {},
    readonly retryAfter: number | null = null,
  ) {
    super(detail || `${status} ${problem}`);
  }

  /** The field of the body that is wrong, if one is. */
  get field(): string {
    const { field, parameter, pointer } = this.details as Readonly<Record<string, unknown>>;
    const name = field ?? parameter ?? (typeof pointer === "string" ? pointer.split("/")[1] : "");
    return typeof name === "string" ? name : "";
  }
}

/** The server could not be reached. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/** Nobody is signed in any more; the desk goes to its login by itself. */
export class SignedOut extends Error {
  override readonly name = "SignedOut";
}

/** Whether somebody stopped the request because the answer is not wanted any more. */
export function isStopped(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** Read a problem out of an answer; answers that are none, as of a proxy, become one. */
export async function problemOf(answer: Response): Promise<Problem> {
  const text = await answer.text().catch(() => "");
  return problemIn(parsed(text), answer.status, secondsOf(answer.headers.get("Retry-After")));
}

/** Read the problem of one of several things that were asked for at once. */
export function problemOfOne(problem: unknown): Problem {
  const body = isRecord(problem) ? problem : {};
  return problemIn(body, typeof body["status"] === "number" ? body["status"] : 500, null);
}

function problemIn(body: Record<string, unknown>, status: number, retryAfter: number | null): Problem {
  const type = typeof body["type"] === "string" ? body["type"] : "";
  const details = body["details"];
  return new Problem(
    status,
    type.replace(/^urn:kefu:problem:/, "") || byStatus(status),
    typeof body["detail"] === "string" ? body["detail"] : "",
    isRecord(details) ? details : extensions(body),
    retryAfter,
  );
}

const STANDARD = new Set(["type", "title", "status", "detail", "instance", "reason", "details"]);

function extensions(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !STANDARD.has(name)));
}

function byStatus(status: number): string {
  if (status === 404) return "not-found";
  if (status === 403) return "not-allowed";
  return status >= 502 && status <= 504 ? "unavailable" : "server-error";
}

function secondsOf(header: string | null): number | null {
  const seconds = Number(header);
  return header && Number.isFinite(seconds) ? seconds : null;
}

function parsed(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) ? body : {};
  } catch {
    return {};
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
