/** Of what somebody wants to be told, and how. */

import { SOUNDS, type Sound } from "./sounds.ts";

export const TOPICS = ["assigned", "message", "queued", "mentioned", "review", "unanswered"] as const;
export type Topic = (typeof TOPICS)[number];

export interface Rule {
  readonly desktop: boolean;
  readonly sound: Sound;
}

export interface Notifications {
  readonly volume: number;
  readonly rules: Readonly<Record<Topic, Rule>>;
}

export const DEFAULT: Notifications = {
  volume: 0.6,
  rules: {
    assigned: { desktop: true, sound: "assigned" },
    message: { desktop: true, sound: "message" },
    queued: { desktop: false, sound: "none" },
    mentioned: { desktop: true, sound: "message" },
    review: { desktop: true, sound: "queue" },
    unanswered: { desktop: true, sound: "alert" },
  },
};

/** Return what is stored, with the default for whatever is missing or strange. */
export function readNotifications(stored: unknown): Notifications {
  const given = record(stored);
  const rules = record(given["rules"]);
  const volume = given["volume"];
  return {
    volume: typeof volume === "number" && volume >= 0 && volume <= 1 ? volume : DEFAULT.volume,
    rules: Object.fromEntries(
      TOPICS.map((topic) => [topic, readRule(record(rules[topic]), DEFAULT.rules[topic])]),
    ) as Record<Topic, Rule>,
  };
}

function readRule(given: Record<string, unknown>, standard: Rule): Rule {
  const { desktop, sound } = given;
  return {
    desktop: typeof desktop === "boolean" ? desktop : standard.desktop,
    sound: SOUNDS.includes(sound as Sound) ? (sound as Sound) : standard.sound,
  };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

export interface Where {
  /** The desk is not what somebody looks at. */
  readonly isHidden: boolean;
  /** The conversation on the screen. */
  readonly conversation: string | null;
}

/** Whether to make itself noticed: nobody is told of what they look at. */
export function isWorthTelling(where: Where, conversation: string | null): boolean {
  return where.isHidden || conversation === null || where.conversation !== conversation;
}
