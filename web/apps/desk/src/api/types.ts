/** What the API gives, for the parts of it that several screens know. */

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export type Role = "agent" | "senior" | "supervisor" | "trainer" | "admin";
export const ROLES: readonly Role[] = ["agent", "senior", "supervisor", "trainer", "admin"];

export const PERMISSIONS = [
  "session.answer",
  "session.claim",
  "session.transfer",
  "session.assign",
  "session.listen",
  "session.whisper",
  "session.take_over",
  "session.read.mine",
  "session.read.group",
  "session.read.all",
  "review.decide",
  "search",
  "export",
  "customer.read",
  "customer.edit",
  "customer.merge",
  "customer.block",
  "customer.tag",
  "canned.edit.own",
  "canned.edit.shared",
  "desk.manage",
  "training.edit",
  "words.manage",
  "hours.manage",
  "groups.manage",
  "agents.read",
  "agents.manage",
  "board.read",
  "audit.read",
] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** An agent as others see them. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly avatar: string;
}

export interface Agent {
  readonly id: string;
  readonly staff_number: string;
  readonly display_name: string;
  readonly avatar: string;
  readonly languages: readonly string[];
  readonly skills: Readonly<Record<string, number>>;
  readonly groups: readonly string[];
  readonly max_sessions: number;
  readonly role: Role;
  readonly is_active: boolean;
  readonly is_removed: boolean;
  readonly login?: string;
  readonly permissions?: readonly Permission[];
  readonly has_password?: boolean;
  readonly is_demo?: boolean;
  readonly version?: number;
  readonly created_at?: string;
  readonly changed_at?: string;
}

export interface Me {
  readonly agent: Agent;
  readonly permissions: readonly Permission[];
  readonly csrf: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface Link {
  readonly link: string;
  readonly expires_at: string;
}

export interface Invited {
  readonly kind: "setup" | "invite" | "reset";
  readonly role: Role;
  readonly login: string;
  readonly display_name: string;
  readonly expires_at: string;
}

export interface Login {
  readonly id: string;
  readonly created_at: string;
  readonly seen_at: string;
  readonly expires_at: string;
  readonly address: string;
  readonly browser: string;
  readonly is_this: boolean;
}

/** A group or a skill. */
export interface Named {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly version: number;
}

export interface AuditEntry {
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  readonly actor_name: string;
  readonly act: string;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly address: string;
  readonly digest: string;
}

export type Status = "online" | "busy" | "away" | "offline";
export const STATUSES: readonly Status[] = ["online", "busy", "away", "offline"];

export interface Presence {
  readonly agent: Person;
  readonly is_connected: boolean;
  readonly status: Status;
  readonly reason: string;
  readonly since: string;
  readonly is_accepting: boolean;
  readonly open: number;
  readonly max_sessions: number;
  readonly groups: readonly string[];
  readonly skills: Readonly<Record<string, number>>;
}

/** One conversation in a list. */
export interface Row {
  readonly conversation_id: string;
  readonly session_id: string | null;
  readonly state: "bot" | "waiting" | "assigned" | "closed";
  readonly customer: { readonly id: string; readonly name: string | null; readonly tier: number; readonly tags: readonly string[] };
  readonly channel: string;
  readonly last: Last | null;
  readonly last_seq: number;
  readonly unread: number;
  readonly waiting_since: string | null;
  readonly unanswered_since: string | null;
  readonly agent: Person | null;
  readonly group_id: string | null;
  readonly skills: readonly string[];
  readonly language: string;
  readonly labels: readonly string[];
  readonly priority: number;
  /** Taken back from an agent: in front of all priorities. */
  readonly is_first_in_line: boolean;
  readonly reason: { readonly code: string; readonly detail: string } | null;
  readonly mark: "" | "unanswered" | "agent_gone" | "overflow" | "transferred";
  readonly snoozed_until: string | null;
  readonly review: { readonly review_id: string; readonly deadline: string } | null;
  /** Of whoever asks; the live line, which tells all the same, leaves it out. */
  readonly has_draft?: boolean;
  readonly invited: readonly Person[];
  readonly version: number;
  readonly changed_at: string;
}

export interface Last {
  readonly seq: number;
  readonly at: string;
  readonly by: "customer" | "bot" | "agent" | "private" | "step";
  readonly text: string;
  readonly kind: string;
}

/** One thing in a thread. */
export interface Item {
  readonly seq: number;
  readonly at: string;
  readonly kind: "customer" | "bot" | "agent" | "private" | "step";
  readonly text?: string;
  readonly content?: Readonly<Record<string, unknown>>;
  readonly buttons?: readonly Readonly<Record<string, unknown>>[];
  readonly quick_replies?: readonly Readonly<Record<string, unknown>>[];
  readonly elements?: readonly Readonly<Record<string, unknown>>[];
  readonly image?: string;
  readonly id?: string;
  readonly agent?: Person;
  readonly state?: "pending" | "sent" | "delivered" | "read" | "failed" | "held";
  readonly delivery_id?: number | string;
  readonly error?: string;
  readonly reply_to?: number;
  readonly is_recalled?: true;
  readonly channel?: string;
  readonly intent?: string;
  readonly confidence?: number;
  readonly action?: string;
  readonly policy?: string;
  readonly mentions?: readonly string[];
  readonly is_whisper?: boolean;
  readonly step?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface Review {
  readonly review_id: string;
  readonly conversation_id: string;
  readonly customer: { readonly id: string; readonly name: string | null; readonly tier: number };
  readonly channel: string;
  readonly question: string;
  readonly draft: Readonly<Record<string, unknown>> | null;
  readonly action: string;
  readonly confidence: number;
  readonly parts: { readonly intent: number; readonly answer: number; readonly policy: number };
  readonly intent?: string;
  readonly asked_at: string;
  readonly deadline: string;
  /** What happens at the deadline. */
  readonly by_itself?: "send" | "handover";
  readonly state: "open" | "approved" | "edited" | "discarded" | "expired" | "superseded";
  readonly decided_by: Person | null;
  readonly decided_at: string | null;
  readonly text: string | null;
  /** Who looks at it, and until when unless they say so anew. */
  readonly claimed_by: Person | null;
  readonly claimed_until: string | null;
}

export interface Counts {
  readonly mine: number;
  readonly mine_unread: number;
  readonly waiting: number;
  readonly review: number;
  readonly all_open: number;
  readonly snoozed: number;
}

export interface BoardGroup {
  readonly group_id: string | null;
  readonly name: string;
  readonly waiting: number;
  readonly longest_wait_since: string | null;
  readonly agents_accepting: number;
  readonly free_slots: number;
  readonly expected_wait_seconds: number | null;
}

export interface Board {
  readonly waiting: readonly Row[];
  readonly waiting_count: number;
  readonly longest_wait_since: string | null;
  readonly agents: readonly Presence[];
  readonly groups: readonly BoardGroup[];
  readonly today: {
    readonly requested: number;
    readonly answered: number;
    readonly closed: number;
    readonly abandoned: number;
    readonly median_wait_seconds: number | null;
    readonly median_handling_seconds: number | null;
  };
}
