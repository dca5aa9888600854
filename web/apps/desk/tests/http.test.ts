import { describe, expect, it } from "vitest";
import { addressOf, Http, path } from "../src/api/http.ts";
import { isStopped, Problem, problemOfOne, SignedOut, Unreachable } from "../src/api/problem.ts";

type Given = Response | Error;

/** A server that gives these answers, one after the other. */
function serving(...answers: Given[]) {
  const asked: { url: string; init: RequestInit }[] = [];
  const waited: number[] = [];
  const http = new Http({
    fetch: (async (url: string, init: RequestInit) => {
      asked.push({ url, init });
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer ?? new Response("{}", { status: 200 });
    }) as typeof fetch,
    wait: async (milliseconds) => void waited.push(milliseconds),
    random: () => 0.5,
  });
  return { http, asked, waited };
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response => new Response(JSON.stringify(body), { status, headers });
const problem = (status: number, name: string, more: object = {}, headers: Record<string, string> = {}): Response =>
  json(status, { type: `urn:kefu:problem:${name}`, title: "x", status, detail: "why", instance: "/", ...more }, headers);
const failure = async (promise: Promise<unknown>): Promise<unknown> => promise.then(() => null, (error: unknown) => error);

describe("requests", () => {
  it("show the token with everything but GET", async () => {
    const { http, asked } = serving(json(200, { ok: 1 }));
    http.csrf = "token";
    expect(await http.get("/me")).toEqual({ ok: 1 });
    await http.post("/groups", { name: "售后" });
    await http.delete("/groups/g1");
    const headers = asked.map(({ init }) => (init.headers as Record<string, string>)["X-CSRF-Token"]);
    expect(headers).toEqual([undefined, "token", "token"]);
    expect(asked[1]!.init.body).toBe('{"name":"售后"}');
    expect(asked[1]!.init.credentials).toBe("same-origin");
  });

  it("escape what stands in their addresses", () => {
    expect(path`/conversations/${"web-a/b?c#d"}/row`).toBe("/conversations/web-a%2Fb%3Fc%23d/row");
    expect(addressOf("/inbox", { q: "退 款", cursor: null, empty: "", n: 0, on: false })).toBe("/api/v1/inbox?q=%E9%80%80+%E6%AC%BE&n=0&on=false");
  });

  it("become problems with their name, details and time to wait", async () => {
    const { http } = serving(problem(409, "conflict", { details: { field: "name" } }), problem(429, "too-many", {}, { "Retry-After": "7" }));
    const conflict = (await failure(http.post("/x"))) as Problem;
    expect([conflict.status, conflict.problem, conflict.detail, conflict.field]).toEqual([409, "conflict", "why", "name"]);
    expect(((await failure(http.post("/x"))) as Problem).retryAfter).toBe(7);
  });

  it("name the field that is wrong, however the server says it", async () => {
    const { http } = serving(problem(400, "bad-field", { details: { pointer: "/shortcut" } }), problem(400, "bad-request", { details: { pointer: "/skills/退款" } }), problem(400, "bad-request"));
    const fields = [http.post("/x"), http.post("/x"), http.post("/x")].map(async (one) => ((await failure(one)) as Problem).field);
    expect(await Promise.all(fields)).toEqual(["shortcut", "skills", ""]);
  });

  it("become problems also when a proxy answers", async () => {
    const { http } = serving(new Response("<html>", { status: 404 }), new Response("", { status: 500 }));
    expect(((await failure(http.post("/x"))) as Problem).problem).toBe("not-found");
    expect(((await failure(http.post("/x"))) as Problem).problem).toBe("server-error");
    const cut = serving(new Response("{", { status: 200 }));
    expect(await failure(cut.http.post("/x"))).toBeInstanceOf(Unreachable);
  });

  it("are sent again when that does no harm, and help may come of it", async () => {
    const { http, asked, waited } = serving(new TypeError("network"), problem(503, "unavailable", {}, { "Retry-After": "2" }), json(200, []));
    expect(await http.get("/inbox")).toEqual([]);
    expect(asked).toHaveLength(3);
    expect(waited).toEqual([300, 2000]);
  });

  it("are not sent again when it may do harm, or cannot help", async () => {
    const posted = serving(new TypeError("network"));
    expect(await failure(posted.http.post("/x"))).toBeInstanceOf(Unreachable);
    expect(posted.asked).toHaveLength(1);
    const missing = serving(problem(404, "not-found"));
    await failure(missing.http.get("/x"));
    expect(missing.asked).toHaveLength(1);
    const down = serving(new TypeError("1"), new TypeError("2"), new TypeError("3"), json(200, {}));
    expect(await failure(down.http.get("/x"))).toBeInstanceOf(Unreachable);
    expect(down.asked).toHaveLength(3);
  });

  it("tell once nobody is signed in, but where that is no surprise", async () => {
    const { http } = serving(problem(401, "not-signed-in"), problem(401, "login-failed"));
    let told = 0;
    http.onSignedOut = () => void (told += 1);
    expect(await failure(http.get("/inbox"))).toBeInstanceOf(SignedOut);
    expect(told).toBe(1);
    expect(((await failure(http.post("/login", {}, { isOpen: true }))) as Problem).problem).toBe("login-failed");
    expect(told).toBe(1);
  });

  it("get a new token when another tab signed in, once", async () => {
    const { http, asked } = serving(problem(403, "csrf"), json(200, { ok: 1 }), problem(403, "csrf"), problem(403, "csrf"));
    http.csrf = "old";
    http.renew = async () => "new";
    expect(await http.post("/x")).toEqual({ ok: 1 });
    expect((asked[1]!.init.headers as Record<string, string>)["X-CSRF-Token"]).toBe("new");
    expect(((await failure(http.post("/x"))) as Problem).problem).toBe("csrf");
  });

  it("stop when nobody waits for them any more", async () => {
    const controller = new AbortController();
    const { http, asked } = serving(new DOMException("gone", "AbortError"), json(200, {}));
    controller.abort();
    expect(isStopped(await failure(http.get("/x", { signal: controller.signal })))).toBe(true);
    expect(asked).toHaveLength(1);
  });
});

describe("the problem of one of many", () => {
  it("is read as if it had been asked for alone, whatever stands there", () => {
    const one = problemOfOne({ type: "urn:kefu:problem:wrap-up-needed", status: 422, detail: "why" });
    expect([one.status, one.problem, one.detail]).toEqual([422, "wrap-up-needed", "why"]);
    for (const strange of ["x", null, 7, { type: 3 }]) expect(problemOfOne(strange)).toMatchObject({ status: 500, problem: "server-error", detail: "" });
  });
});
