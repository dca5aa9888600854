import { Component, Fragment, h } from "preact";
import type { Item, Tick } from "../model/timeline";
import { moment, t, type Word } from "../words";
import { Contents } from "./contents";
import { useChat } from "./context";
import { Icon, type IconName } from "./icon";
import { More } from "./more";
import { Linked, webAddress } from "./text";

const TICKS: Record<Tick, [IconName, Word]> = {
  uploading: ["clock", "uploading"],
  sending: ["clock", "sending"],
  waiting: ["clock", "waiting"],
  sent: ["tick", "sent"],
  delivered: ["ticks", "delivered"],
  read: ["ticks", "read"],
  failed: ["alert", "failed"],
};

interface RowProps {
  item: Item;
  /** Whether the one before is of the same side. */
  follows: boolean;
  /** Whether it is the last of the customer's, which says how far it has got. */
  isLastMine: boolean;
  canRecall: boolean;
  locale: string;
}

/** One thing in the conversation; drawn again only when it has changed. */
export class Row extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    return (Object.keys(next) as (keyof RowProps)[]).some((key) => next[key] !== this.props[key]);
  }

  override render({ item, follows, isLastMine, canRecall }: RowProps) {
    if (item.isRecalled) return <More part="Recalled" isMine={item.from === "customer"} text={item.frame.text} />;
    if (item.notice) return <NoticeLine item={item} />;
    const side = item.from === "customer" ? "row-mine" : "row-them";
    const classes = ["row", side, follows && "row-follows", item.isOld && "row-old"].filter(Boolean).join(" ");
    return item.from === "customer" ? (
      <div class={classes} data-state={item.tick}>
        <div class="body">
          <span class="unseen">{t("you")}：</span>
          <Bubbles item={item} />
          <Contents frame={item.frame} />
        </div>
        <Under item={item} isLast={isLastMine} canRecall={canRecall} />
      </div>
    ) : (
      <div class={classes}>
        <Avatar from={item.from} url={item.frame.agent?.avatar} />
        <div class="body">
          <Speaker item={item} isShown={item.from === "agent" && !follows} />
          <Bubbles item={item} />
          <Contents frame={item.frame} />
        </div>
      </div>
    );
  }
}

function Speaker({ item, isShown }: { item: Item; isShown: boolean }) {
  const name = item.frame.agent?.name ?? t(item.from === "agent" ? "agent" : "bot");
  return (
    <span class={isShown ? "speaker" : "unseen"}>
      {name}
      <span class="unseen">：</span>
    </span>
  );
}

/** A bubble a paragraph. */
function Bubbles({ item: { frame } }: { item: Item }) {
  const paragraphs = typeof frame.text === "string" ? frame.text.trim().split(/\n{2,}/) : [];
  return (
    <>
      {paragraphs.filter(Boolean).map((text) => (
        <div class={`bubble ${isEmoji(text) ? "bubble-emoji" : ""}`}>
          <Linked text={text} />
        </div>
      ))}
    </>
  );
}

const isEmoji = (text: string): boolean =>
  text.length <= 12 && /^(\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u200d|\ufe0f){1,6}$/u.test(text);

function Under({ item, isLast, canRecall }: { item: Item; isLast: boolean; canRecall: boolean }) {
  const chat = useChat();
  const tick = item.tick ?? "sent";
  const id = item.frame.id ?? "";
  const [icon, word] = TICKS[tick];
  const isSaid = isLast || tick === "failed" || tick === "waiting" || tick === "uploading";
  const part = tick === "uploading" && item.progress ? ` ${Math.round(item.progress * 100)}%` : "";
  return (
    <div class={`under ${isLast ? "under-last" : ""}`}>
      {canRecall && (
        <button type="button" class="text-button recall" onClick={() => chat.recall(id)}>
          {t("recall")}
        </button>
      )}
      {tick === "failed" && (
        <button type="button" class="text-button resend" onClick={() => chat.resend(id)}>
          {t("resend")}
        </button>
      )}
      <span class={isSaid ? "" : "unseen"}>{t(word) + part}</span>
      <Icon name={icon} />
    </div>
  );
}

function NoticeLine({ item }: { item: Item }) {
  const words = noticeWords(item);
  return words ? (
    <div class="notice">
      <span>{words}</span>
    </div>
  ) : null;
}

/** What a notice says to the customer; nothing when it is not for them. */
export function noticeWords({ notice }: Item): string {
  const agent = (notice?.data["agent"] ?? notice?.data["name"]) as { name?: string } | string | undefined;
  const name = typeof agent === "object" ? agent.name : agent;
  switch (notice?.kind) {
    case "paused":
    case "resumed":
    case "restarted":
    case "merged":
    case "ended":
    case "rated":
      return t(notice.kind);
    case "entered":
      return name ? t("entered", name) : "";
    default:
      return "";
  }
}

export function Avatar({ from, url, isLarge }: { from: string; url?: string | undefined; isLarge?: boolean }) {
  const chat = useChat();
  const chosen = from === "agent" ? url || chat.agent?.avatar : chat.avatar;
  const address = chosen ? webAddress(chosen, chat.line.server.base) : null;
  return (
    <span class={`avatar avatar-${from} ${isLarge ? "avatar-large" : ""}`} aria-hidden="true">
      {address && <img src={address} alt="" referrerpolicy="no-referrer" onError={(event) => (event.currentTarget.hidden = true)} />}
      <Icon name={from === "agent" ? "person" : "bot"} />
    </span>
  );
}

/** The line above a group of messages that were said around one time. */
export const TimeLine = ({ at }: { at: number }) => <div class="when">{moment(at)}</div>;
