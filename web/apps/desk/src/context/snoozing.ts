/** Times until which a conversation is usually put aside. */

export interface Preset {
  readonly name: "hour" | "later" | "tomorrow" | "week";
  readonly at: Date;
}

const MORNING = 9;

export function presetsAt(now: Date): readonly Preset[] {
  const in_ = (hours: number): Date => new Date(+now + hours * 3_600_000);
  const morning = (days: number): Date => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING);
  const toMonday = (8 - now.getDay()) % 7 || 7;
  return [
    { name: "hour", at: in_(1) },
    { name: "later", at: in_(4) },
    { name: "tomorrow", at: morning(1) },
    // On a Sunday, Monday is tomorrow already.
    ...(toMonday > 1 ? [{ name: "week" as const, at: morning(toMonday) }] : []),
  ];
}

/** Return a time as the field has it, `2026-11-29 14:05`. */
export function toField(at: Date): string {
  const pad = (n: number): string => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${pad(at.getHours())}:${pad(at.getMinutes())}`;
}
