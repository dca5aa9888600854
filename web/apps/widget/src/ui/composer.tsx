import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { filesOf } from "../browser/files";
import { canDictate, canRecord, dictate, LONGEST_SECONDS, Recording } from "../browser/voice";
import { t, type Word } from "../words";
import { pointsFinely, useChat } from "./context";
import { EmojiPicker } from "./emoji";
import { Icon, type IconName } from "./icon";

const DEFAULT_MOST = 4000;

export function Composer() {
  const chat = useChat();
  const input = useRef<HTMLTextAreaElement>(null);
  const [recording, setRecording] = useState<Recording | null>(null);
  const dictation = useDictation();
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
    const text = chat.draft.trim();
    if (!text) return;
    dictation.stop();
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
  const record = async () => {
    try {
      setRecording(await Recording.begin());
    } catch {
      chat.say(t("noMic"));
    }
  };
  if (recording) return <RecordingBar recording={recording} onEnd={() => setRecording(null)} />;
  return (
    <form class="composer" onSubmit={submit}>
      {chat.sheet === "emoji" && <EmojiPicker onChoose={insert} />}
      <label class="unseen" for="k-text">{t("input")}</label>
      <textarea
        id="k-text"
        ref={input}
        rows={1}
        value={chat.draft}
        maxLength={chat.limits.max_text ?? DEFAULT_MOST}
        autocomplete="off"
        enterkeyhint="send"
        placeholder={dictation.isOn ? t("dictating") : t("placeholder")}
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
          for (const file of files) void chat.attach(file);
        }}
      />
      <div class="tools">
        <Tool icon="emoji" word="emoji" isOn={chat.sheet === "emoji"} onClick={() => chat.show(chat.sheet === "emoji" ? null : "emoji")} />
        {chat.canAttach && (
          <>
            <Pick icon="image" word="image" accept="image/*" />
            <Pick icon="clip" word="file" />
            {canRecord() && <Tool icon="mic" word="record" onClick={() => void record()} />}
          </>
        )}
        {canDictate() && <Tool icon="dictate" word="dictate" isOn={dictation.isOn} onClick={dictation.toggle} />}
        {chat.line.isSecond && "geolocation" in navigator && <Tool icon="pin" word="location" onClick={() => locate(chat)} />}
        <button class="send" type="submit" disabled={!chat.draft.trim()} aria-label={t("send")} title={t("send")}>
          <Icon name="send" />
        </button>
      </div>
    </form>
  );
}

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
function Pick({ icon, word, accept = "" }: { icon: IconName; word: Word; accept?: string }) {
  const chat = useChat();
  const input = useRef<HTMLInputElement>(null);
  const chosen = () => {
    for (const file of input.current?.files ?? []) void chat.attach(file);
    if (input.current) input.current.value = "";
  };
  return (
    <>
      <input ref={input} type="file" class={`pick-${icon}`} multiple hidden accept={accept} onChange={chosen} />
      <Tool icon={icon} word={word} onClick={() => input.current?.click()} />
    </>
  );
}

function locate(chat: ReturnType<typeof useChat>): void {
  navigator.geolocation.getCurrentPosition(
    ({ coords: { latitude, longitude } }) =>
      chat.sendContent({ type: "location", latitude, longitude, label: t("myLocation") }),
    () => chat.say(t("noPlace")),
    { timeout: 10_000, maximumAge: 60_000 },
  );
}

function useGrowing(input: RefObject<HTMLTextAreaElement | null>, draft: string) {
  useLayoutEffect(() => {
    const box = input.current;
    if (!box) return;
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
  }, [draft]);
}

function useDictation() {
  const chat = useChat();
  const [stop, setStop] = useState<(() => void) | null>(null);
  const start = () => {
    const before = chat.draft;
    const lang = { "zh-Hans": "zh-CN", "zh-Hant": "zh-TW", en: "en-US" }[chat.locale];
    const heard = (text: string) => {
      chat.type(before + text);
      chat.changed();
    };
    const ended = (failed: boolean) => {
      setStop(null);
      if (failed) chat.say(t("noMic"));
    };
    const end = dictate(lang, heard, ended);
    setStop(() => end);
  };
  return { isOn: stop !== null, toggle: () => (stop ? stop() : start()), stop: () => stop?.() };
}

/** Stands in the composer's place while a voice note is recorded. */
function RecordingBar({ recording, onEnd }: { recording: Recording; onEnd: () => void }) {
  const chat = useChat();
  const [seconds, setSeconds] = useState(0);
  const send = useRef<HTMLButtonElement>(null);
  const end = async (isKept: boolean) => {
    const length = recording.seconds;
    const file = await recording.end(isKept);
    onEnd();
    if (file) void chat.attach(file, length);
  };
  useEffect(() => {
    send.current?.focus();
    const timer = setInterval(() => {
      setSeconds(Math.floor(recording.seconds));
      if (recording.seconds >= LONGEST_SECONDS) void end(true);
    }, 250);
    return () => clearInterval(timer);
  }, []);
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return (
    <div class="composer recording" role="group" aria-label={t("recording")}>
      <i class="record-dot" />
      <span role="timer">{t("recording")} {time}</span>
      <button type="button" class="plain" onClick={() => void end(false)}>{t("cancel")}</button>
      <button ref={send} type="button" class="send" aria-label={t("recordSend")} onClick={() => void end(true)}>
        <Icon name="send" />
      </button>
    </div>
  );
}
