// The storefront: which page is shown, the frame around it, and signing in and out.
import { addChat, consent, isConsentAsked, tellLanguage, tellTheme, tellUser } from "./chat.js";
import { drawing, h } from "./dom.js";
import { drawPhone, look, phone, togglePhone } from "./phone.js";
import { ask, cart, identify, Refused, start, state } from "./state.js";
import { cartPage, homePage, productPage } from "./goods.js";
import { accountPage, ordersPage, signInPage } from "./account.js";
import { notify } from "./notice.js";
import { language, switchLanguage, t } from "./words.js";

const THEME = "shop.theme";
const root = document.documentElement;
const main = document.querySelector("main");
const ICONS = {
  cart: "M8 10h5l4 20h18l4-14H15M19 38a2 2 0 1 0 0-.1m14 0a2 2 0 1 0 0-.1",
  orders: "M14 8h20v32l-5-3-5 3-5-3-5 3zM19 17h10M19 24h10",
  phone: "M16 6h16a2 2 0 0 1 2 2v32a2 2 0 0 1-2 2H16a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2zM21 36h6",
  account: "M24 8a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM9 41c1-8 8-12 15-12s14 4 15 12",
};

const systemTheme = matchMedia("(prefers-color-scheme: dark)");
const theme = () => localStorage.getItem(THEME) ?? (systemTheme.matches ? "dark" : "light");

const PAGES = [
  [/^\/$/, () => homePage(new URLSearchParams(location.search), go)],
  [/^\/product\/(\w+)$/, (sku) => productPage(sku, drawFrame)],
  [/^\/cart$/, () => cartPage(drawFrame, go)],
  [/^\/orders$/, () => ordersPage()],
  [/^\/account$/, () => accountPage(go)],
  [/^\/sign-in$/, () => signInPage(signIn)],
];

/** Show another page without loading this one anew. */
function go(path) {
  history.pushState(null, "", path);
  void draw().then(() => {
    main.focus({ preventScroll: true });
    scrollTo(0, 0);
  });
}

async function draw() {
  drawFrame();
  const [found] = PAGES.map(([pattern, page]) => [location.pathname.match(pattern), page]).filter(
    ([match]) => match,
  );
  const asked = location.href;
  try {
    const content = found
      ? await found[1](...found[0].slice(1))
      : [h("p", { class: "empty" }, "404")];
    if (asked !== location.href) return;
    main.replaceChildren(...content);
    const heading = main.querySelector("h1")?.textContent;
    document.title = heading ? `${heading} · ${t("title")}` : t("title");
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    main.replaceChildren(h("p", { class: "empty" }, error.message));
  }
}

function drawFrame() {
  root.lang = language === "zh" ? "zh-CN" : "en";
  root.dataset.theme = theme();
  document.querySelector(".skip").textContent = t("skip");
  const path = location.pathname;
  const link = (to, icon, label, badge = 0) =>
    h(
      "a",
      { href: to, class: "nav", "aria-current": path === to ? "page" : null },
      drawing(ICONS[icon]),
      h("span", {}, label),
      badge ? h("b", { class: "badge" }, String(badge)) : "",
    );
  document.querySelector(".top").replaceChildren(
    h(
      "div",
      { class: "bar" },
      h(
        "a",
        { href: "/", class: "brand" },
        h("img", { src: "/static/logo.svg", alt: "", width: 34, height: 34 }),
        t("title"),
      ),
      searchForm(),
      h(
        "nav",
        { "aria-label": t("account") },
        link("/orders", "orders", t("orders")),
        link("/cart", "cart", t("cart"), cart.count()),
        phoneButton(),
        state.customer
          ? [
              link("/account", "account", state.customer.honorific),
              h(
                "button",
                { class: "nav plain text", type: "button", onclick: signOut },
                t("signOut"),
              ),
            ]
          : link("/sign-in", "account", t("signIn")),
        h(
          "button",
          {
            class: "nav plain text",
            type: "button",
            "aria-label": t("languageLabel"),
            onclick: otherLanguage,
          },
          t("language"),
        ),
        themeButton(t(theme() === "dark" ? "light" : "dark")),
      ),
    ),
  );
  document
    .querySelector(".foot")
    .replaceChildren(
      h("p", {}, t("demo")),
      h("a", { href: "/api/docs", "data-plain": "" }, t("api")),
    );
}

function searchForm() {
  const given = new URLSearchParams(location.search).get("q") ?? "";
  const input = h("input", {
    type: "search",
    name: "q",
    value: given,
    placeholder: t("search"),
    "aria-label": t("search"),
    maxlength: 40,
  });
  const find = (event) => {
    event.preventDefault();
    go(input.value.trim() ? `/?q=${encodeURIComponent(input.value.trim())}` : "/");
  };
  return h(
    "form",
    { role: "search", class: "search", onsubmit: find },
    input,
    h("button", { class: "small" }, t("find")),
  );
}

const themeButton = (name) =>
  h(
    "button",
    {
      class: "nav plain text",
      type: "button",
      "aria-label": t("themeLabel", name),
      onclick: otherTheme,
    },
    name,
  );

function phoneButton() {
  const button = h(
    "button",
    { class: "nav plain", type: "button", "aria-label": t("phoneLabel"), onclick: togglePhone },
    drawing(ICONS.phone),
    h("span", {}, t("phone")),
  );
  if (phone.isNew) button.append(h("b", { class: "badge dot" }));
  return button;
}

phone.onchange = () => {
  const button = document.querySelector(".top nav button.nav");
  const dot = button?.querySelector(".dot");
  if (phone.isNew && !dot) button?.append(h("b", { class: "badge dot" }));
  if (!phone.isNew) dot?.remove();
};

async function signIn(number, password) {
  identify(await ask("session", { method: "POST", body: { phone: number, password } }));
  tellUser(state.token);
  drawPhone();
  notify(t("signedIn", state.customer.honorific));
  go("/orders");
}

async function signOut() {
  identify(await ask("session", { method: "DELETE" }));
  tellUser(null);
  drawPhone();
  go("/");
}

function otherLanguage() {
  switchLanguage();
  tellLanguage();
  drawPhone();
  askConsent();
  void draw();
}

function otherTheme() {
  localStorage.setItem(THEME, theme() === "dark" ? "light" : "dark");
  tellTheme(theme());
  drawFrame();
}

function askConsent() {
  document.querySelector(".consent")?.remove();
  if (isConsentAsked()) return;
  const answer = (on) => () => {
    consent(on);
    document.querySelector(".consent").remove();
  };
  // Before <main>: on phones it takes a place of its own, so that it covers nothing.
  main.before(
    h(
      "section",
      { class: "consent", "aria-label": t("consent") },
      h("p", {}, t("consent")),
      h("button", { class: "small", type: "button", onclick: answer(true) }, t("yes")),
      h("button", { class: "plain", type: "button", onclick: answer(false) }, t("no")),
    ),
  );
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href^='/']");
  if (
    !link ||
    "plain" in link.dataset ||
    event.ctrlKey ||
    event.metaKey ||
    event.shiftKey ||
    event.button
  )
    return;
  event.preventDefault();
  go(link.getAttribute("href"));
});
addEventListener("popstate", () => void draw());
systemTheme.addEventListener("change", drawFrame);

root.dataset.theme = theme();
try {
  await start();
} catch (error) {
  if (!(error instanceof Refused)) throw error;
}
await draw();
drawPhone();
askConsent();
addChat(theme(), () => notify(t("chatGone")));
void look();
