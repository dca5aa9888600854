"use strict";
// What all reports but the first share: data, words, elements. Texts of users only ever become text nodes.
const data = JSON.parse(document.getElementById("data").textContent);
const page = document.getElementById("page");
const drawer = document.getElementById("drawer");
let language = data.language;

const has = (key) => key in data.words[language];
const say = (key, values = {}) =>
  (data.words[language][key] ?? key).replace(/\{([\w-]+)\}/g, (_, name) => values[name] ?? "");
const percent = (share, digits = 1) => `${(share * 100).toFixed(digits)}%`;
const count = (number) => number.toLocaleString("en");
const when = (seconds) => new Date(seconds * 1000).toLocaleString(language === "zh" ? "zh-CN" : "en-GB");

function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

const figure = (value, name, kind = "") => el("div", { class: kind }, el("b", {}, value), el("span", {}, name));

function openDrawer(title, under, items) {
  const close = el("button", { class: "plain", onclick: () => drawer.close() }, say("close"));
  const top = el("div", { class: "top" },
    el("div", {}, el("h3", { id: "drawer-title" }, title), under ? el("div", { class: "soft" }, under) : null), close);
  drawer.replaceChildren(top, el("ol", {}, items));
  if (!drawer.open) drawer.showModal();
  drawer.scrollTop = 0;
}
drawer.addEventListener("click", (event) => {
  if (event.target === drawer) drawer.close();
});

function languageChoice(draw) {
  const choose = (event) => { language = event.target.value; draw(); };
  return el("select", { "aria-label": say("language"), onchange: choose },
    [["zh", "中文"], ["en", "English"]].map(([code, name]) => el("option", { value: code, selected: code === language }, name)));
}

function beginPage(title) {
  document.documentElement.lang = language === "zh" ? "zh-CN" : language;
  document.title = title;
}
