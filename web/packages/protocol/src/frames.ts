// The frames of the web channel, as docs/reference/http.md describes them.

/** One thing to choose, of the bot's buttons or of a menu. */
export interface Choice {
  title?: string;
  payload?: string | null;
  type?: string;
  url?: string;
}

/** Where an attachment is: `attachment` is its id in the server's store, `url` where to read it. */
interface Attached {
  attachment?: string;
  url?: string;
}

export interface ImageContent extends Attached {
  type: "image";
  name?: string;
}

export interface VoiceContent extends Attached {
  type: "voice";
  seconds?: number;
  recognition?: string;
}

export interface VideoContent extends Attached {
  type: "video";
  seconds?: number;
  thumbnail?: string;
}

export interface FileContent extends Attached {
  type: "file";
  name?: string;
  size?: number;
}

export interface LocationContent {
  type: "location";
  latitude: number;
  longitude: number;
  label?: string;
  address?: string;
}

export interface LinkContent {
  type: "link";
  url: string;
  title?: string;
  description?: string;
  image?: string;
}

export interface MenuContent {
  type: "menu";
  text?: string;
  choices?: Choice[];
  footer?: string;
}

export interface ProductContent {
  type: "product_card";
  title: string;
  product_id?: string;
  price?: string;
  image?: string;
  url?: string;
  description?: string;
}

export interface OrderContent {
  type: "order_card";
  order_id: string;
  title?: string;
  status?: string;
  amount?: string;
  image?: string;
  url?: string;
  items?: string[];
}

export interface RatingRequestContent {
  type: "rating_request";
  text?: string;
  scale?: number;
  rating_id?: string;
}

export interface RatingContent {
  type: "rating";
  score: number;
  comment?: string;
  rating_id?: string;
}

export type Content =
  | ImageContent
  | VoiceContent
  | VideoContent
  | FileContent
  | LocationContent
  | LinkContent
  | MenuContent
  | ProductContent
  | OrderContent
  | RatingRequestContent
  | RatingContent;

export interface Agent {
  name?: string;
  avatar?: string;
}

export interface PageInfo {
  url: string;
  title?: string;
  referrer?: string;
}

export type Owner = "bot" | "queue" | "agent";

// -- to the server

export interface Hello {
  type: "hello";
  token?: string | null;
  last_seq: number;
  /** Of the welcome that `last_seq` belongs to. */
  conversation?: string;
  locale?: string;
  user?: string;
  page?: PageInfo;
  client?: string;
  consent?: boolean;
}

/** A message that is kept until the server has it; sending it again under its id is safe. */
export interface Message {
  type: "message";
  id: string;
  text?: string;
  title?: string;
  metadata?: Record<string, unknown>;
  content?: Content;
}

/** Contact and question of a customer whom nobody can answer now; kept like a message. */
export interface LeaveMessage {
  type: "leave_message";
  id: string;
  name?: string;
  contact: string;
  text: string;
}

/** How the customer found the service, and that they are done; kept like a message. */
export type Closing =
  | { type: "rate"; id: string; score: number; comment?: string; rating_id?: string }
  | { type: "end"; id: string };

/** What waits in the outbox. */
export type Outgoing = Message | LeaveMessage | Closing;

/** What is sent once, when the line is open. */
export type Signal =
  | { type: "received" | "read"; seq: number }
  | { type: "typing"; on: boolean; text?: string }
  | { type: "recall"; id: string }
  | { type: "user"; token: string }
  | { type: "attributes"; data: Record<string, unknown> }
  | { type: "visit"; url: string; title?: string; referrer?: string }
  | { type: "track"; event: string; data?: Record<string, unknown> }
  | { type: "consent"; on: boolean }
  | { type: "hide"; fields: string[]; on: boolean }
  | { type: "forget"; fields: string[] }
  | { type: "history"; before: number; limit: number }
  | { type: "leave" }
  | { type: "ping" }
  | { type: "pong" };

export type ClientFrame = Hello | Outgoing | Signal;

// -- from the server

export interface Limits {
  max_text?: number;
  max_attachment?: number;
  types?: string[];
  /** Agents see what is being written; what is written goes along with `typing` then. */
  typing_preview?: boolean;
}

export interface Welcome {
  type: "welcome";
  token: string;
  seq: number;
  conversation?: string;
  user?: { name?: string } | null;
  owner?: Owner;
  agent?: Agent | null;
  consent?: boolean;
  limits?: Limits;
  strings?: Record<string, string>;
}

export interface Said {
  type: "message";
  seq: number;
  at: number;
  from: "customer" | "bot" | "agent";
  id?: string;
  text?: string;
  image?: string;
  buttons?: Choice[];
  quick_replies?: Choice[];
  elements?: Record<string, unknown>[];
  attachment?: unknown;
  custom?: unknown;
  content?: Content | { type: string };
  agent?: Agent | null;
}

export interface Notice {
  type: "notice";
  seq: number;
  at: number;
  notice: string;
  id?: string;
  of_seq?: number;
  data?: Record<string, unknown> | null;
}

/** What has a place in the log. */
export type Logged = Said | Notice;

export interface State {
  type: "state";
  owner?: Owner;
  agent?: Agent | null;
  queue?: { position: number; eta_seconds?: number | null } | null;
  offline?: boolean;
  /** Whether leaving a message is offered. */
  leave?: boolean;
}

export interface Ticks {
  type: "ticks";
  delivered?: number;
  read?: number;
}

export interface History {
  type: "history";
  frames: Logged[];
  more: boolean;
  before: number;
}

export interface Refusal {
  type: "error";
  code: string;
  message?: string;
  id?: string;
}

export interface Typing {
  type: "typing";
  on: boolean;
  from?: "bot" | "agent";
}

export type ServerFrame =
  | Welcome
  | Logged
  | State
  | Ticks
  | History
  | Refusal
  | Typing
  | { type: "reset" }
  | { type: "synced"; seq: number }
  | { type: "accepted"; id: string; seq?: number }
  | { type: "ping" }
  | { type: "pong" };

export interface StoredAttachment {
  attachment_id: string;
  name?: string;
  content_type: string;
  size: number;
  url?: string;
}

export interface FaqItem {
  id: string;
  question: string;
  answer: string;
}

export interface Faq {
  published_at?: string | number | null;
  items: FaqItem[];
}
