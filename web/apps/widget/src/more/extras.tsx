import { Avatar, h, Icon, t, useChat } from "../core";

/** Offers help beside the closed button. */
export function Teaser() {
  const chat = useChat();
  return (
    <div class="teaser" role="status">
      <button type="button" class="teaser-text" onClick={() => chat.open()}>
        <Avatar from="bot" />
        <span>{chat.greeting}</span>
      </button>
      <button type="button" class="teaser-close" aria-label={t("close")} onClick={() => chat.greet("")}>
        <Icon name="close" />
      </button>
    </div>
  );
}

/** A line above the conversation, until it is closed. */
export function Announcement() {
  const chat = useChat();
  const dismiss = () => {
    chat.store.set("announcement", chat.announcement);
    chat.changed();
  };
  return (
    <div class="announcement">
      <Icon name="horn" />
      <p>{chat.announcement}</p>
      <button type="button" aria-label={t("dismiss")} onClick={dismiss}>
        <Icon name="close" />
      </button>
    </div>
  );
}

/** Shown while files are held over the conversation. */
export const Dropping = () => <div class="dropping" aria-hidden="true">{t("drop")}</div>;

/** Stands where a message was that was taken back. */
export function Recalled({ isMine, text }: { isMine: boolean; text: string | undefined }) {
  const chat = useChat();
  return (
    <div class="notice">
      <span>
        {t(isMine ? "recalled" : "recalledThem")}
        {isMine && text && (
          <button type="button" class="text-button" onClick={() => chat.edit(text)}>
            {t("edit")}
          </button>
        )}
      </span>
    </div>
  );
}
