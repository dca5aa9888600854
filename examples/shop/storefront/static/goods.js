// The pages of products and the cart: each gives the elements of <main>.
import { openChat, track } from "./chat.js";
import { drawing, h, section, yuan } from "./dom.js";
import { notify } from "./notice.js";
import { picture } from "./pictures.js";
import { ask, cart, Refused, state, viewed } from "./state.js";
import { categoryName, t } from "./words.js";

const PAGE = 24;
const TICK = "M10 25l9 9 19-21";

function card(product) {
  const left = product.stock.reduce((sum, one) => sum + one.quantity, 0);
  return h(
    "li",
    {},
    h(
      "a",
      { class: "card", href: `/product/${product.sku}` },
      picture(product),
      h(
        "div",
        { class: "card-text" },
        h("h3", {}, product.name),
        h("p", { class: "why" }, product.why ?? product.details.split("；")[0].replace("。", "")),
        h(
          "p",
          { class: "price-line" },
          h("span", { class: "price" }, yuan(product.price)),
          h("small", {}, left ? t("sold", product.sold) : t("soldOut")),
        ),
      ),
    ),
  );
}

const grid = (products, kind = "") => h("ul", { class: `grid ${kind}` }, products.map(card));

// -- products

export async function homePage(query, go) {
  const q = query.get("q") ?? "",
    category = query.get("category") ?? "";
  const isStart = !q && !category;
  const listing = (offset) =>
    ask(
      `products?limit=${PAGE}&offset=${offset}&q=${encodeURIComponent(q)}&category=${encodeURIComponent(category)}`,
    );
  const [found, forYou] = await Promise.all([
    listing(0),
    isStart ? ask(`recommendations?viewed=${viewed.list().join(",")}`) : { products: [] },
  ]);
  const list = grid(found.products);
  const more = h(
    "button",
    { class: "wide plain", type: "button", hidden: found.total <= PAGE },
    t("more"),
  );
  more.addEventListener("click", async () => {
    const next = await listing(list.children.length);
    list.append(...next.products.map(card));
    more.hidden = list.children.length >= next.total;
  });
  if (q) track("search", { q, found: found.total });
  const chip = (name, label) =>
    h(
      "a",
      {
        class: "chip",
        href: name ? `/?category=${encodeURIComponent(name)}` : "/",
        "aria-current": name === category && !q ? "true" : null,
      },
      label,
    );
  return [
    isStart ? hero() : h("h1", { class: "page-title" }, q ? `“${q}”` : categoryName(category)),
    h(
      "nav",
      { class: "chips", "aria-label": t("all") },
      chip("", t("everything")),
      state.categories.map((one) => chip(one.name, categoryName(one.name))),
    ),
    forYou.products.length && (viewed.list().length || state.customer)
      ? section(t("forYou"), grid(forYou.products.slice(0, 6), "row"))
      : "",
    section(
      isStart ? t("best") : t("found", found.total),
      found.total ? list : h("p", { class: "empty" }, t("none")),
    ),
    more,
  ];
}

function hero() {
  const promise = (text) => h("li", {}, drawing(TICK), text);
  return h(
    "section",
    { class: "hero" },
    h(
      "div",
      {},
      h("h1", {}, state.customer ? t("hello", state.customer.honorific) : t("welcome")),
      h("p", {}, t("pitch")),
      h(
        "ul",
        { class: "promises" },
        promise(t("free")),
        promise(t("back")),
        promise(t("warranty")),
      ),
      state.promotion
        ? h(
            "p",
            { class: "promotion" },
            h("strong", {}, t("next", state.promotion)),
            state.promotion.rules[0],
          )
        : "",
    ),
    h("img", { src: "/static/logo.svg", alt: "", class: "hero-picture" }),
  );
}

