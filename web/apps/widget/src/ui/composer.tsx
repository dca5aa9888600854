import { Fragment, h, type RefObject } from "preact";
import { canDictate, canRecord, filesOf } from "../browser/can";
import { partsLater } from "../later";
import type { Parts } from "../more";
import { t, type Word } from "../words";
import { pointsFinely, useChat } from "./context";
import { hooked, useEffect, useRef, useState } from "./hooks";
import { Icon, type IconName } from "./icon";
import { More } from "./more";

const DEFAULT_MOST = 4000;

export const Composer = hooked(() => {
  const chat = useChat();
  const input = useRef<HTMLTextAreaElement | null>(null);
  const [stopDictation, setStop] = useState<(() => void) | null>(null);
  const most = chat.limits.max_text ?? DEFAULT_MOST;
  const later = (use: (parts: Parts) => void) => void partsLater().then(use, () => chat.failed(false));
  const dictate = () => {
    if (stopDictation) return stopDictation();
    later((parts) => {
      const stop = parts.dictate(chat, () => setStop(null));
      setStop(() => stop);
    });
  };
  useEffect(() => {
    if (pointsFinely()) input.current?.focus();
  }, []);
  useGrowing(input, chat.draft);
  useEffect(() => {
    if (chat.isEditing) input.current?.focus();
    chat.isEditing = false;
  }, [chat.isEditing]);
  const submit = (event?: Event) => {
    event?.preventDefault();
    const text = chat.draft.trim().slice(0, most);
    if (!text) return;
    stopDictation?.();
    chat.type("");
    chat.send(text);
    chat.show(null);
    input.current?.focus();
  };
  const insert = (text: string) => {
    const box = input.current!;
    box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
    chat.type(box.value);
    chat.changed();
    if (pointsFinely()) box.focus();
  };
  if (chat.sheet === "record") return <More part="RecordingBar" />;
  return (
    <form class="composer" onSubmit={submit}>
      {chat.sheet === "emoji" && <More part="EmojiPicker" onChoose={insert} />}
      <label class="unseen" for="k-text">{t("input")}</label>
      <textarea
        id="k-text"
        ref={input}
        rows={1}
        value={chat.draft}
        maxLength={most}
        autocomplete="off"
        enterkeyhint="send"
        placeholder={t(stopDictation ? "dictating" : "placeholder")}
        onInput={(event) => {
          chat.type(event.currentTarget.value);
          chat.changed();
        }}
        onKeyDown={(event) => {
          const isComposing = event.isComposing || event.keyCode === 229; // an input method is at work
          if (event.key !== "Enter" || event.shiftKey || isComposing) return;
          submit(event);
        }}
        onPaste={(event) => {
          const files = chat.canAttach ? filesOf(event.clipboardData) : [];
          if (files.length) event.preventDefault();
          for (const file of files) chat.attach(file);
        }}
      />
      <div class="tools">
        <Tool icon="emoji" word="emoji" isOn={chat.sheet === "emoji"} onClick={() => chat.show(chat.sheet === "emoji" ? null : "emoji")} />
        {chat.canAttach && (
          <>
            <Pick icon="image" word="image" accept="image/*" />
            <Pick icon="clip" word="file" />
            {canRecord() && <Tool icon="mic" word="record" onClick={() => chat.show("record")} />}
          </>
        )}
        {canDictate() && <Tool icon="dictate" word="dictate" isOn={stopDictation !== null} onClick={dictate} />}
        {"geolocation" in navigator && <Tool icon="pin" word="location" onClick={() => later(({ locate }) => locate(chat))} />}
        <button class="send" type="submit" disabled={!chat.draft.trim()} aria-label={t("send")} title={t("send")}>
          <Icon name="send" />
        </button>
      </div>
    </form>
  );
});

interface ToolProps {
  icon: IconName;
  word: Word;
  isOn?: boolean;
  onClick: () => void;
}

export function Tool({ icon, word, isOn, onClick }: ToolProps) {
  return (
    <button
      type="button"
      class={`tool tool-${icon} ${isOn ? "is-on" : ""}`}
      aria-label={t(word)}
      title={t(word)}
      {...(isOn === undefined ? {} : { "aria-pressed": isOn })}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

/** A button that lets the customer choose files; on a phone, take a photo. */
const Pick = hooked(({ icon, word, accept = "" }: { icon: IconName; word: Word; accept?: string }) => {
  const chat = useChat();
  const input = useRef<HTMLInputElement | null>(null);
  const chosen = () => {
    for (const file of input.current?.files ?? []) chat.attach(file);
    if (input.current) input.current.value = "";
  };
  return (
    <>
      <input ref={input} type="file" class={`pick-${icon}`} multiple hidden accept={accept} onChange={chosen} />
      <Tool icon={icon} word={word} onClick={() => input.current?.click()} />
    </>
  );
});

function useGrowing(input: RefObject<HTMLTextAreaElement | null>, draft: string) {
  useEffect(() => {
    const box = input.current;
    if (!box) return;
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
  }, [draft]);
}
