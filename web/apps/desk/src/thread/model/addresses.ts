/** Addresses that may be followed, and texts in which they stand. */

const LINK = /https?:\/\/[^\s<>"'，。；！？、（）】《》」』]+/g;
const IMAGE_DATA = /^data:image\/(png|jpeg|gif|webp);base64,/i;

/** An address that may be followed; empty for everything else, as scripts. */
export function webAddress(address: string, base: string = globalThis.location?.href ?? "http://localhost/"): string {
  if (!address) return "";
  try {
    const url = new URL(address, base);
    return /^(https?|blob):$/.test(url.protocol) ? url.href : "";
  } catch {
    return "";
  }
}

/** The same for pictures, which may stand in the address itself. */
export function imageAddress(address: string, base?: string): string {
  return IMAGE_DATA.test(address) ? address : webAddress(address, base);
}

export interface TextPiece {
  readonly text: string;
  /** Where it leads; empty: it is only text. */
  readonly href: string;
}

/** Cut a text at the addresses in it; all pieces together are the text. */
export function linked(text: string): readonly TextPiece[] {
  const pieces: TextPiece[] = [];
  let at = 0;
  for (const match of text.matchAll(LINK)) {
    const address = match[0].replace(/[.,;:!?)\]]+$/, "");
    const href = webAddress(address);
    if (!href) continue;
    if (match.index > at) pieces.push({ text: text.slice(at, match.index), href: "" });
    pieces.push({ text: address, href });
    at = match.index + address.length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), href: "" });
  return pieces;
}
