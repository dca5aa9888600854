import type { Parts } from "./more";

// Parts that not every conversation needs are fetched when they are needed first.

/** Names the contents of all files that are fetched later, so that browsers may keep them. */
declare const __PARTS__: string;

let base = "";
let failures = 0;
let dress: (style: string) => void = () => {};
let parts: Parts | undefined;
let coming: Promise<Parts> | undefined;

/** Say where the server is, and how styles are put on. */
export function fetchFrom(address: string, put: (style: string) => void): void {
  base = address;
  dress = put;
}

/** The parts, if they are there. */
export const partsHere = (): Parts | undefined => parts;

/** The parts, fetched when they are not there yet. Fails without a network. */
export function partsLater(): Promise<Parts> {
  coming ??= fetched<Parts>("more").then(
    (found) => {
      dress(found.style);
      return (parts = found);
    },
    (error: unknown) => {
      coming = undefined;
      throw error;
    },
  );
  return coming;
}

/**
 * What the server's file `name` exports, as it was built with this. Browsers that remember a failure
 * are asked under another address.
 */
export async function fetched<Kind>(name: string): Promise<Kind> {
  const address = `${base}widget/${name}.js?${__PARTS__}${failures || ""}`;
  try {
    return ((await import(/* @vite-ignore */ address)) as { default: Kind }).default;
  } catch (error) {
    failures += 1;
    throw error;
  }
}
