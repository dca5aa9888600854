// Builds elements: text is always text, never markup.

/** h("a", {class: "x", href: "/", onclick: f}, "text", child, [more]) */
export function h(name, options = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(
    ...children.flat().filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** A drawing of lines in a box of 48. */
export function drawing(path, kind = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 48 48");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `drawing ${kind}`);
  const lines = document.createElementNS(SVG, "path");
  lines.setAttribute("d", path);
  svg.append(lines);
  return svg;
}

export const yuan = (amount) => `¥${amount}`;

export function moment(at) {
  return at ? at.slice(0, 16).replace("T", " ") : "";
}

/** A part of a page below a heading. */
export const section = (title, ...content) => h("section", {}, h("h2", {}, title), content);
