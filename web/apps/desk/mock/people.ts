/** The mock's staff. Everybody's password is `kefu-mock-12`. */

import type { Agent, AuditEntry, Named, Permission, Person, Presence, Role, Status } from "../src/api/types.ts";

export const PASSWORD = "kefu-mock-12";

const AGENT: readonly Permission[] = [
  "agents.read",
  "canned.edit.own",
  "customer.tag",
  "customer.read",
  "review.decide",
  "search",
  "session.answer",
  "session.claim",
  "session.read.mine",
  "session.read.group",
  "session.transfer",
];
const SENIOR: readonly Permission[] = [
  ...AGENT,
  "canned.edit.shared",
  "customer.block",
  "customer.edit",
  "customer.merge",
  "export",
  "session.read.all",
];
const SUPERVISOR: readonly Permission[] = [
  ...SENIOR,
  "board.read",
  "desk.manage",
  "groups.manage",
  "hours.manage",
  "session.assign",
  "session.listen",
  "session.take_over",
  "session.whisper",
  "words.manage",
];
const ROLE: Readonly<Record<Role, readonly Permission[]>> = {
  agent: AGENT,
  senior: SENIOR,
  supervisor: SUPERVISOR,
  trainer: [
    "agents.read",
    "canned.edit.own",
    "canned.edit.shared",
    "export",
    "review.decide",
    "search",
    "session.read.all",
    "training.edit",
    "words.manage",
  ],
  admin: [...SUPERVISOR, "training.edit", "agents.manage", "audit.read"],
};

export const heldBy = (agent: Agent): Permission[] => [...new Set([...ROLE[agent.role], ...(agent.permissions ?? [])])].sort();

const ROWS: readonly (readonly [string, string, string, Role, Status, number, string])[] = [
  ["admin", "1001", "周明远", "admin", "online", 2, "g1"],
  ["lin", "1007", "林小雨", "agent", "online", 5, "g1"],
  ["chen", "1008", "陈志强", "senior", "online", 4, "g1,g2"],
  ["wang", "1009", "王思琪", "supervisor", "online", 1, "g1,g2,g3"],
  ["zhao", "1010", "赵一鸣", "trainer", "offline", 0, ""],
  ["liu", "1011", "刘芳", "agent", "busy", 6, "g2"],
  ["smith", "1012", "Olivia Smith", "agent", "away", 3, "g3"],
  ["script", "1013", '<img src=x onerror="window.hacked=1">', "agent", "online", 0, "g2"],
  ["sun", "1014", "孙悦", "agent", "offline", 0, "g1"],
  ["ouyang", "1015", "欧阳静怡", "agent", "online", 6, "g2"],
  ["long", "1016", "一位名字特别特别长的坐席用来看看界面会不会被撑坏", "agent", "busy", 2, "g1,g2,g3"],
  ["he", "1017", "何嘉豪", "agent", "online", 1, "g1"],
];

const SKILLS: readonly Readonly<Record<string, number>>[] = [{ 退款: 5, 物流: 3 }, { 退款: 2 }, { 投诉: 4 }];

export function makeAgents(now: number): Agent[] {
  return ROWS.map(([login, number, name, role, , , groups], at) => ({
    id: `a${String(at + 1).padStart(31, "0")}`,
    staff_number: number,
    display_name: name,
    avatar: "",
    languages: login === "smith" ? ["en", "zh"] : ["zh"],
    skills: SKILLS[at % SKILLS.length]!,
    groups: groups ? groups.split(",").map(groupId) : [],
    max_sessions: 6,
    role,
    is_active: login !== "sun",
    is_removed: false,
    login,
    permissions: login === "chen" ? ["board.read"] : [],
    has_password: login !== "he",
    is_demo: false,
    version: 1,
    created_at: new Date(now - 90 * 86_400_000).toISOString(),
    changed_at: new Date(now - at * 86_400_000).toISOString(),
  }));
}

export const groupId = (short: string): string => `g${short.slice(1).padStart(31, "0")}`;

export function makeGroups(): Named[] {
  return [
    { id: groupId("g1"), name: "售后组", description: "退换货、退款、维修", version: 1 },
    { id: groupId("g2"), name: "售前组", description: "商品咨询、活动", version: 1 },
    { id: groupId("g3"), name: "海外组", description: "英文客户", version: 1 },
  ];
}

export function makeSkills(): Named[] {
  return ["退款", "物流", "投诉", "商品咨询"].map((name) => ({ id: name, name, description: "", version: 1 }));
}

export function personOf(agent: Agent): Person {
  return { id: agent.id, name: agent.display_name, avatar: agent.avatar };
}

export function makePresence(agents: readonly Agent[], now: number): Presence[] {
  return agents
    .filter((agent) => agent.role !== "trainer" && agent.is_active)
    .map((agent) => {
      const [, , , , status, open] = ROWS.find((row) => row[0] === agent.login)!;
      const at = Number(agent.staff_number) - 1000;
      return {
        agent: personOf(agent),
        is_connected: status !== "offline" && agent.login !== "he",
        status,
        reason: status === "away" ? "午餐" : "",
        since: new Date(now - at * 400_000).toISOString(),
        is_accepting: status === "online" && open < agent.max_sessions,
        open,
        max_sessions: agent.max_sessions,
        groups: agent.groups,
        skills: agent.skills,
      };
    });
}

export function makeAudit(agents: readonly Agent[], now: number): AuditEntry[] {
  const acts: readonly (readonly [string, Record<string, unknown>])[] = [
    ["login.begun", {}],
    ["agent.created", { display_name: "何嘉豪", role: "agent", staff_number: "1017" }],
    ["agent.changed", { before: { max_sessions: 5 }, after: { max_sessions: 6 } }],
    ["group.created", { name: "海外组" }],
    ["word.created", { word: "加微信", action: "block" }],
    ["password.changed", {}],
    ["agent.reset", {}],
  ];
  const count = 120;
  return Array.from({ length: count }, (_, at) => {
    const [act, data] = acts[at % acts.length]!;
    const who = agents[at % 4]!;
    return {
      seq: count - at,
      at: new Date(now - at * 5_400_000).toISOString(),
      actor: at % 9 === 8 ? "" : who.id,
      actor_name: at % 9 === 8 ? "" : who.display_name,
      act,
      subject: agents[(at + 3) % agents.length]!.id,
      data,
      address: at % 9 === 8 ? "" : `10.0.${at % 8}.${(at * 7) % 250}`,
      digest: `${(at * 2_654_435_761) >>> 0}`.padStart(64, "0"),
    };
  });
}
