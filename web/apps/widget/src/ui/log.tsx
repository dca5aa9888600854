import { Fragment, h } from "preact";
import type { Item } from "../model/timeline";
import { t } from "../words";
import { Choices } from "./contents";
import { useChat } from "./context";
import { hooked, useEffect, useRef, useState } from "./hooks";
import { Icon } from "./icon";
import { Avatar, Row, TimeLine } from "./rows";
import { Linked } from "./text";

const SAME_TIME = 300;
const NEAR_END = 80;
const NEAR_START = 60;

/** The conversation, which stays at its end unless the customer has scrolled up. */
export const Log = hooked(() => {
  const chat = useChat();
  const scroll = useRef<HTMLDivElement | null>(null);
  const isAtEnd = useRef(true);
  const [unseen, setUnseen] = useState(0);
  const [canJump, setJump] = useState(false);
  const { items } = chat.timeline;
  const last = items.at(-1);
  const toEnd = () => {
    const box = scroll.current;
    if (box && items.length) box.scrollTop = box.scrollHeight;
    isAtEnd.current = true;
    setUnseen(0);
    setJump(false);
    chat.markRead();
  };
  const scrolled = () => {
    const box = scroll.current;
    if (!box) return;
    isAtEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END;
    setJump(!isAtEnd.current);
    if (isAtEnd.current) setUnseen(0);
    if (box.scrollTop < NEAR_START) chat.loadOlder();
  };
  useEffect(() => {
    if (isAtEnd.current || last?.from === "customer") toEnd();
    else if (chat.isSynced && last && !last.isOld) setUnseen((count) => count + 1);
  }, [last?.key]);
  useEffect(() => {
    if (isAtEnd.current) toEnd();
  }, [chat.typing, chat.isSynced, chat.offlineAnswers.size]);
  useStayWhileOlderCome(scroll, items[0]?.key);
  useEffect(() => {
    // Pictures that arrive late, and the keyboard of a phone, must not push the end out of sight.
    const sizes = new ResizeObserver(() => isAtEnd.current && toEnd());
    sizes.observe(scroll.current!);
    sizes.observe(scroll.current!.firstElementChild!);
    return () => sizes.disconnect();
  }, []);
  return (
    <div class="middle">
      <div class="scroll" ref={scroll} onScroll={scrolled} tabIndex={items.length ? 0 : -1} role="group" aria-label={t("title")}>
        <div class="inner">
          {chat.isLoadingOlder && <p class="older" role="status"><i class="spinner" />{t("older")}</p>}
          {!items.length && (chat.isSynced || chat.connection === "offline" ? <Empty /> : <Loading />)}
          <div class="log" role="log" aria-live={chat.isSynced ? "polite" : "off"} aria-relevant="additions">
            <Rows items={items} />
          </div>
          {chat.typing && <TypingRow />}
        </div>
      </div>
      {canJump && (
        <button class="jump" type="button" onClick={toEnd}>
          {unseen ? t("newMessages", unseen) : t("toBottom")}
          <Icon name="down" />
        </button>
      )}
    </div>
  );
});

function Rows({ items }: { items: Item[] }) {
  const chat = useChat();
  const lastMine = items.filter((item) => item.from === "customer" && !item.isRecalled).at(-1)?.key;
  let time = 0;
  let side = "";
  let isMarked = false;
  return (
    <>
      {items.map((item) => {
        const isApart = item.at - time > SAME_TIME && !item.notice;
        if (item.at) time = item.at;
        const isFirstNew = !isMarked && (item.seq ?? 0) > chat.newAfter && item.from !== "customer" && !item.notice;
        if (isFirstNew) isMarked = true;
        const speaker = item.from + (item.frame.agent?.name ?? "");
        const follows = speaker === side && !isApart && !isFirstNew;
        side = item.notice || item.isRecalled ? "" : speaker;
        const answer = chat.offlineAnswers.get(item.frame.id ?? "");
        return (
          <Fragment key={item.key}>
            {isApart && <TimeLine at={item.at} />}
            {isFirstNew && <div class="new-here"><span>{t("newHere")}</span></div>}
            <Row
              item={item}
              follows={follows}
              isLastMine={item.key === lastMine}
              canRecall={item.from === "customer" && chat.canRecall(item)}
              locale={chat.locale}
            />
            {answer && (
              <div class="row row-them">
                <Avatar from="bot" />
                <div class="body">
                  <span class="speaker">{t("faqOffline")}</span>
                  <div class="bubble"><Linked text={answer.answer} /></div>
                </div>
              </div>
            )}
          </Fragment>
        );
      })}
    </>
  );
}

/** What was in sight stays there when older messages come in above it. */
function useStayWhileOlderCome(scroll: { current: HTMLDivElement | null }, firstKey: string | undefined) {
  const before = useRef({ key: firstKey, height: 0 });
  useEffect(() => {
    const box = scroll.current!;
    const { key, height } = before.current;
    if (key && key !== firstKey && box.scrollTop < NEAR_START * 2) box.scrollTop += box.scrollHeight - height;
    before.current = { key: firstKey, height: box.scrollHeight };
  });
}

function Empty() {
  const chat = useChat();
  const asked = chat.faq.slice(0, 4);
  return (
    <div class="empty">
      <Avatar from="bot" isLarge />
      <p class="empty-title">{t("hello")}</p>
      <p class="faint">{t("helloText")}</p>
      {asked.length > 0 && (
        <div class="often" role="group" aria-label={t("often")}>
          <p class="faint">{t("often")}</p>
          <Choices isList choices={asked.map(({ question }) => ({ title: question }))} />
        </div>
      )}
    </div>
  );
}

const Loading = () => (
  <div class="loading" role="status">
    <span class="unseen">{t("connecting")}</span>
    {[62, 40, 74].map((width, index) => (
      <i key={width} class={index === 1 ? "is-mine" : ""} style={{ width: `${width}%` }} />
    ))}
  </div>
);

function TypingRow() {
  const chat = useChat();
  return (
    <div class="row row-them">
      <Avatar from={chat.typing ?? "bot"} />
      <div class="bubble typing" role="status">
        <i /><i /><i />
        <span class="unseen">{t("typing")}</span>
      </div>
    </div>
  );
}
