import type { Choice, Content, Said } from "@kefu/protocol";
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { bytes, t } from "../words";
import { useChat } from "./context";
import { Icon } from "./icon";
import { RatingForm } from "./rating";
import { imageAddress, Link, LinkChoice, Linked, webAddress } from "./text";

type Loose = Record<string, unknown>;
const KNOWN = /^(image|voice|video|file|location|link|menu|product_card|order_card|rating_request|rating)$/;
const isObject = (value: unknown): value is Loose => typeof value === "object" && value !== null;
const text = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" ? String(value) : undefined;

/** All that a message holds besides its own text. */
export function Contents({ frame }: { frame: Partial<Said> }) {
  const { image, attachment, elements, custom, content, buttons } = frame;
  const cards = (elements ?? []).map((element) => <Element element={element} />);
  return (
    <>
      {content && <ContentPart content={content} />}
      {image && <Picture url={image} />}
      {attachment ? <Attachment value={attachment} /> : null}
      {cards.length > 1 ? <div class="cards" tabIndex={0} role="group">{cards}</div> : cards}
      {custom && !content ? <Custom value={custom} /> : null}
      {buttons?.length ? <Choices choices={buttons} /> : null}
    </>
  );
}

function ContentPart({ content }: { content: { type: string } }) {
  const { line } = useChat();
  if (!KNOWN.test(content.type)) return <Details value={content} />;
  const part = content as Content;
  const base = line.server.base;
  switch (part.type) {
    case "image":
      return part.url ? <Picture url={part.url} name={part.name} /> : <Missing word={t("image")} />;
    case "voice":
      return <Voice url={part.url} seconds={part.seconds} said={part.recognition} />;
    case "video":
      return part.url ? (
        <video class="player" controls preload="metadata" src={webAddress(part.url, base) ?? ""} />
      ) : (
        <Missing word={t("video")} />
      );
    case "file":
      return <FileLink url={part.url} name={part.name} size={part.size} />;
    case "location":
      return <Place {...part} />;
    case "link":
      return <Card {...part} />;
    case "menu":
      return (
        <>
          {part.text && <div class="bubble"><Linked text={part.text} /></div>}
          <Choices choices={part.choices ?? []} isList />
          {part.footer && <p class="faint">{part.footer}</p>}
        </>
      );
    case "product_card":
      return <Card {...part} strong={part.price} />;
    case "order_card":
      return (
        <Card
          image={part.image}
          url={part.url}
          title={part.title ?? part.items?.[0]}
          description={part.items?.slice(part.title ? 0 : 1).join("、")}
          strong={part.amount}
          label={t("order", part.order_id)}
          badge={part.status}
        />
      );
    case "rating_request":
      return <RatingForm title={part.text} ratingId={part.rating_id} scale={part.scale} />;
    case "rating":
      return (
        <div class="bubble">
          <span class="stars" role="img" aria-label={t("rateStar", part.score)}>
            {"★".repeat(part.score)}
          </span>
          {part.comment && ` ${part.comment}`}
        </div>
      );
  }
}

const Missing = ({ word }: { word: string }) => <div class="bubble faint">[{word}]</div>;

export function Picture({ url, name }: { url: string; name?: string | undefined }) {
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
}

function Voice({ url, seconds, said }: { url?: string | undefined; seconds?: number | undefined; said?: string | undefined }) {
  const { line } = useChat();
  const audio = useRef<HTMLAudioElement>(null);
  const [isPlaying, setPlaying] = useState(false);
  const address = url && webAddress(url, line.server.base);
  if (!address) return <Missing word={t("voice")} />;
  const toggle = () => (isPlaying ? audio.current?.pause() : void audio.current?.play());
  const length = seconds ? `${Math.max(1, Math.round(seconds))}″` : "";
  return (
    <div class="bubble voice" style={{ minWidth: `${Math.min(220, 96 + (seconds ?? 4) * 4)}px` }}>
      <button type="button" onClick={toggle} aria-label={`${t(isPlaying ? "stop" : "play")} ${t("voice")} ${length}`}>
        <Icon name={isPlaying ? "pause" : "play"} />
      </button>
      <span class={`wave ${isPlaying ? "is-playing" : ""}`} aria-hidden="true">
        {Array.from({ length: 12 }, () => <i />)}
      </span>
      <span aria-hidden="true">{length}</span>
      <audio
        ref={audio}
        src={address}
        preload="none"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
      />
      {said && <p class="faint">{said}</p>}
    </div>
  );
}

