import { h, hooked, Icon, t, useChat, useEffect, useRef, useState } from "../core";
import { LONGEST_SECONDS, Recording } from "./voice";

/** Stands in the composer's place while a voice note is recorded. */
export const RecordingBar = hooked(() => {
  const chat = useChat();
  const [seconds, setSeconds] = useState(0);
  const recording = useRef<Recording | null>(null);
  const send = useRef<HTMLButtonElement | null>(null);
  const end = async (isKept: boolean) => {
    const ending = recording.current;
    recording.current = null;
    chat.show(null);
    const length = ending?.seconds ?? 0;
    const file = await ending?.end(isKept);
    if (file) chat.attach(file, length);
  };
  useEffect(() => {
    let isGone = false;
    send.current?.focus();
    Recording.begin().then(
      (begun) => {
        if (isGone) void begun.end(false);
        else recording.current = begun;
      },
      () => {
        chat.say(t("noMic"));
        chat.show(null);
      },
    );
    const timer = setInterval(() => {
      const passed = recording.current?.seconds ?? 0;
      setSeconds(Math.floor(passed));
      if (passed >= LONGEST_SECONDS) void end(true);
    }, 250);
    return () => {
      isGone = true;
      clearInterval(timer);
      void recording.current?.end(false);
    };
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
});
