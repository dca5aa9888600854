/** The mock's accounts, agents, groups, skills, audit log, library. */

import { EVERYBODY } from "../src/api/library.ts";
import type { Agent, NamedLike } from "./types.ts";
import { changed, check, dropped, missing, paged, Refusal, Reply, route, type Call, type Route } from "./answering.ts";
import { SETTINGS } from "./library.ts";
import { heldBy, PASSWORD } from "./people.ts";
import { TRAINING } from "./training.ts";

const DAY = 86_400_000;

const me = (call: Call, agent: Agent) => ({
  agent,
  permissions: heldBy(agent),
  csrf: `csrf-${agent.id}`,
  settings: call.state.settings.get(agent.id) ?? {},
});

const cookie = (id: string) => ({ "Set-Cookie": `kefu_mock=${id}; Path=/; HttpOnly; SameSite=Strict${id ? "" : "; Max-Age=0"}` });

function signIn(call: Call): Reply {
  const { login, password } = call.body;
  if (login === "slow") throw new Refusal(429, "too-many", "too many wrong passwords", {}, { "Retry-After": "30" });
  const found = call.state.agents.find((one) => one.login === login || one.staff_number === login);
  if (!found || password !== PASSWORD || !found.is_active) throw new Refusal(401, "login-failed", "login or password is not right");
  return new Reply(200, me(call, found), cookie(found.id));
}

/** Tokens `setup`, `invite`, `reset` and any other are links of each kind, and one that is dead. */
function look(call: Call): unknown {
  const kind = call.body["token"];
  if (!["setup", "invite", "reset"].includes(kind)) throw new Refusal(410, "link-dead", "the link was used, or is over");
  return {
    kind,
    role: kind === "setup" ? "admin" : "agent",
    login: kind === "reset" ? "lin" : kind === "invite" ? "1018" : "",
    display_name: kind === "setup" ? "" : "林小雨",
    expires_at: new Date(call.state.now + DAY).toISOString(),
  };
}

function setup(call: Call): Reply {
  look(call);
  if (/^(password|1234567890|.{0,9})$/.test(call.body["password"])) throw new Refusal(400, "weak-password", "the password is too weak");
  return new Reply(201, call.state.agents[0]);
}

const logins = (call: Call) => ({
  items: [0, 1, 2].map((at) => ({
    id: `l${at}`,
    created_at: new Date(call.state.now - (at + 1) * DAY).toISOString(),
    seen_at: new Date(call.state.now - at * 3_600_000).toISOString(),
    expires_at: new Date(call.state.now + DAY).toISOString(),
    address: `10.0.0.${at + 7}`,
    browser: ["Chrome 143, Windows", "Safari 26, iPhone", "<b>Firefox</b> 146, Linux"][at],
    is_this: at === 0,
  })),
  next: null,
});

function agents(call: Call): unknown {
  const [q, role, active] = ["q", "role", "active"].map((name) => call.query.get(name) ?? "");
  const found = call.state.agents.filter(
    (one) =>
      (!q || [one.display_name, one.staff_number, one.login].some((name) => name?.toLowerCase().includes(q!.toLowerCase()))) &&
      (!role || one.role === role) &&
      (!active || String(one.is_active) === active),
  );
  return paged(found, call.query);
}

function createAgent(call: Call): Reply {
  const { state, body } = call;
  if (state.agents.some((one) => one.login === body["login"])) throw new Refusal(409, "login-taken", "the login is taken");
  const number = body["staff_number"] || String(1 + Math.max(...state.agents.map((one) => Number(one.staff_number))));
  const agent: Agent = {
    avatar: "",
    languages: ["zh"],
    skills: {},
    groups: [],
    max_sessions: 5,
    role: "agent",
    permissions: [],
    display_name: "",
    ...body,
    id: state.newId("a"),
    staff_number: number,
    login: body["login"] || number,
    is_active: true,
    is_removed: false,
    has_password: false,
    is_demo: false,
    version: 1,
  };
  if (!agent.display_name.trim()) throw new Refusal(400, "bad-text", "display_name has 1 to 64 characters");
  state.agents.push(agent);
  return new Reply(201, { agent, invitation: link(call) });
}

const link = (call: Call) => ({
  link: `http://${call.request.headers.host}/desk/setup#token=invite`,
  expires_at: new Date(call.state.now + 7 * DAY).toISOString(),
});

function changeAgent(call: Call): unknown {
  const { state, params, body } = call;
  const before = state.agents.find((one) => one.id === params["id"]);
  const isLast = before?.role === "admin" && state.agents.filter((one) => one.role === "admin" && one.is_active).length === 1;
  if (isLast && (body["is_active"] === false || (body["role"] && body["role"] !== "admin"))) {
    throw new Refusal(409, "last-admin", "this is the last administrator who can sign in");
  }
  return changed(state.agents, params["id"]!, body, "agent");
}

