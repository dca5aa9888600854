import type { Choice, Content, Said } from "@kefu/protocol";
import { Fragment, h } from "preact";
import { t } from "../words";
import { useChat } from "./context";
import { hooked, useState } from "./hooks";
import { More } from "./more";
import { imageAddress, LinkChoice, Linked, webAddress } from "./text";

type Typed = { type: string };

const KNOWN =
  /^(image|voice|video|file|location|link|menu|product_card|order_card|rating_request|rating)$/;

/** All that a message holds besides its own text. */
export function Contents({ frame }: { frame: Partial<Said> }) {
  const { image, attachment, elements, custom, buttons } = frame;
  const isTyped = KNOWN.test(String((custom as Partial<Typed> | undefined)?.type));
  const content = frame.content ?? (isTyped ? (custom as Typed) : undefined);
  const rest: Partial<Said> = { attachment, elements: elements ?? [], custom: content ? undefined : custom };
  return (
    <>
      {content && <ContentPart content={content} />}
      {image && <Picture url={image} />}
      {(attachment || elements?.length || rest.custom) && <More part="Rasa" frame={rest} />}
      {buttons?.length ? <Choices choices={buttons} /> : null}
    </>
  );
}

export function ContentPart({ content }: { content: Typed | Content }) {
  const part = content as Content;
  switch (part.type) {
    case "image":
      return part.url ? <Picture url={part.url} name={part.name} /> : <div class="bubble faint">[{t("image")}]</div>;
    case "menu":
      return (
        <>
          {part.text && <div class="bubble"><Linked text={part.text} /></div>}
          <Choices choices={part.choices ?? []} isList />
          {part.footer && <p class="faint">{part.footer}</p>}
        </>
      );
    case "rating":
      return (
        <div class="bubble">
          <span class="stars" role="img" aria-label={t("rateStar", part.score)}>{"★".repeat(part.score)}</span>
          {part.comment && ` ${part.comment}`}
        </div>
      );
    default:
      return <More part="Media" content={content} />;
  }
}

export const Picture = hooked(({ url, name }: { url: string; name?: string | undefined }) => {
  const chat = useChat();
  const [isBroken, setBroken] = useState(false);
  const address = imageAddress(url, chat.line.server.base);
  if (!address) return null;
  if (isBroken) return <div class="bubble faint">{t("noImage")}</div>;
  return (
    <button
      type="button"
      class="picture-link"
      aria-label={`${t("openImage")}${name ? ` ${name}` : ""}`}
      onClick={() => chat.enlarge({ url: address, name: name ?? t("image") })}
    >
      <img
        class="picture"
        src={address}
        alt={name ?? t("image")}
        loading="lazy"
        referrerpolicy="no-referrer"
        onError={() => setBroken(true)}
      />
    </button>
  );
});

/** What can be chosen: as chips, or one below the other as a menu. */
export function Choices({ choices, isList = false }: { choices: Choice[]; isList?: boolean }) {
  const chat = useChat();
  return (
    <div class={isList ? "menu-list" : "choices"}>
      {choices.map((choice) => {
        const title = String(choice.title ?? choice.payload ?? choice.url ?? "");
        const isLink = choice.url && (choice.type === "web_url" || !choice.payload);
        const href = isLink ? webAddress(choice.url, chat.line.server.base) : null;
        if (href) return <LinkChoice href={href} title={title} />;
        return (
          <button type="button" class="choice" onClick={() => chat.send(String(choice.payload ?? title), title)}>
            {title}
          </button>
        );
      })}
    </div>
  );
}
