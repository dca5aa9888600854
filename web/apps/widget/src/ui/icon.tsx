import { h } from "preact";

// Lines on a grid of 24 by 24.
const PATHS = {
  chat: "M12 4c4.7 0 8.5 3.2 8.5 7.2s-3.8 7.2-8.5 7.2c-.9 0-1.8-.1-2.6-.3L5.2 20l.9-3.4C4.6 15.3 3.5 13.3 3.5 11.2 3.5 7.2 7.3 4 12 4z",
  close: "M6.5 6.5l11 11m0-11l-11 11",
  down: "M6 9.5l6 6 6-6",
  more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
  send: "M5 12l-1-7 16 7-16 7zm0 0h7",
  emoji: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM8.3 14.3c1.7 2.3 5.7 2.3 7.4 0M9 9.6h.01M15 9.6h.01",
  image: "M5.5 4.5h13a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2v-11a2 2 0 0 1 2-2zm-1.8 12l4.8-4.5 3.5 3 3.5-4 4.8 5M8.5 8.8h.01",
  clip: "M19.5 11.5l-7.6 7.6a4.6 4.6 0 0 1-6.5-6.5l7.9-7.9a3.1 3.1 0 0 1 4.4 4.4l-7.9 7.9a1.5 1.5 0 0 1-2.2-2.2l7.1-7.1",
  dictate: "M4 10v4M8 7v10M12 4v16M16 8v8M20 10.5v3",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zm0 3.5v5l3 1.8",
  tick: "M5 12.5l4.5 4.5L19 7.5",
  ticks: "M2.5 12.5L7 17l9-9.5M12 16l1 1 9-9.5",
  alert: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zm0 4v5.5m0 3.3h.01",
  link: "M13.5 5H19v5.5M19 5l-8 8M16 13.5V18a1.5 1.5 0 0 1-1.5 1.5h-8A1.5 1.5 0 0 1 5 18v-8a1.5 1.5 0 0 1 1.5-1.5H11",
  person: "M12 4.5a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20c.8-3.8 3.8-5.5 7.5-5.5s6.7 1.7 7.5 5.5",
  bot: "M12 3v3M8 6h8a4 4 0 0 1 4 4v4a4 4 0 0 1-4 4h-2.5L10 21v-3H8a4 4 0 0 1-4-4v-4a4 4 0 0 1 4-4zm1.3 5h.01m5.4 0h.01m-5.4 3.2c1.5 1.2 3.9 1.2 5.4 0",
  mic: "M12 3.5a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3zM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3",
  pin: "M12 21s-7-6-7-11.2a7 7 0 0 1 14 0C19 15 12 21 12 21zm0-13.7a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
};

/** The icons of the parts that are fetched later. */
export type MoreIconName = "note" | "horn" | "play" | "pause" | "star" | "headset" | "again" | "save" | "leave" | "ask" | "lock" | "file";
export type IconName = keyof typeof PATHS | MoreIconName;

export const addIcons = (paths: Record<MoreIconName, string>): void => void Object.assign(PATHS, paths);

export const Icon = ({ name }: { name: IconName }) => (
  <svg viewBox="0 0 24 24" aria-hidden="true" class={`i-${name}`}>
    <path d={(PATHS as Partial<Record<IconName, string>>)[name] ?? ""} />
  </svg>
);
