// Products have no photographs here: each is drawn by its kind, in a colour of its own.
import { drawing, h } from "./dom.js";

const OF_CATEGORY = {
  数码: "M10 28v-4a14 14 0 0 1 28 0v4M10 28h5v10h-3a2 2 0 0 1-2-2zm28 0h-5v10h3a2 2 0 0 0 2-2z",
  小家电:
    "M14 16h18l2 22a2 2 0 0 1-2 2H15a2 2 0 0 1-2-2zM32 20h4a3 3 0 0 1 3 3v6a4 4 0 0 1-4 4h-2M19 8v4m5-6v6m5-4v4",
  家居: "M8 24 24 10l16 14M13 21v19h22V21M20 40V29h8v11",
  服饰: "M18 9c1 4 11 4 12 0l10 5-4 9-5-2v19H17V21l-5 2-4-9z",
  箱包: "M13 18h22a3 3 0 0 1 3 3v17a3 3 0 0 1-3 3H13a3 3 0 0 1-3-3V21a3 3 0 0 1 3-3zM18 18v-5a6 6 0 0 1 12 0v5M10 28h28M21 26v4h6v-4",
  食品: "M12 22h24l-3 18H15zM10 22h28M17 22c0-8 3-14 7-14s7 6 7 14M20 28v6m8-6v6",
  个护: "M17 18h14v20a3 3 0 0 1-3 3h-8a3 3 0 0 1-3-3zM20 18v-5h8v5M24 13V8h6M21 27h6",
  母婴: "M18 16h12v20a4 4 0 0 1-4 4h-4a4 4 0 0 1-4-4zM17 16h14M20 16c0-5 1-4 2-8h4c1 4 2 3 2 8M26 23h4m-4 6h4",
  运动户外:
    "M24 8a16 16 0 1 0 0 32 16 16 0 0 0 0-32zM12 13c6 4 6 18 0 22m24-22c-6 4-6 18 0 22M8 24h32M24 8v32",
  厨具: "M8 22h26v8a9 9 0 0 1-9 9h-8a9 9 0 0 1-9-9zM34 24h4a4 4 0 0 0 4-4M14 16c0-3 3-3 3-6m5 6c0-3 3-3 3-6",
  宠物: "M24 24c5 0 10 6 10 10s-4 5-6 4-6-1-8 0-6 0-6-4 5-10 10-10zM12 22a3 4 0 1 0 0-.1M20 14a3 4 0 1 0 0-.1m8 0a3 4 0 1 0 0-.1m8 8a3 4 0 1 0 0-.1",
  文具: "M12 36l2-8 18-18 6 6-18 18zM28 14l6 6M14 28l6 6M10 41h28",
  汽车用品:
    "M9 29l4-11a3 3 0 0 1 3-2h16a3 3 0 0 1 3 2l4 11v8h-5v-4H14v4H9zM11 27h26M14 31h3m14 0h3",
  灯饰: "M24 8v6M14 30a10 10 0 1 1 20 0zM24 30v10M17 40h14",
};

/** A tile with the picture of a product. */
export function picture(product, kind = "") {
  const path = OF_CATEGORY[product.category] ?? OF_CATEGORY["家居"];
  const tile = h("div", { class: `picture ${kind}` }, drawing(path));
  // Steps of the golden angle: neighbours look different.
  tile.style.setProperty("--hue", String((Number(product.sku.slice(1)) * 137) % 360 || 20));
  return tile;
}
