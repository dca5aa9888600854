// What the page knows: who is signed in, what is in the cart, what was looked at.
import { t } from "./words.js";

const CART = "shop.cart",
  VIEWED = "shop.viewed";

function kept(name) {
  try {
    const value = JSON.parse(localStorage.getItem(name) ?? "[]");
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

export const state = { customer: null, token: null, categories: [], promotion: null, demo: null };

export class Refused extends Error {}

/** Ask the shop; throws Refused with words that can be shown. */
export async function ask(path, { method = "GET", body } = {}) {
  let response;
  try {
    response = await fetch(`/store/${path}`, {
      method,
      ...(body
        ? { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }
        : {}),
    });
  } catch {
    throw new Refused(t("failed"));
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(answer.error?.message ?? t("failed"));
  return answer;
}

export async function start() {
  Object.assign(state, await ask("start"));
}

export function identify({ customer, token }) {
  state.customer = customer;
  state.token = token;
}

export const cart = {
  lines: () => kept(CART),
  count: () => kept(CART).reduce((sum, line) => sum + line.quantity, 0),
  save(lines) {
    localStorage.setItem(CART, JSON.stringify(lines));
  },
  add(product, spec, quantity) {
    const lines = kept(CART);
    const same = lines.find((line) => line.sku === product.sku && line.spec === spec);
    if (same) same.quantity += quantity;
    else
      lines.push({
        sku: product.sku,
        name: product.name,
        category: product.category,
        price: product.price,
        spec,
        quantity,
      });
    cart.save(lines);
  },
};

export const viewed = {
  list: () => kept(VIEWED),
  add(sku) {
    localStorage.setItem(
      VIEWED,
      JSON.stringify([sku, ...kept(VIEWED).filter((one) => one !== sku)].slice(0, 8)),
    );
  },
};
