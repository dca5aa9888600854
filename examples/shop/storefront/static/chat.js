// The chat in the corner: signs the customer in there, and tells it what happens here.
import { state, ask, identify } from "./state.js";
import { language } from "./words.js";

const CALLS = [
  "open",
  "close",
  "toggle",
  "setUser",
  "setAttributes",
  "setLocale",
  "setTheme",
  "track",
  "consent",
  "on",
];
const RENEW_SECONDS = 480;
const CONSENT = "shop.consent";

const waiting = [];
window.Kefu = { q: waiting };
for (const name of CALLS) window.Kefu[name] = (...args) => waiting.push([name, ...args]);

const locale = () => (language === "zh" ? "zh-Hans" : "en");

/** Put the widget into the page; `gone` is called when the chat's server does not answer. */
export function addChat(theme, gone) {
  const script = document.createElement("script");
  const consent = localStorage.getItem(CONSENT);
  script.src = `${document.documentElement.dataset.kefu}/widget.js`;
  Object.assign(script.dataset, {
    title: "小橙 · 橙意商城",
    color: "#c2410c",
    locale: locale(),
    theme,
    ...(state.token ? { user: state.token } : {}),
    ...(consent ? { consent } : {}),
  });
  script.addEventListener("error", gone);
  document.head.append(script);
  setInterval(() => void renew(), RENEW_SECONDS * 1000);
}

/** Tell the chat who is signed in now; null: nobody. */
export const tellUser = (token) => window.Kefu.setUser(token);
export const tellLanguage = () => window.Kefu.setLocale(locale());
export const tellTheme = (theme) => window.Kefu.setTheme(theme);
export const track = (event, data) => window.Kefu.track(event, data);
export const openChat = () => window.Kefu.open();

export const isConsentAsked = () => localStorage.getItem(CONSENT) !== null;

export function consent(on) {
  localStorage.setItem(CONSENT, String(on));
  window.Kefu.consent(on);
}

async function renew() {
  if (!state.customer) return;
  identify(await ask("start"));
  if (state.token) tellUser(state.token);
}