function FileLink({ url, name, size }: { url?: string | undefined; name?: string | undefined; size?: number | undefined }) {
  const { line } = useChat();
  const address = url && webAddress(url, line.server.base);
  const inside = (
    <>
      <span class="file-icon" aria-hidden="true"><Icon name="file" /></span>
      <span class="file-text">
        <b>{name ?? t("file")}</b>
        {size ? <small>{bytes(size)}</small> : null}
      </span>
    </>
  );
  return address ? <Link class="file" href={address}>{inside}</Link> : <div class="file">{inside}</div>;
}

function Place({ latitude, longitude, label, address }: Extract<Content, { type: "location" }>) {
  const chat = useChat();
  const where = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  const map =
    chat.locale === "zh-Hans"
      ? `https://uri.amap.com/marker?position=${longitude},${latitude}&coordinate=wgs84`
      : `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  return (
    <Link class="place" href={map}>
      <span class="map" aria-hidden="true"><Icon name="pin" /></span>
      <span class="file-text">
        <b>{label ?? t("location")}</b>
        <small>{address ?? where}</small>
      </span>
      <span class="unseen">{t("map")}</span>
    </Link>
  );
}

interface CardProps {
  title?: string | undefined;
  description?: string | undefined;
  image?: string | undefined;
  url?: string | undefined;
  strong?: string | undefined;
  label?: string | undefined;
  badge?: string | undefined;
  children?: ComponentChildren;
}

/** A product, an order, a link: a picture, words, and where they lead. */
function Card({ title, description, image, url, strong, label, badge, children }: CardProps) {
  const { line } = useChat();
  const base = line.server.base;
  const address = url ? webAddress(url, base) : null;
  const picture = image ? imageAddress(image, base) : null;
  return (
    <div class="card">
      {(label || badge) && (
        <div class="card-head">
          <span>{label}</span>
          {badge && <em>{badge}</em>}
        </div>
      )}
      <div class={picture && label ? "card-row" : ""}>
        {picture && <img class="card-picture" src={picture} alt="" loading="lazy" referrerpolicy="no-referrer" />}
        <div class="card-text">
          {title && <b>{title}</b>}
          {description && <span class="faint">{description}</span>}
          {strong && <span class="price">{strong}</span>}
        </div>
      </div>
      {children}
      {address && (
        <Link class="card-link" href={address}>
          {t("view")}
          {title && <span class="unseen"> {title}</span>}
          <Icon name="link" />
        </Link>
      )}
    </div>
  );
}

/** A card in the shape of Rasa's `elements`. */
function Element({ element }: { element: Loose }) {
  const action = element["default_action"];
  const url = (isObject(action) ? action["url"] : undefined) ?? element["url"] ?? element["item_url"];
  const buttons = Array.isArray(element["buttons"]) ? (element["buttons"] as Choice[]) : [];
  return (
    <Card
      title={text(element["title"])}
      description={text(element["subtitle"])}
      image={text(element["image_url"] ?? element["image"])}
      url={text(url)}
    >
      {buttons.length > 0 && <Choices choices={buttons} />}
    </Card>
  );
}

function Custom({ value }: { value: unknown }) {
  if (isObject(value)) {
    if (KNOWN.test(String(value["type"]))) return <ContentPart content={value as { type: string }} />;
    if (typeof value["title"] === "string") return <Element element={value} />;
    if (typeof value["text"] === "string") return <div class="bubble"><Linked text={value["text"]} /></div>;
  }
  return <Details value={value} />;
}

/** An attachment in one of the shapes that Rasa's channels know. */
function Attachment({ value }: { value: unknown }) {
  const { line } = useChat();
  const outer: Loose = isObject(value) ? value : { url: value };
  const inner = isObject(outer["payload"]) ? outer["payload"] : outer;
  const url = text(inner["src"] ?? inner["url"] ?? inner["link"]);
  const type = text(outer["type"]);
  if (!url || !webAddress(url, line.server.base)) return <Details value={value} />;
  if (type === "image") return <Picture url={url} />;
  if (type === "audio") return <Voice url={url} />;
  if (type === "video") return <ContentPart content={{ type, url } as { type: string }} />;
  const last = new URL(url, line.server.base).pathname.split("/").pop();
  return <FileLink url={url} name={text(inner["title"] ?? inner["name"]) ?? decoded(last)} />;
}

function decoded(name: string | undefined): string | undefined {
  try {
    return name && decodeURIComponent(name);
  } catch {
    return name;
  }
}

const Details = ({ value }: { value: unknown }) => (
  <details class="details">
    <summary>{t("details")}</summary>
    <pre tabIndex={0}>{typeof value === "string" ? value : JSON.stringify(value, null, 2)}</pre>
  </details>
);

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
