import type { Choice, Said } from "@kefu/protocol";
import { Choices, ContentPart, Fragment, h, Linked, t, useChat, webAddress } from "../core";
import { Card, FileLink } from "./cards";
import { Video, Voice } from "./media";

type Loose = Record<string, unknown>;
const isObject = (value: unknown): value is Loose => typeof value === "object" && value !== null;
const text = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" ? String(value) : undefined;

/** What Rasa's bots can say besides text, pictures and buttons. */
export function Rasa({ frame: { elements, attachment, custom } }: { frame: Partial<Said> }) {
  const cards = (elements ?? []).map((element) => <Element element={element} />);
  return (
    <>
      {attachment ? <Attachment value={attachment} /> : null}
      {cards.length > 1 ? <div class="cards" tabIndex={0} role="group">{cards}</div> : cards}
      {custom ? <Custom value={custom} /> : null}
    </>
  );
}

/** A card in the shape of `elements`. */
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
  const address = url && webAddress(url, line.server.base);
  if (!address) return <Details value={value} />;
  switch (outer["type"]) {
    case "image":
      return <ContentPart content={{ type: "image", url: address }} />;
    case "audio":
      return <Voice type="voice" url={address} />;
    case "video":
      return <Video type="video" url={address} />;
    default:
      return <FileLink url={address} name={named(inner, address)} size={undefined} />;
  }
}

function named(inner: Loose, address: string): string | undefined {
  const last = new URL(address).pathname.split("/").pop();
  try {
    return text(inner["title"] ?? inner["name"]) ?? (last && decodeURIComponent(last));
  } catch {
    return last;
  }
}

export const Details = ({ value }: { value: unknown }) => (
  <details class="details">
    <summary>{t("details")}</summary>
    <pre tabIndex={0}>{typeof value === "string" ? value : JSON.stringify(value, null, 2)}</pre>
  </details>
);