function named(kind: "groups" | "skills", prefix: string): Route[] {
  const list = (call: Call): NamedLike[] => call.state[kind];
  const free = (call: Call, name: string): void => {
    if (list(call).some((one) => one.name === name && one.id !== call.params["id"])) throw new Refusal(409, "name-taken", "the name is taken");
    if (!name?.trim()) throw new Refusal(400, "bad-text", "name has 1 to 64 characters");
  };
  return [
    route("GET", `/${kind}`, (call) => paged(list(call), call.query), "agents.read"),
    route("POST", `/${kind}`, (call) => {
      free(call, call.body["name"]);
      const one = { id: call.state.newId(prefix), name: call.body["name"], description: call.body["description"] ?? "", version: 1 };
      list(call).push(one);
      return new Reply(201, one);
    }, "groups.manage"),
    route("PUT", `/${kind}/:id`, (call) => {
      free(call, call.body["name"]);
      return changed(list(call), call.params["id"]!, call.body, "name");
    }, "groups.manage"),
    route("DELETE", `/${kind}/:id`, (call) => {
      const id = call.params["id"]!;
      const isUsed = call.state.agents.some((one) => one.groups.includes(id) || id in one.skills);
      if (isUsed) throw new Refusal(409, "in-use", "agents have it");
      return dropped(list(call), id, "name");
    }, "groups.manage"),
  ];
}

type Kept = "canned" | "words" | "codes" | "labels";

function kept(kind: Kept, path: string, prefix: string, manage: "desk.manage" | "words.manage" | "canned.edit.own", standard: object): Route[] {
  const list = (call: Call): any[] => call.state[kind];
  return [
    route("GET", path, (call) => {
      const q = (call.query.get("q") ?? "").toLowerCase();
      return paged(list(call).filter((one) => JSON.stringify(one).toLowerCase().includes(q)), call.query);
    }),
    route("POST", path, (call) => {
      const name = call.body["name"] ?? call.body["word"] ?? call.body["title"];
      if (!name?.trim()) throw new Refusal(400, "bad-field", "name has 1 to 64 characters", { details: { field: "name" } });
      if (kind === "words" && list(call).some((one) => one.word === name)) throw new Refusal(409, "name-taken", "another sensitive word has that name");
      const one = { ...standard, ...call.body, id: call.state.newId(prefix), version: 1 };
      list(call).push(one);
      call.live.tell({ kind: "library", what: path.slice(1) });
      return new Reply(201, one);
    }, manage),
    route("PUT", `${path}/:id`, (call) => {
      const one = changed(list(call), call.params["id"]!, call.body, kind);
      call.live.tell({ kind: "library", what: path.slice(1) });
      return one;
    }, manage),
    route("DELETE", `${path}/:id`, (call) => {
      if (list(call).some((one) => one.parent === call.params["id"])) throw new Refusal(409, "in-use", "there are codes below this one: move or remove them first");
      return dropped(list(call), call.params["id"]!, kind);
    }, manage),
  ];
}

function checkWords(call: Call): unknown {
  const { text, side } = call.body;
  const characters = [...(text as string)];
  const hits = call.state.words
    .filter((one) => one.side === "both" || one.side === side)
    .flatMap((one) => {
      const length = [...one.word].length;
      return characters.flatMap((_, start) =>
        characters.slice(start, start + length).join("") === one.word
          ? [{ start, end: start + length, word: one.word, category: one.category, action: one.action }]
          : [],
      );
    });
  const masked = characters.map((one, at) => (hits.some((hit) => hit.action === "mask" && hit.start <= at && at < hit.end) ? "*" : one));
  const action = ["block", "mask", "warn"].find((one) => hits.some((hit) => hit.action === one)) ?? null;
  return { hits, action, masked: masked.join("") };
}

const VALUES: Readonly<Record<string, string>> = { "customer.name": "陈女士", "order_no": "20261128000142" };

function fill(call: Call): unknown {
  const missingNames: string[] = [];
  const known: Record<string, string> = { ...VALUES, "agent.name": call.who.display_name };
  const text = (call.body["text"] as string).replace(/\{\{\s*([\w.]+)\s*(?:\|([^{}]*))?\}\}/g, (whole, name, otherwise) => {
    if (known[name] || otherwise !== undefined) return known[name] ?? otherwise;
    missingNames.push(name);
    return whole;
  });
  return { text, missing: missingNames };
}

