import type { ComponentChildren } from "preact";
import {
  Fragment,
  h,
  hooked,
  Icon,
  Linked,
  moment,
  newId,
  noticeWords,
  t,
  useChat,
  useFocus,
  useState,
  type Chat,
  type IconName,
  type Locale,
  type Word,
} from "../core";
import type { Said } from "@kefu/protocol";
import { save } from "./files";
import { RatingForm } from "./rating";

/** What lies over the conversation for a moment. */
export function Sheets() {
  const chat = useChat();
  switch (chat.sheet) {
    case "menu":
      return <Menu />;
    case "leave":
      return <Sheet word="leave"><LeaveForm /></Sheet>;
    case "faq":
      return <Sheet word="faq"><Faq /></Sheet>;
    case "privacy":
      return <Sheet word="dataMine"><Privacy /></Sheet>;
    case "rate":
      return <Sheet word="rate"><RatingForm /></Sheet>;
    case "restart":
      return <Question title="restartTitle" text="restartText" yes="restart" onYes={() => restart(chat)} />;
    case "end":
      return <Question title="endTitle" text="endText" yes="end" onYes={() => end(chat)} />;
    default:
      return chat.picture && <Lightbox />;
  }
}

/** What behaves like a window of its own: keeps the focus, goes with Escape or a click beside it. */
const Dialog = hooked((props: { label: string; class: string; onClose: () => void; first?: string; children: ComponentChildren }) => {
  const box = useFocus<HTMLDivElement>(props.first ?? "input, textarea, button");
  const keep = (event: KeyboardEvent) => {
    if (event.key !== "Tab") return;
    const all = [...box.current!.querySelectorAll<HTMLElement>("button:enabled, input, textarea, a[href], summary")];
    const active = (box.current!.getRootNode() as ShadowRoot).activeElement;
    const edge = event.shiftKey ? all[0] : all.at(-1);
    if (active !== edge) return;
    event.preventDefault();
    (event.shiftKey ? all.at(-1) : all[0])?.focus();
  };
  return (
    <div class="veil" onClick={(event) => event.target === event.currentTarget && props.onClose()}>
      <div ref={box} class={props.class} role="dialog" aria-modal="true" aria-label={props.label} onKeyDown={keep}>
        {props.children}
      </div>
    </div>
  );
});

function Sheet({ word, children }: { word: Word; children: ComponentChildren }) {
  const chat = useChat();
  return (
    <Dialog label={t(word)} class="sheet" onClose={() => chat.show(null)}>
      <div class="sheet-head">
        <h2>{t(word)}</h2>
        <button type="button" class="tool" aria-label={t("close")} onClick={() => chat.show(null)}>
          <Icon name="close" />
        </button>
      </div>
      <div class="sheet-body">{children}</div>
    </Dialog>
  );
}

function Question(props: { title: Word; text: Word; yes: Word; onYes: () => void }) {
  const chat = useChat();
  return (
    <Dialog label={t(props.title)} class="question" onClose={() => chat.show(null)}>
      <h2>{t(props.title)}</h2>
      <p class="faint">{t(props.text)}</p>
      <div class="question-buttons">
        <button type="button" class="plain" onClick={() => chat.show(null)}>{t("cancel")}</button>
        <button type="button" class="strong" onClick={props.onYes}>{t(props.yes)}</button>
      </div>
    </Dialog>
  );
}

const LOCALE_NAMES: [Locale, string][] = [
  ["zh-Hans", "简体中文"],
  ["zh-Hant", "繁體中文"],
  ["en", "English"],
];

interface Entry {
  icon: IconName;
  word: Word;
  act: (chat: Chat) => void;
  isOffered?: (chat: Chat) => boolean;
}

const ENTRIES: Entry[] = [
  { icon: "headset", word: "human", act: askForHuman, isOffered: ({ owner }) => owner === "bot" },
  { icon: "note", word: "leave", act: (chat) => chat.show("leave") },
  { icon: "ask", word: "faq", act: (chat) => chat.show("faq"), isOffered: ({ faq }) => faq.length > 0 },
  { icon: "star", word: "rate", act: (chat) => chat.show("rate") },
  { icon: "save", word: "save", act: saveTranscript, isOffered: ({ timeline }) => timeline.items.length > 0 },
  { icon: "lock", word: "dataMine", act: (chat) => chat.show("privacy") },
  { icon: "again", word: "restart", act: (chat) => chat.show("restart"), isOffered: ({ owner }) => owner === "bot" },
  { icon: "leave", word: "end", act: (chat) => chat.show("end") },
];

/** What stands in it stays in its place while it is open, whatever happens: nothing moves under a finger. */
const Menu = hooked(() => {
  const chat = useChat();
  const offered = ({ isOffered }: Entry) => isOffered?.(chat) ?? true;
  const isSettled = chat.isSynced && chat.isFaqKnown;
  const [entries] = useState(() => ENTRIES.filter((entry) => !isSettled || offered(entry)));
  return (
    <Dialog label={t("menu")} class="menu" first=".entry:enabled" onClose={() => chat.show(null)}>
      {entries.map((entry) => (
        <button type="button" class="entry" disabled={!offered(entry)} onClick={() => entry.act(chat)}>
          <Icon name={entry.icon} />
          {t(entry.word)}
        </button>
      ))}
      <div class="languages" role="group" aria-label={t("language")}>
        {LOCALE_NAMES.map(([locale, name]) => (
          <button
            type="button"
            lang={locale}
            aria-pressed={locale === chat.locale}
            onClick={() => void chat.speakLocale(locale, true)}
          >
            {name}
          </button>
        ))}
      </div>
    </Dialog>
  );
});

