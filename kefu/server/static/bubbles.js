// Messages as elements. Everything that comes from outside becomes text or a checked address.

import { moment, word } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const LINK = /https?:\/\/[^\s<>"'，。；！？、）】》」』]+/g;
const IMAGE_DATA = /^data:image\/(png|jpeg|gif|webp);base64,/i;
const TICKS = {
  sending: ["i-clock", "sending"],
  waiting: ["i-clock", "waiting"],
  sent: ["i-tick", "sent"],
  answered: ["i-ticks", "sent"],
  failed: ["i-failed", "failed"],
};

export function element(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#${name}`);
  svg.append(use);
  return svg;
}

// The line above a group of messages that were said around one time.
export const timeLine = (seconds) => element("div", "when", moment(seconds));

export const notice = (text) => element("div", "notice", element("span", "", text));

export function mine(text, state) {
  const bubble = element("div", "bubble bubble-mine", ...linked(text));
  const row = element("div", "row row-mine", speaker("you"), bubble, element("div", "under"));
  setState(row, state);
  return row;
}

export function setState(row, state, onResend) {
  const [symbol, name] = TICKS[state];
  row.dataset.state = state;
  const under = row.querySelector(".under");
  under.replaceChildren(icon(symbol), element("span", state === "failed" ? "" : "unseen", word(name)));
  if (state === "failed") {
    const button = element("button", "resend", word("resend"));
    button.type = "button";
    button.onclick = onResend;
    under.append(button);
  }
}

// A message of the bot or of an agent: one bubble a paragraph, then what else it carries.
export function theirs(frame, choose) {
  const isAgent = frame.from === "agent";
  const avatar = element("span", `avatar ${isAgent ? "avatar-agent" : "avatar-bot"}`);
  avatar.setAttribute("aria-hidden", "true");
  avatar.append(icon(isAgent ? "i-person" : "i-bot"));
  const body = element("div", "body", speaker(isAgent ? "agent" : "bot"));
  const paragraphs = typeof frame.text === "string" ? frame.text.trim().split(/\n{2,}/) : [];
  for (const text of paragraphs) body.append(element("div", "bubble bubble-them", ...linked(text)));
  body.append(...carried(frame, choose));
  return element("div", "row row-them", avatar, body);
}

function carried(frame, choose) {
  const parts = [];
  if (frame.image) parts.push(picture(frame.image));
  if (frame.attachment) parts.push(attachment(frame.attachment));
  const cards = (frame.elements ?? []).map((item) => card(item, choose));
  if (cards.length) parts.push(element("div", cards.length > 1 ? "cards" : "", ...cards));
  if (frame.custom) parts.push(custom(frame.custom, choose));
  const choices = [...(frame.buttons ?? []), ...(frame.quick_replies ?? [])];
  if (choices.length) parts.push(buttons(choices, choose));
  return parts.filter(Boolean);
}

const speaker = (name) => element("span", "unseen", `${word(name)}：`);

function linked(text) {
  const nodes = [];
  let position = 0;
  for (const match of text.matchAll(LINK)) {
    const address = match[0].replace(/[.,;:!?)\]]+$/, "");
    nodes.push(text.slice(position, match.index), link(address, address));
    position = match.index + address.length;
  }
  nodes.push(text.slice(position));
  return nodes;
}

function link(address, ...children) {
  const url = webAddress(address);
  if (!url) return element("span", "", ...children);
  const node = element("a", "", ...children);
  node.href = url;
  node.target = "_blank";
  node.rel = "noopener noreferrer nofollow";
  return node;
}

function webAddress(address) {
  try {
    const url = new URL(String(address), location.href);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

function picture(address) {
  const isData = typeof address === "string" && IMAGE_DATA.test(address);
  const url = isData ? address : webAddress(address);
  if (!url) return null;
  const image = element("img", "picture");
  image.alt = word("image");
  image.loading = "lazy";
  image.referrerPolicy = "no-referrer";
  image.onerror = () => (holder.replaceWith(element("div", "bubble bubble-them faint", word("imageFailed"))));
  image.src = url;
  const holder = isData ? element("span", "picture-link", image) : link(url, image);
  holder.classList.add("picture-link");
  if (!isData) holder.setAttribute("aria-label", word("openImage"));
  return holder;
}

function attachment(value) {
  const payload = typeof value === "object" ? (value.payload ?? value) : { url: value };
  const address = payload.src ?? payload.url ?? payload.link;
  if (value.type === "image" && address) return picture(address);
  const url = address ? webAddress(address) : null;
  if (!url) return details(value);
  if (value.type === "video" || value.type === "audio") {
    const player = element(value.type, "player");
    player.controls = true;
    player.preload = "metadata";
    player.src = url;
    return player;
  }
  const name = payload.title ?? payload.name ?? fileName(url) ?? word("attachment");
  const node = link(url, icon("i-file"), element("span", "", String(name)));
  node.classList.add("file");
  return node;
}

function fileName(url) {
  const last = new URL(url).pathname.split("/").pop();
  try {
    return decodeURIComponent(last) || null;
  } catch {
    return last || null;
  }
}

function card(item, choose) {
  const image = item.image_url ?? item.image;
  const title = item.title ? element("strong", "", String(item.title)) : null;
  const subtitle = item.subtitle ? element("span", "faint", String(item.subtitle)) : null;
  const address = item.default_action?.url ?? item.url ?? item.item_url;
  const text = element("div", "card-text", title, subtitle);
  const node = element("div", "card", image ? picture(image) : null, text);
  if (address && webAddress(address)) {
    node.append(element("div", "card-link", link(address, element("span", "", webAddress(address)), icon("i-link"))));
  }
  if (item.buttons?.length) node.append(buttons(item.buttons, choose));
  return node;
}

function custom(value, choose) {
  if (typeof value === "object" && typeof value.title === "string") return card(value, choose);
  if (typeof value === "object" && typeof value.text === "string") {
    return element("div", "bubble bubble-them", ...linked(value.text));
  }
  return details(value);
}

function details(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return element("details", "more", element("summary", "", word("details")), element("pre", "", text));
}

function buttons(choices, choose) {
  return element("div", "choices", ...choices.map((choice) => button(choice, choose)));
}

function button(choice, choose) {
  const title = String(choice.title ?? choice.payload ?? choice.url ?? "");
  const address = choice.type === "web_url" || (choice.url && !choice.payload) ? choice.url : null;
  if (address && webAddress(address)) {
    const node = link(address, title, icon("i-link"));
    node.classList.add("choice");
    return node;
  }
  const node = element("button", "choice", title);
  node.type = "button";
  node.onclick = () => choose(String(choice.payload ?? title), title);
  return node;
}