const hoursOf = (call: Call, group: string) => {
  const own = call.state.hours.get(group);
  const counting = own ?? call.state.hours.get(EVERYBODY);
  return {
    group,
    hours: counting?.hours ?? null,
    is_inherited: !own,
    version: own?.version ?? 0,
    is_open: true,
    next_change: counting ? new Date(call.state.now + 5_400_000).toISOString() : null,
  };
};

function setHours(call: Call): unknown {
  const group = call.params["id"]!;
  const before = call.state.hours.get(group);
  const { hours, version } = call.body;
  if (version !== undefined && version !== (before?.version ?? 0)) throw new Refusal(409, "conflict", "the hours were changed by somebody else meanwhile");
  call.state.hours.set(group, { ...hoursOf(call, group), hours, version: (before?.version ?? 0) + 1 });
  return hoursOf(call, group);
}

const deskSettings = (call: Call) => ({
  settings: { ...SETTINGS, ...call.state.overrides },
  defaults: SETTINGS,
  overrides: call.state.overrides,
  version: call.state.settingsVersion,
});

export const ROUTES: readonly Route[] = [
  route("POST", "/login", signIn, null, true),
  route("POST", "/logout", () => new Reply(204, undefined, cookie("")), null, true),
  route("GET", "/me", (call) => me(call, call.who)),
  route("POST", "/setup/look", look, null, true),
  route("POST", "/setup", setup, null, true),
  route("GET", "/me/logins", logins),
  route("DELETE", "/me/logins/:id", () => new Reply(204)),
  route("PUT", "/me/password", (call) => {
    if (call.body["current"] !== PASSWORD) throw new Refusal(403, "wrong-password", "the current password is not right");
    return me(call, call.who);
  }),
  route("PUT", "/me/settings", (call) => {
    call.state.settings.set(call.who.id, call.body["settings"]);
    return call.body;
  }),
  route("POST", "/conversations/:id/typing", () => new Reply(204)),
  route("GET", "/presence", (call) => ({ items: call.state.presence })),
  route("PUT", "/me/presence", (call) => {
    const presence = call.state.setPresence(call.who.id, {
      status: call.body["status"],
      reason: call.body["reason"] ?? "",
      since: new Date().toISOString(),
    });
    call.live.tell({ kind: "presence", presence });
    return presence;
  }),
  route("GET", "/agents", agents, "agents.read"),
  route("POST", "/agents", createAgent, "agents.manage"),
  route("GET", "/agents/:id", (call) => {
    const found = call.state.agents.find((one) => one.id === call.params["id"]);
    if (!found) throw missing("agent");
    return found;
  }, "agents.read"),
  route("PUT", "/agents/:id", changeAgent, "agents.manage"),
  route("DELETE", "/agents/:id", (call) => dropped(call.state.agents, call.params["id"]!, "agent"), "agents.manage"),
  route("POST", "/agents/:id/reset", (call) => new Reply(201, link(call)), "agents.manage"),
  route("GET", "/agents/:id/logins", logins, "agents.manage"),
  route("DELETE", "/agents/:id/logins/:login", () => new Reply(204), "agents.manage"),
  route("GET", "/audit", (call) => {
    const [act, who] = [call.query.get("act") ?? "", call.query.get("agent") ?? ""];
    return paged(call.state.audit.filter((one) => one.act.startsWith(act) && (!who || one.actor === who || one.subject === who)), call.query);
  }, "audit.read"),
  ...TRAINING,
  ...named("groups", "g"),
  ...named("skills", "k"),
  route("POST", "/words/check", checkWords),
  route("POST", "/canned/fill", fill),
  route("POST", "/canned/:id/used", () => new Reply(204)),
  ...kept("canned", "/canned", "c", "canned.edit.own", { uses: 0, used_at: null, may_edit: true, variables: [], changed_at: "2026-11-29T00:00:00Z" }),
  ...kept("words", "/words", "w", "words.manage", {}),
  ...kept("codes", "/wrap_up_codes", "k", "desk.manage", {}),
  ...kept("labels", "/labels", "lb", "desk.manage", {}),
  route("GET", "/hours", (call) => paged([...call.state.hours.keys()].map((id) => hoursOf(call, id)), call.query)),
  route("GET", "/hours/:id", (call) => hoursOf(call, call.params["id"]!)),
  route("PUT", "/hours/:id", setHours, "hours.manage"),
  route("DELETE", "/hours/:id", (call) => {
    if (!call.state.hours.delete(call.params["id"]!)) throw missing("hours");
    return new Reply(204);
  }, "hours.manage"),
  route("GET", "/desk/settings", deskSettings),
  route("PUT", "/desk/settings", (call) => {
    check(call.who, "desk.manage");
    const given = call.body["overrides"] as Record<string, boolean | number | null>;
    call.state.overrides = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)) as Record<string, boolean>;
    call.state.settingsVersion += 1;
    return deskSettings(call);
  }),
];