/** Let the bot begin anew. */
function restart(chat: Chat): void {
  chat.line.send({ type: "message", id: newId(), text: "/restart" });
  chat.show(null);
}

function end(chat: Chat): void {
  chat.line.send({ type: "end", id: newId() });
  chat.isEnded = true;
  chat.show("rate");
}

function askForHuman(chat: Chat): void {
  chat.show(null);
  chat.send(t("humanText"), t("human"));
}

/** One line for what a message holds. */
function summary(frame: Partial<Said>): string {
  const content = frame.content as { title?: string; text?: string } | undefined;
  return frame.text || content?.title || content?.text || "";
}

function saveTranscript(chat: Chat): void {
  const lines = chat.timeline.items.map((item) => {
    const who = item.from === "customer" ? t("you") : (item.frame.agent?.name ?? t(item.from === "agent" ? "agent" : "bot"));
    if (item.notice) return `—— ${noticeWords(item)} ——`;
    return `[${moment(item.at)}] ${who}：${summary(item.frame)}`;
  });
  save(`${t("title")}.txt`, lines.join("\n"));
  chat.show(null);
}

const isContact = (text: string): boolean =>
  /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) || /^\+?[\d\s()-]{5,20}$/.test(text);

const LeaveForm = hooked(() => {
  const chat = useChat();
  const [form, setForm] = useState({ name: "", contact: "", text: chat.draft });
  const [isTried, setTried] = useState(false);
  const wrong = {
    contact: isContact(form.contact.trim()) ? "" : t("leaveContactWrong"),
    text: form.text.trim() ? "" : t("leaveTextWrong"),
  };
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (wrong.contact || wrong.text) {
      const first = wrong.contact ? "contact" : "text";
      (event.currentTarget as HTMLFormElement).querySelector<HTMLElement>(`[name=${first}]`)?.focus();
      return;
    }
    const { name, contact, text } = form;
    chat.sendMessage({
      type: "leave_message",
      id: newId(),
      contact: contact.trim(),
      text: text.trim(),
      ...(name.trim() ? { name: name.trim() } : {}),
    });
    chat.show(null);
    chat.say(t("leaveDone"));
  };
  const field = (key: "name" | "contact" | "text", word: Word, autocomplete: string) => {
    const error = isTried && key !== "name" ? wrong[key] : "";
    const props = {
      id: `k-${key}`,
      name: key,
      value: form[key],
      autocomplete,
      "aria-invalid": Boolean(error),
      ...(error ? { "aria-describedby": `k-${key}-wrong` } : {}),
      onInput: (event: { currentTarget: { value: string } }) =>
        setForm({ ...form, [key]: event.currentTarget.value }),
    };
    return (
      <p class="field">
        <label for={props.id}>{t(word)}</label>
        {key === "text" ? <textarea rows={4} maxLength={2000} {...props} /> : <input type="text" maxLength={100} {...props} />}
        {error && <span class="wrong" id={`k-${key}-wrong`}>{error}</span>}
      </p>
    );
  };
  return (
    <form class="leave" noValidate onSubmit={submit}>
      <p class="faint">{t("leaveHint")}</p>
      {field("name", "leaveName", "name")}
      {field("contact", "leaveContact", "email")}
      {field("text", "leaveText", "off")}
      <button class="strong" type="submit">{t("leaveSend")}</button>
    </form>
  );
});

const GIVEN = ["name", "phone", "attributes", "visits"];

/** What a customer can do about what they gave. */
function Privacy() {
  const chat = useChat();
  const say = (word: Word, frame: Parameters<Chat["line"]["signalLater"]>[0]) => () => {
    chat.line.signalLater(frame);
    chat.show(null);
    chat.say(t(word));
  };
  return (
    <div class="leave">
      <p class="faint">{t("dataHint")}</p>
      <button type="button" class="plain" onClick={say("dataHidden", { type: "hide", fields: GIVEN, on: true })}>{t("dataHide")}</button>
      <button type="button" class="plain" onClick={say("dataShown", { type: "hide", fields: GIVEN, on: false })}>{t("dataUnhide")}</button>
      <button type="button" class="plain" onClick={say("dataForgotten", { type: "forget", fields: [] })}>{t("dataForget")}</button>
    </div>
  );
}

function Faq() {
  const chat = useChat();
  return (
    <>
      {chat.connection === "offline" && <p class="faint">{t("faqHint")}</p>}
      {chat.faq.map(({ id, question, answer }) => (
        <details class="faq" key={id}>
          <summary>{question}</summary>
          <p><Linked text={answer} /></p>
        </details>
      ))}
    </>
  );
}

function Lightbox() {
  const chat = useChat();
  const { url, name } = chat.picture!;
  return (
    <Dialog label={name} class="lightbox" onClose={() => chat.enlarge(null)}>
      <button type="button" class="tool" aria-label={t("close")} onClick={() => chat.enlarge(null)}>
        <Icon name="close" />
      </button>
      <img src={url} alt={name} referrerpolicy="no-referrer" onClick={() => chat.enlarge(null)} />
    </Dialog>
  );
}
