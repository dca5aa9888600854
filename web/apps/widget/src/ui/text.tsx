import { Fragment, h } from "preact";
import type { ComponentChildren } from "preact";
import { Icon } from "./icon";

const LINK = /https?:\/\/[^\s<>"'，。；！？、（）】》」』]+/g;
const IMAGE_DATA = /^data:image\/(png|jpeg|gif|webp);base64,/i;

/** An address that may be followed; null for everything else, as scripts. */
export function webAddress(address: unknown, base: string): string | null {
  try {
    const url = new URL(String(address), base);
    return /^(https?|blob):$/.test(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** The same for pictures, which may stand in the address itself. */
export const imageAddress = (address: unknown, base: string): string | null =>
  typeof address === "string" && IMAGE_DATA.test(address) ? address : webAddress(address, base);

export function Link(props: { href: string; class?: string; children: ComponentChildren }) {
  return <a {...props} target="_blank" rel="noopener noreferrer nofollow" />;
}

/** Text in which addresses can be followed. */
export function Linked({ text }: { text: string }) {
  const parts: ComponentChildren[] = [];
  let position = 0;
  for (const match of text.matchAll(LINK)) {
    const address = match[0].replace(/[.,;:!?)\]]+$/, "");
    parts.push(text.slice(position, match.index), <Link href={address}>{address}</Link>);
    position = match.index + address.length;
  }
  return (
    <>
      {parts}
      {text.slice(position)}
    </>
  );
}

/** A link that looks like a button of the bot's. */
export const LinkChoice = ({ href, title }: { href: string; title: string }) => (
  <Link href={href} class="choice">
    {title}
    <Icon name="link" />
  </Link>
);
