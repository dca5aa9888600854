// The demonstration's phone: shows the text messages that the shop has sent.
import { ask, Refused, state } from "./state.js";
import { h, moment } from "./dom.js";
import { t } from "./words.js";

const SECONDS = 3;
const SEEN = "shop.phone.seen",
  GUEST = "shop.phone.guest";
const panel = document.querySelector(".phone");
let timer = 0;
let latest = 0;

export const phone = { onchange: () => {}, isNew: false };

const isOpen = () => !panel.hidden;
const guestNumber = () => sessionStorage.getItem(GUEST) ?? "";

export function togglePhone() {
  panel.hidden = !panel.hidden;
  if (isOpen()) {
    drawPhone();
    panel.querySelector("input, button").focus();
  }
}

/** Draw it anew, for another language or customer. */
export function drawPhone() {
  const list = h("ol", { class: "texts", "aria-live": "polite" });
  panel.setAttribute("aria-label", t("phoneTitle"));
  panel.replaceChildren(
    h(
      "div",
      { class: "phone-head" },
      h("strong", {}, t("phoneTitle")),
      h(
        "button",
        { class: "plain", type: "button", "aria-label": t("closePhone"), onclick: togglePhone },
        "×",
      ),
    ),
    h(
      "p",
      { class: "phone-note" },
      state.customer ? t("phoneOwn", state.customer.phone) : t("phoneGuest"),
    ),
    state.customer ? "" : guestForm(),
    list,
  );
  void look();
}

function guestForm() {
  const input = h("input", {
    name: "phone",
    inputmode: "numeric",
    maxlength: 11,
    value: guestNumber(),
    "aria-label": t("mobile"),
    placeholder: "138…",
  });
  const look_ = (event) => {
    event.preventDefault();
    sessionStorage.setItem(GUEST, input.value.trim());
    void look();
  };
  return h(
    "form",
    { class: "phone-form", onsubmit: look_ },
    input,
    h("button", { class: "small" }, t("show")),
  );
}

/** Ask for messages now and every few seconds. */
export async function look() {
  clearTimeout(timer);
  timer = setTimeout(() => void look(), SECONDS * 1000);
  if (!state.customer && !guestNumber()) return show([]);
  try {
    const query = state.customer ? "" : `?phone=${encodeURIComponent(guestNumber())}`;
    show((await ask(`messages${query}`)).messages);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    show([], error.message);
  }
}

function show(messages, trouble) {
  latest = messages[0]?.id ?? 0;
  const seen = Number(localStorage.getItem(SEEN) ?? 0);
  if (isOpen() && latest) localStorage.setItem(SEEN, String(latest));
  phone.isNew = !isOpen() && latest > seen;
  phone.onchange();
  const list = panel.querySelector(".texts");
  if (!list || list.dataset.latest === `${latest}${trouble ?? ""}`) return;
  list.dataset.latest = `${latest}${trouble ?? ""}`;
  const rows = messages.map((one) =>
    h("li", {}, h("p", {}, one.text), h("time", {}, moment(one.sent_at))),
  );
  list.replaceChildren(
    ...(rows.length ? rows : [h("li", { class: "none" }, trouble ?? t("noMessages"))]),
  );
}
