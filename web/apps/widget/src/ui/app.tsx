import { Fragment, h } from "preact";
import { filesOf } from "../browser/can";
import type { Config } from "../config";
import type { Chat } from "../model/chat";
import { t } from "../words";
import { Choices } from "./contents";
import { Composer, Tool } from "./composer";
import { isNarrow, useChat, useFocus } from "./context";
import { hooked, useEffect, useRef, useState } from "./hooks";
import { Icon } from "./icon";
import { Log } from "./log";
import { More } from "./more";
import { Avatar } from "./rows";

export function App({ config }: { config: Config }) {
  const chat = useChat();
  const isBubble = config.mode === "bubble";
  return (
    <>
      {isBubble && <Launcher hasButton={config.hasLauncher} />}
      {chat.isOpen && <Panel isBubble={isBubble} />}
    </>
  );
}

const Launcher = hooked(({ hasButton }: { hasButton: boolean }) => {
  const chat = useChat();
  const button = useRef<HTMLButtonElement | null>(null);
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && !chat.isOpen) button.current?.focus();
    wasOpen.current = chat.isOpen;
  }, [chat.isOpen]);
  const label = t(chat.isOpen ? "close" : "open") + (chat.unread ? ` (${t("unread", chat.unread)})` : "");
  return (
    <aside class="corner" aria-label={t("title")}>
      {chat.greeting && !chat.isOpen && <More part="Teaser" />}
      {hasButton && (
        <button ref={button} type="button" class="launcher" aria-label={label} aria-expanded={chat.isOpen} onClick={() => (chat.isOpen ? chat.close() : chat.open())}>
          <Icon name={chat.isOpen ? "down" : "chat"} />
          {chat.unread > 0 && !chat.isOpen && <span class="badge" aria-hidden="true">{chat.unread > 99 ? "99+" : chat.unread}</span>}
        </button>
      )}
    </aside>
  );
});

const Panel = hooked(({ isBubble }: { isBubble: boolean }) => {
  const chat = useChat();
  const [isDropping, setDropping] = useState(false);
  const panel = useFocus<HTMLElement>("textarea");
  const back = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    chat.back();
  };
  const drop = (event: DragEvent, isOver: boolean) => {
    if (!chat.canAttach || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    setDropping(isOver && event.type !== "drop");
    if (event.type === "drop") for (const file of filesOf(event.dataTransfer)) chat.attach(file);
  };
  const role = isBubble ? "dialog" : "main";
  return (
    <section
      role={role}
      aria-modal={isBubble && isNarrow() ? true : undefined}
      ref={panel}
      class="panel"
      aria-label={t("title")}
      onKeyDown={back}
      onDragOver={(event) => drop(event, true)}
      onDragLeave={(event) => drop(event, false)}
      onDrop={(event) => drop(event, true)}
    >
      <Header isBubble={isBubble} />
      {chat.isAnnounced && <More part="Announcement" />}
      <Log />
      <Banner />
      <QuickReplies />
      <Composer />
      {((chat.sheet && chat.sheet !== "emoji" && chat.sheet !== "record") || chat.picture) && <More part="Sheets" />}
      {isDropping && <More part="Dropping" />}
      <p class={`flash ${chat.flash ? "is-on" : ""}`} role="alert">{chat.flash}</p>
    </section>
  );
});

function Header({ isBubble }: { isBubble: boolean }) {
  const chat = useChat();
  const { owner, agent } = chat;
  const isAgent = owner === "agent";
  const Title = isBubble ? "h2" : "h1";
  return (
    <header class="top">
      <Avatar from={isAgent ? "agent" : "bot"} />
      <div class="who">
        <Title>{(isAgent && agent?.name) || t("title")}</Title>
        <p class="status" role="status" data-state={stateOf(chat)}>
          <i class="dot" />
          <span>{t(stateOf(chat))}</span>
        </p>
      </div>
      <Tool icon="more" word="menu" isOn={chat.sheet === "menu"} onClick={() => chat.show("menu")} />
      {isBubble && <Tool icon="close" word="close" onClick={() => chat.close()} />}
    </header>
  );
}

type Shown = "connecting" | "offline" | "ended" | "queued" | "withAgent" | "online";

function stateOf(chat: Chat): Shown {
  if (chat.connection !== "open") return chat.connection === "offline" ? "offline" : "connecting";
  if (chat.isEnded) return "ended";
  return chat.owner === "queue" ? "queued" : chat.owner === "agent" ? "withAgent" : "online";
}

/** One line above the composer: what the customer should know now. */
function Banner() {
  const chat = useChat();
  if (chat.connection === "offline") {
    return (
      <div class="banner banner-warning" role="status">
        <Icon name="alert" />
        <span>{t("offlineHint")}</span>
        {chat.faq.length > 0 && <button type="button" class="text-button" onClick={() => chat.show("faq")}>{t("faq")}</button>}
      </div>
    );
  }
  if (!chat.isAway && (chat.owner !== "queue" || chat.isEnded)) return null;
  const { position = 0, eta_seconds: eta } = chat.queue ?? {};
  const place = t(position > 1 ? "queue" : position ? "queueNext" : "pausedHint", position - 1);
  return (
    <div class="banner" role="status">
      {chat.isAway || <i class="spinner" />}
      <span>{chat.isAway ? t("away") : place + (eta ? t("eta", Math.ceil(eta / 60)) : "")}</span>
      {chat.canLeave && (
        <button type="button" class="text-button" onClick={() => chat.show("leave")}>{t("leave")}</button>
      )}
    </div>
  );
}

/** What the last message offers to answer with; gone once something was said. */
function QuickReplies() {
  const chat = useChat();
  const last = chat.timeline.items.at(-1);
  const replies = last?.from === "customer" ? undefined : last?.frame.quick_replies;
  return replies?.length ? (
    <div class="quick">
      <Choices choices={replies} />
    </div>
  ) : null;
}
