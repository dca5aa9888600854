import type { Faq, FaqItem, Store } from "@kefu/protocol";

const KEY = "faq";

/** The published answers that are kept for when there is no network. */
export function keptFaq(store: Store): FaqItem[] {
  try {
    const faq = JSON.parse(store.get(KEY) ?? "") as Faq;
    return Array.isArray(faq.items) ? faq.items : [];
  } catch {
    return [];
  }
}

export function keepFaq(store: Store, faq: Faq): void {
  store.set(KEY, JSON.stringify(faq));
}
