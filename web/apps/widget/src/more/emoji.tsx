import { h, hooked, t, useFocus, useState } from "../core";

const EMOJI = [
  ..."😀😄😁😆😅😂😊🙂😉😍😘😋😜🤔😏😌😴😷🤒🤕😎🥳😕😟😢😭😤😡😱😨😰🤗🙄😬😇🤝👍👎👌✌👏🙏💪👋👀❤💔🎉🎁🌹🌞🌙⭐🔥💯✅❌❓❗📦🚚💰🧾📷",
];
const COLUMNS = 8;
const STEPS: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS };

/** Faces to put into the text. One stop for the Tab key; the arrows lead through it. */
export const EmojiPicker = hooked(({ onChoose }: { onChoose: (emoji: string) => void }) => {
  const [place, setPlace] = useState(0);
  const box = useFocus<HTMLDivElement>("button");
  const move = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = Math.min(EMOJI.length - 1, Math.max(0, place + step));
    setPlace(next);
    (box.current?.children[next] as HTMLElement | undefined)?.focus();
  };
  return (
    <div class="emoji" ref={box} role="group" aria-label={t("emoji")} onKeyDown={move}>
      {EMOJI.map((emoji, index) => (
        <button
          type="button"
          key={emoji}
          tabIndex={index === place ? 0 : -1}
          onFocus={() => setPlace(index)}
          onClick={() => onChoose(emoji)}
        >
          {emoji}
        </button>
      ))}
    </div>
  );
});