export async function productPage(sku, changed) {
  const { product, like } = await ask(`products/${sku}`);
  viewed.add(product.sku);
  track("product_view", { sku: product.sku, name: product.name });
  void ask("views", { method: "POST", body: { sku: product.sku } }).catch(() => undefined);
  const choice = h(
    "fieldset",
    { class: "specs" },
    h("legend", {}, t("choose")),
    product.stock.map((one, number) => specOption(one, number, product)),
  );
  const stock = h("small", { class: "stock" });
  const number = h("input", {
    type: "number",
    name: "quantity",
    min: 1,
    max: 99,
    value: 1,
    "aria-label": t("quantity"),
  });
  const add = h("button", { class: "main" }, t("add"));
  const chosen = () => product.stock[Number(choice.querySelector("input:checked")?.value ?? -1)];
  const show = () => {
    const one = chosen();
    add.disabled = !one;
    stock.textContent = !one
      ? t("soldOut")
      : one.quantity < 10
        ? t("few", one.quantity)
        : t("stock", one.quantity);
  };
  choice.addEventListener("change", show);
  show();
  const put = (event) => {
    event.preventDefault();
    const quantity = Math.min(99, Math.max(1, Number(number.value) || 1));
    cart.add(product, chosen().spec, quantity);
    track("cart_add", { sku: product.sku, name: product.name, spec: chosen().spec, quantity });
    changed();
    notify(t("added"));
  };
  return [
    h(
      "article",
      { class: "product" },
      picture(product, "large"),
      h(
        "div",
        {},
        h(
          "p",
          { class: "crumb" },
          h(
            "a",
            { href: `/?category=${encodeURIComponent(product.category)}` },
            categoryName(product.category),
          ),
        ),
        h("h1", {}, product.name),
        h("p", { class: "details" }, product.details),
        h(
          "p",
          { class: "price big" },
          yuan(product.price),
          h("small", {}, t("sold", product.sold)),
        ),
        h(
          "form",
          { class: "buy", onsubmit: put },
          choice,
          h(
            "div",
            { class: "buy-line" },
            number,
            add,
            h("button", { class: "second", type: "button", onclick: openChat }, t("ask")),
          ),
          stock,
        ),
      ),
    ),
    section(t("specs"), facts(product)),
    section(t("like"), grid(like, "row")),
  ];
}

function specOption(one, number, product) {
  const first = product.stock.findIndex((entry) => entry.quantity);
  return h(
    "label",
    { class: "option" },
    h("input", {
      type: "radio",
      name: "spec",
      value: number,
      checked: number === first,
      disabled: !one.quantity,
    }),
    h("span", {}, one.spec),
  );
}

function facts(product) {
  const rows = [
    ...Object.entries(product.specs),
    [t("material"), product.material],
    [t("usage"), product.usage],
    [t("origin"), product.origin],
    [t("warrantyName"), t("months", product.warranty_months)],
  ];
  return h(
    "dl",
    { class: "facts" },
    rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );
}

// -- cart

export async function cartPage(changed, go) {
  const lines = cart.lines();
  const title = h("h1", { class: "page-title" }, t("cart"));
  if (!lines.length)
    return [
      title,
      h("p", { class: "empty" }, t("emptyCart"), " ", h("a", { href: "/" }, t("goShopping"))),
    ];
  const again = async () => {
    changed();
    document.querySelector("main").replaceChildren(...(await cartPage(changed, go)));
  };
  const total = lines.reduce((sum, line) => sum + line.price * line.quantity, 0);
  const sending = await ask(`freight?total=${total}`);
  const { freight } = sending;
  track("cart", { items: lines.length, total });
  const buy = async () => {
    try {
      const items = lines.map(({ sku, spec, quantity }) => ({ sku, spec, quantity }));
      const placed = await ask("orders", { method: "POST", body: { items } });
      track("order", { order_no: placed.order_no, total: total + freight });
      cart.save([]);
      notify(t("bought", placed.order_no));
      go("/orders");
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      notify(error.message);
    }
  };
  return [
    title,
    h(
      "ul",
      { class: "cart" },
      lines.map((line, number) => cartLine(line, number, lines, again)),
    ),
    h(
      "div",
      { class: "sum" },
      h(
        "p",
        { class: "freight" },
        sending.to ? t("freightTo", sending.to) : t("freight"),
        h("span", {}, freight ? yuan(freight) : t("freeFreight")),
      ),
      h("small", { class: "terms" }, t(sending.to ? "terms" : "guestTerms", sending)),
      h(
        "p",
        { class: "sum-total" },
        t("total"),
        h("span", { class: "price" }, yuan(total + freight)),
      ),
      state.customer
        ? h("button", { class: "main", type: "button", onclick: buy }, t("buy"))
        : h("a", { class: "main", href: "/sign-in" }, t("signInToBuy")),
    ),
  ];
}

function cartLine(line, number, lines, again) {
  const change = (quantity) => {
    if (quantity > 0) lines[number].quantity = Math.min(99, quantity);
    else lines.splice(number, 1);
    track(quantity > 0 ? "cart_change" : "cart_remove", {
      sku: line.sku,
      name: line.name,
      quantity,
    });
    cart.save(lines);
    void again();
  };
  return h(
    "li",
    {},
    picture(line, "tiny"),
    h(
      "div",
      { class: "cart-text" },
      h("a", { href: `/product/${line.sku}` }, line.name),
      h("small", {}, line.spec),
    ),
    h("input", {
      type: "number",
      min: 1,
      max: 99,
      value: line.quantity,
      "aria-label": `${t("quantity")} ${line.name}`,
      onchange: (event) => change(Number(event.target.value)),
    }),
    h("span", { class: "price" }, yuan(line.price * line.quantity)),
    h(
      "button",
      {
        class: "plain",
        type: "button",
        "aria-label": t("removeOf", line.name),
        onclick: () => change(0),
      },
      t("remove"),
    ),
  );
}
