// The pages of whoever is signed in, and of signing in: each gives the elements of <main>.
import { openChat, track } from "./chat.js";
import { h, moment, section, yuan } from "./dom.js";
import { notify } from "./notice.js";
import { picture } from "./pictures.js";
import { ask, Refused, state } from "./state.js";
import { t } from "./words.js";

export async function ordersPage() {
  const title = h("h1", { class: "page-title" }, t("orders"));
  if (!state.customer)
    return [
      title,
      h("p", { class: "empty" }, t("signInFirst"), " ", h("a", { href: "/sign-in" }, t("signIn"))),
    ];
  const { orders } = await ask("orders");
  if (!orders.length) return [title, h("p", { class: "empty" }, t("noOrders"))];
  return [title, h("ul", { class: "orders" }, orders.map(orderCard))];
}

function orderCard(order) {
  const copy = async () => {
    await navigator.clipboard?.writeText(order.order_no).catch(() => undefined);
    notify(t("copied"));
  };
  const ask_ = () => {
    track("order_view", { order_no: order.order_no });
    openChat();
  };
  const item = (one) =>
    h(
      "li",
      {},
      picture({ sku: one.sku ?? "", category: one.category }, "tiny"),
      h("span", {}, one.product, h("small", {}, `${one.spec} × ${one.quantity}`)),
    );
  const parcel = (one, number) =>
    h(
      "li",
      {},
      `${t("parcel", number + 1)}：${one.status_name}`,
      one.tracking_no ? `　${one.courier} ${one.tracking_no}` : "",
    );
  const back = (one) =>
    h(
      "li",
      {},
      `${one.service_name} ${one.return_no}：${one.status_name}`,
      h("small", {}, one.items.map((item) => `${item.product} × ${item.quantity}`).join("、")),
      one.tracking_no ? h("small", {}, `${one.courier} ${one.tracking_no}`) : "",
    );
  return h(
    "li",
    { class: "order" },
    h(
      "div",
      { class: "order-head" },
      h("h2", {}, order.order_no),
      h("small", {}, moment(order.ordered_at)),
      h("span", { class: `state ${order.status}` }, order.status_name),
    ),
    h("ul", { class: "order-items" }, order.items.map(item)),
    order.parcels.length ? h("ul", { class: "parcels" }, order.parcels.map(parcel)) : "",
    order.returns.length
      ? h("ul", { class: "returns", "aria-label": t("returns") }, order.returns.map(back))
      : "",
    h(
      "div",
      { class: "order-foot" },
      h(
        "span",
        {},
        t(order.paid_at ? "amount" : "due"),
        " ",
        h("strong", { class: "price" }, yuan(order.amount)),
      ),
      h("button", { class: "plain", type: "button", onclick: copy }, t("copy")),
      h("button", { class: "second", type: "button", onclick: ask_ }, t("askOrder")),
    ),
  );
}

export async function accountPage(go) {
  if (!state.customer)
    return [
      h("h1", { class: "page-title" }, t("account")),
      h("p", { class: "empty" }, h("a", { href: "/sign-in" }, t("signIn"))),
    ];
  const found = await ask("account");
  const { customer } = found;
  const collect = async (one) => {
    try {
      await ask("coupons", { method: "POST", body: { code: one.code } });
      track("coupon_collect", { code: one.code });
      notify(t("collected", one.name));
      go("/account");
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      notify(error.message);
    }
  };
  const coupon = (one, ...rest) =>
    h(
      "li",
      { class: "coupon" },
      h("strong", { class: "price" }, yuan(one.off)),
      h("div", {}, h("strong", {}, one.name), h("small", {}, one.rule, " ", one.category), ...rest),
    );
  return [
    h("h1", { class: "page-title" }, `${customer.name}　${customer.phone}`),
    h(
      "dl",
      { class: "facts" },
      h("div", {}, h("dt", {}, t("levelName")), h("dd", {}, t("level", customer))),
      h(
        "div",
        {},
        h("dt", {}, t("points")),
        h("dd", {}, `${customer.points}　${t("worth", customer.points / 100)}`),
      ),
      found.gift_cards.map((one) =>
        h(
          "div",
          {},
          h("dt", {}, t("cards")),
          h("dd", {}, `${one.code}　${t("left", one.balance)}`),
        ),
      ),
    ),
    section(
      t("myCoupons"),
      found.coupons.length
        ? h(
            "ul",
            { class: "coupons" },
            found.coupons.map((one) =>
              coupon(one, h("small", {}, t("until", one.expires_at.slice(0, 10)))),
            ),
          )
        : h("p", { class: "empty" }, t("noCoupons")),
    ),
    found.offered.length
      ? section(
          t("offered"),
          h(
            "ul",
            { class: "coupons" },
            found.offered.map((one) =>
              coupon(
                one,
                h(
                  "button",
                  {
                    class: "small second",
                    type: "button",
                    "aria-label": `${t("collect")} ${one.name}`,
                    onclick: () => void collect(one),
                  },
                  t("collect"),
                ),
              ),
            ),
          ),
        )
      : "",
    found.points.length
      ? section(
          t("entries"),
          h(
            "ul",
            { class: "entries" },
            found.points.map((one) =>
              h(
                "li",
                {},
                h("small", {}, moment(one.at)),
                one.why,
                h("strong", {}, one.points > 0 ? `+${one.points}` : String(one.points)),
              ),
            ),
          ),
        )
      : "",
  ];
}

export async function signInPage(signIn) {
  const number = h("input", {
    id: "number",
    name: "phone",
    inputmode: "numeric",
    autocomplete: "username",
    maxlength: 11,
    required: true,
  });
  const password = h("input", {
    id: "password",
    name: "password",
    type: "password",
    autocomplete: "current-password",
    required: true,
  });
  const trouble = h("p", { class: "trouble", role: "alert" });
  const enter = async (phone, word) => {
    trouble.textContent = "";
    try {
      await signIn(phone, word);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      trouble.textContent = error.message;
    }
  };
  const submit = (event) => {
    event.preventDefault();
    void enter(number.value.trim(), password.value);
  };
  const { demo } = state;
  const account = (one) =>
    h(
      "li",
      {},
      h(
        "button",
        { class: "account", type: "button", onclick: () => void enter(one.phone, demo.password) },
        h("strong", {}, one.honorific),
        h("span", {}, one.phone),
        h("small", {}, one.is_locked ? `${one.level} · ${t("locked")}` : one.level),
      ),
    );
  return [
    h(
      "div",
      { class: "sign-in" },
      h(
        "form",
        { onsubmit: submit },
        h("h1", {}, t("signInTitle")),
        h("label", { for: "number" }, t("mobile")),
        number,
        h("label", { for: "password" }, t("password")),
        password,
        trouble,
        h("button", { class: "main" }, t("signIn")),
      ),
      demo
        ? h(
            "section",
            { class: "accounts" },
            h("h2", {}, t("demoAccounts")),
            h("p", {}, t("demoNote"), " ", h("code", {}, demo.password)),
            h("ul", {}, demo.accounts.map(account)),
          )
        : "",
    ),
  ];
}
