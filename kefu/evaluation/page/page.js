"use strict";
// Draws the report from the JSON beside it. Texts of users only ever become text nodes.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const page = document.getElementById("page");
  const drawer = document.getElementById("drawer");
  const SHOWN = 200;
  const PAIRS_SHOWN = 20;
  let language = data.language;

  const say = (key, values = {}) =>
    (data.words[language][key] ?? key).replace(/\{([\w-]+)\}/g, (_, name) => values[name] ?? "");
  const percent = (share, digits = 1) => `${(share * 100).toFixed(digits)}%`;
  const count = (number) => number.toLocaleString("en");
  const named = (label) => label || say("none");

  function el(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value === true) made.setAttribute(name, "");
      else if (value !== false && value !== null) made.setAttribute(name, value);
    }
    made.append(...children.flat().filter((child) => child !== null));
    return made;
  }

  function svg(tag, attributes = {}, ...children) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  function place(file, line) {
    if (file < 0) return null;
    return el("code", { class: "soft" }, data.files[file] + (line ? `:${line}` : ""));
  }

  // ---- the drawer with examples ----

  function openDrawer(title, items) {
    const list = el("ol", {}, items.slice(0, SHOWN));
    const close = el("button", { class: "plain", onclick: () => drawer.close() }, say("close"));
    const counted = el("div", { class: "soft" }, say("drawer-count", { n: count(items.length) }));
    const heading = el("h3", { id: "drawer-title" }, title);
    const top = el("div", { class: "top" }, el("div", {}, heading, counted), close);
    const more = items.length - SHOWN;
    if (more > 0) list.append(el("li", { class: "soft" }, say("more", { n: count(more) })));
    drawer.replaceChildren(top, list);
    if (!drawer.open) drawer.showModal();
    drawer.scrollTop = 0;
  }
  drawer.addEventListener("click", (event) => {
    if (event.target === drawer) drawer.close();
  });

  const bare = (gram) => gram.replace(/<\/?s>/g, "").replace(/^\^|\$$/g, "").trim();

  function highlighted(text, reasons) {
    const marked = new Array(text.length).fill(false);
    const lowered = text.toLowerCase();
    if (lowered.length === text.length) {
      for (const [kind, gram, weight] of reasons) {
        if (weight <= 0 || (kind !== "characters" && kind !== "words")) continue;
        const parts = kind === "words" ? bare(gram).split(" ") : [bare(gram)];
        for (const part of parts.filter(Boolean)) {
          for (let at = lowered.indexOf(part); at >= 0; at = lowered.indexOf(part, at + 1)) {
            marked.fill(true, at, at + part.length);
          }
        }
      }
    }
    const shown = el("div", { class: "text" });
    for (let from = 0, to = 0; from < text.length; from = to) {
      while (to < text.length && marked[to] === marked[from]) to++;
      const part = text.slice(from, to);
      shown.append(marked[from] ? el("mark", {}, part) : part);
    }
    return shown;
  }

  const whole = (kind, gram) => kind === "meaning" ? say("meaning") : kind === "characters"
    ? gram.replaceAll(" ", "␣")
    : gram.replace(/^<s> ?/, "^").replace(/ ?<\/s>$/, "$");
  const strong = (grams) => grams.filter(([, , weight]) => weight > 0 && weight >= grams[0][2] / 20);

  function chip(kind, gram, weight, extra = "") {
    const sort = data.words[language][`kind-${kind}`];
    return el("span", { class: "chip" },
      sort ? el("small", {}, `${sort} `) : null, whole(kind, gram), el("small", {}, ` ${weight.toFixed(2)}${extra}`));
  }

  function exampleItem(kind, number) {
    const [text, target, prediction, confidence, file, line, reasons, seen] = kind.examples[number];
    const wrong = target !== prediction;
    const good = strong(reasons.filter((reason) => reason[2] > 0));
    const labels = wrong
      ? `${named(kind.labels[target])} → ${named(kind.labels[prediction])} `
      : `${named(kind.labels[target])} `;
    return el("li", {},
      highlighted(text, good),
      el("div", { class: "soft" }, labels, percent(confidence), " ", place(file, line)),
      seen ? el("div", { class: "soft" }, say("by-heart")) : null,
      good.length
        ? el("div", { class: "chips", "aria-label": say("spoke") },
            good.slice(0, 8).map(([sort, gram, weight]) => chip(sort, gram, weight)))
        : null);
  }

  function showExamples(kind, title, wanted) {
    const numbers = kind.examples.map((_, number) => number).filter((n) => wanted(kind.examples[n]));
    numbers.sort((a, b) => kind.examples[b][3] - kind.examples[a][3]);
    openDrawer(title, numbers.map((number) => exampleItem(kind, number)));
  }

  const showCell = (kind, target, prediction) => {
    const [a, b] = [named(kind.labels[target]), named(kind.labels[prediction])];
    const title = target === prediction ? say("cell-right", { a }) : say("cell", { a, b });
    showExamples(kind, title, (one) => one[1] === target && one[2] === prediction);
  };

  // ---- the confusion matrix ----

  function matrixCard(kind) {
    const counts = new Map();
    const size = kind.labels.length;
    const support = new Array(size).fill(0);
    const mistakes = new Array(size).fill(0);
    for (const [, target, prediction] of kind.examples) {
      const key = target * size + prediction;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      support[target]++;
      if (target !== prediction) mistakes[target]++;
    }
    const taken = (prediction) => {
      let sum = 0;
      for (let t = 0; t < size; t++) if (t !== prediction) sum += counts.get(t * size + prediction) ?? 0;
      return sum;
    };
    const mistaken = kind.labels.map((_, number) => taken(number));
    const scroll = el("div", { class: "scroll", tabindex: "0" });
    const only = el("input", { type: "checkbox", checked: true, onchange: draw });
    const worst = el("input", { type: "checkbox", checked: true, onchange: draw });
    const search = el("input", { type: "search", "aria-label": say("find"), placeholder: say("find"), oninput: draw });

    function draw() {
      const all = kind.labels.map((_, number) => number);
      const find = search.value.trim().toLowerCase();
      let rows = all.filter((n) => support[n] && (!only.checked || mistakes[n]));
      if (find) rows = rows.filter((n) => kind.labels[n].toLowerCase().includes(find));
      const touched = new Set();
      for (const row of rows) for (const n of all) if (counts.has(row * size + n)) touched.add(n);
      let columns = all.filter((n) =>
        only.checked || find ? touched.has(n) || rows.includes(n) : touched.has(n) || support[n]);
      if (only.checked) columns = columns.filter((n) => mistaken[n] || rows.includes(n));
      if (worst.checked) {
        rows.sort((a, b) => mistakes[b] - mistakes[a] || a - b);
        const rank = new Map(rows.map((n, position) => [n, position]));
        columns.sort((a, b) => (rank.get(a) ?? size + a) - (rank.get(b) ?? size + b));
      }
      if (!rows.length) return scroll.replaceChildren(el("p", { class: "soft" }, say("no-mistakes")));
      const head = el("tr", {}, el("th", {}, say("corner")),
        columns.map((n) => el("th", { scope: "col", title: named(kind.labels[n]) }, el("span", {}, named(kind.labels[n])))));
      const body = rows.map((row) => el("tr", {},
        el("th", { scope: "row", title: named(kind.labels[row]) }, named(kind.labels[row])),
        columns.map((column) => cell(row, column))));
      scroll.replaceChildren(el("table", { class: "matrix" }, el("thead", {}, head), el("tbody", {}, body)));
    }

    function cell(row, column) {
      const number = counts.get(row * size + column);
      if (!number) return el("td");
      const colour = row === column ? "right" : "wrong";
      const strength = 0.18 + 0.82 * Math.sqrt(number / support[row]);
      const name = `${named(kind.labels[row])} → ${named(kind.labels[column])}: ${number}`;
      const button = el("button", { title: name, "aria-label": name, onclick: () => showCell(kind, row, column) }, String(number));
      const td = el("td", {}, button);
      td.style.backgroundColor = `rgba(var(--${colour}), ${strength.toFixed(2)})`;
      if (strength > 0.6) td.style.color = "var(--cell-ink)";
      return td;
    }

    draw();
    return el("div", { class: "card matrix-card" },
      el("h3", {}, say("matrix")), el("p", { class: "soft" }, say("matrix-help")),
      el("div", { class: "controls" },
        el("label", {}, only, say("only-confused")), el("label", {}, worst, say("by-mistakes")), search),
      scroll);
  }

  // ---- pairs and suspects ----

  function pairsCard(kind) {
    const card = el("div", { class: "card pairs" },
      el("h3", {}, say("pairs")), el("p", { class: "soft" }, say("pairs-help")));
    const way = (from, to, number, grams) => number
      ? el("div", { class: "way" },
          el("button", { class: "link", title: say("show"), onclick: () => showCell(kind, from, to) },
            say("as", { a: named(kind.labels[from]), b: named(kind.labels[to]), n: number })),
          el("div", { class: "chips" },
            strong(grams).map(([sort, gram, weight, n]) => chip(sort, gram, weight, ` · ${say("in-examples", { n })}`))))
      : null;
    const draw = (pairs) => card.append(...pairs.map(({ a, b, ab, ba, toB, toA }) =>
      el("div", { class: "pair" },
        el("b", {}, `${named(kind.labels[a])} ⇄ ${named(kind.labels[b])}`),
        way(a, b, ab, toB), way(b, a, ba, toA))));
    draw(kind.pairs.slice(0, PAIRS_SHOWN));
    const rest = kind.pairs.slice(PAIRS_SHOWN);
    if (!kind.pairs.length) card.append(el("p", { class: "soft" }, say("no-mistakes")));
    if (rest.length) {
      const more = el("button", { class: "plain", onclick: () => { more.remove(); draw(rest); } },
        say("more", { n: rest.length }));
      card.append(more);
    }
    return card;
  }

  function suspectsCard(kind) {
    const rows = kind.suspects.map(([number, label, confidence, own]) => {
      const [text, target, , , file, line] = kind.examples[number];
      return [
        { show: el("button", { class: "link text", onclick: () => openDrawer(text, [exampleItem(kind, number)]) }, text), sort: text, left: true },
        { show: `${named(kind.labels[target])} ${percent(own, 0)}`, sort: kind.labels[target], left: true },
        { show: `${named(kind.labels[label])} ${percent(confidence, 0)}`, sort: kind.labels[label], left: true },
        { show: place(file, line) ?? "", sort: file * 1e6 + line, left: true },
      ];
    });
    const heads = ["text", "label", "likely", "place"].map((key) => [say(key), true]);
    return el("div", { class: "card suspects" },
      el("h3", {}, say("suspects")),
      el("p", { class: "soft" }, say(rows.length ? "suspects-help" : "no-suspects")),
      rows.length ? el("div", { class: "scroll" }, sortable(heads, rows)) : null);
  }

  // ---- confidence ----

  const LEFT = 38, TOP = 8, WIDE = 440, HIGH = 190;

  function frame(label, ...children) {
    const drawn = svg("svg", { viewBox: `0 0 ${LEFT + WIDE + 12} ${TOP + HIGH + 26}`, role: "img", "aria-label": label });
    for (let tenth = 0; tenth <= 10; tenth += 2) {
      const x = LEFT + (WIDE * tenth) / 10;
      drawn.append(svg("text", { x, y: TOP + HIGH + 16, "text-anchor": "middle" }, (tenth / 10).toFixed(1)));
    }
    drawn.append(svg("line", { class: "axis", x1: LEFT, x2: LEFT + WIDE, y1: TOP + HIGH, y2: TOP + HIGH }));
    drawn.append(...children);
    return drawn;
  }

  function level(share, text) {
    const y = TOP + HIGH * (1 - share);
    return [
      svg("line", { class: "axis", x1: LEFT, x2: LEFT + WIDE, y1: y, y2: y }),
      svg("text", { x: LEFT - 5, y: y + 4, "text-anchor": "end" }, text),
    ];
  }

  function box(kind, x, width, from, to, title) {
    return svg("rect", {
      class: kind, x, width: Math.max(width, 1), y: TOP + HIGH * (1 - to), height: Math.max(HIGH * (to - from), 0),
    }, svg("title", {}, title));
  }

  function histogramCard(kind) {
    const most = Math.max(1, ...kind.histogram.map(([right, wrong]) => right + wrong));
    const width = WIDE / kind.histogram.length;
    const bars = kind.histogram.flatMap(([right, wrong], number) => {
      const x = LEFT + number * width + 1;
      const range = `${(number / kind.histogram.length).toFixed(2)}–${((number + 1) / kind.histogram.length).toFixed(2)}`;
      const title = `${range}: ${right} ${say("right")}, ${wrong} ${say("wrong")}`;
      return [
        box("wrong", x, width - 2, 0, wrong / most, title),
        box("right", x, width - 2, wrong / most, (right + wrong) / most, title),
      ];
    });
    return el("div", { class: "card" },
      el("h3", {}, say("histogram")), el("p", { class: "soft" }, say("histogram-help")),
      frame(say("histogram"), ...level(1, String(most)), ...level(0.5, String(Math.round(most / 2))), ...bars),
      el("div", { class: "legend" },
        el("span", {}, el("i", { class: "right" }), say("right")), el("span", {}, el("i", { class: "wrong" }), say("wrong"))));
  }

  function reliabilityCard(kind) {
    const bars = kind.bins.flatMap(([low, high, number, right, confidence]) => {
      if (!number) return [];
      const accuracy = right / number;
      const title = `${low.toFixed(2)}–${high.toFixed(2)}: ${count(number)} · ${say("confidence")} ${percent(confidence)} · ${say("right")} ${percent(accuracy)}`;
      const x = LEFT + low * WIDE + 1, width = (high - low) * WIDE - 2;
      return [
        box("right", x, width, 0, Math.min(accuracy, confidence), title),
        accuracy < confidence
          ? box("gap", x, width, accuracy, confidence, title)
          : box("modest", x, width, confidence, accuracy, title),
      ];
    });
    const ideal = svg("line", { class: "ideal", x1: LEFT, y1: TOP + HIGH, x2: LEFT + WIDE, y2: TOP });
    return el("div", { class: "card" },
      el("h3", {}, `${say("reliability")} · ECE ${kind.ece.toFixed(3)}`),
      el("p", { class: "soft" }, say("reliability-help")),
      frame(say("reliability"), ...level(1, "100%"), ...level(0.5, "50%"), ...bars, ideal),
      el("div", { class: "legend" },
        el("span", {}, el("i", { class: "right" }), say("share-right")), el("span", {}, el("i", { class: "modest" }), say("modest")),
        el("span", {}, el("i", { class: "gap" }), say("gap"))));
  }

  function thresholdsCard(kind) {
    const total = kind.examples.length || 1;
    const rows = kind.thresholds.map(([threshold, answered, right]) => [
      { show: threshold.toFixed(2), sort: threshold },
      { show: `${count(answered)} (${percent(answered / total)})`, sort: answered },
      { show: answered ? percent(right / answered) : "–", sort: answered ? right / answered : 0 },
      { show: count(answered - right), sort: answered - right },
    ]);
    const heads = ["threshold", "answered", "share-right", "wrong"].map((key) => [say(key), false]);
    return el("div", { class: "card" }, el("h3", {}, say("thresholds")),
      el("div", { class: "scroll" }, sortable(heads, rows)));
  }

  // ---- tables ----

  function sortable(heads, rows) {
    let by = -1, down = false;
    const body = el("tbody");
    const headings = heads.map(([name, left], number) =>
      el("th", { scope: "col", class: left ? "left" : "" },
        el("button", { onclick: () => sort(number) }, name)));
    const fill = () => body.replaceChildren(...rows.map((row) => el("tr", {},
      row.map(({ show, left }) => el("td", { class: left ? "left" : "" }, show)))));
    function sort(number) {
      down = by === number ? !down : typeof rows[0]?.[number].sort === "number";
      by = number;
      const compare = (a, b) => (typeof a === "number" ? a - b : String(a).localeCompare(String(b)));
      rows.sort((a, b) => (down ? -1 : 1) * compare(a[by].sort, b[by].sort));
      headings.forEach((heading, position) => {
        if (position === by) heading.setAttribute("aria-sort", down ? "descending" : "ascending");
        else heading.removeAttribute("aria-sort");
        heading.firstChild.textContent = heads[position][0] + (position === by ? (down ? " ↓" : " ↑") : "");
      });
      fill();
    }
    fill();
    return el("table", { class: "list" }, el("thead", {}, el("tr", {}, headings)), body);
  }

  function scoreTable(rows, name, taken) {
    const score = (value) => {
      const bar = el("i");
      bar.style.width = `${value * 100}%`;
      return { show: el("span", {}, value.toFixed(3), el("span", { class: "bar" }, bar)), sort: value };
    };
    const heads = [[say("label"), true], ...["precision", "recall", "f1", "support", "predicted"].map((key) => [say(key), false])];
    if (taken) heads.push([say("taken-for"), true]);
    return sortable(heads, rows.map((row) => {
      const [label, precision, recall, f1, support, predicted, confused] = row;
      const cells = [
        { show: name(row), sort: label, left: true },
        score(precision), score(recall), score(f1),
        { show: count(support), sort: support }, { show: count(predicted), sort: predicted },
      ];
      if (taken) cells.push({ show: confused.map(([other, n]) => `${other} ${n}`).join(", "), sort: confused.length, left: true });
      return cells;
    }));
  }

  function labelsCard(kind) {
    const name = ([label]) => {
      const number = kind.labels.indexOf(label);
      const show = () => showExamples(kind, say("mistakes-of", { a: named(label) }),
        (one) => one[1] !== one[2] && (one[1] === number || one[2] === number));
      return el("button", { class: "link", onclick: show }, named(label));
    };
    return el("div", { class: "card labels" },
      el("h3", {}, say("per-label")), el("p", { class: "soft" }, say("per-label-help")),
      el("div", { class: "scroll" }, scoreTable(kind.rows, name, false)));
  }

  // ---- entities ----

  function marked(text, wanted, found) {
    const key = ([start, end, label]) => `${start}-${end}-${label}`;
    const given = new Set(found.map(key)), asked = new Set(wanted.map(key));
    const spans = [
      ...wanted.map((one) => [...one.slice(0, 3), given.has(key(one)) ? "right" : "missing"]),
      ...found.filter((one) => !asked.has(key(one))).map((one) => [...one.slice(0, 3), "extra"]),
    ];
    const line = (chosen) => {
      const shown = el("div", { class: "text" });
      let at = 0;
      for (const [start, end, label, state] of chosen.sort((a, b) => a[0] - b[0] || b[1] - a[1])) {
        if (start < at) continue;
        const points = Array.from(text);
        const part = (from, to) => points.slice(from, to).join("");
        const sign = state === "right" ? "" : ` · ${say(state)}`;
        shown.append(part(at, start), el("mark", { class: state }, part(start, end), el("small", {}, label + sign)));
        at = end;
      }
      shown.append(Array.from(text).slice(at).join(""));
      return shown;
    };
    const lines = [line(spans.filter((one) => one[3] !== "extra"))];
    const extra = spans.filter((one) => one[3] === "extra");
    if (extra.length) lines.push(line(extra));
    return lines;
  }

  function showEntityErrors(label) {
    const errors = data.entities.errors.filter(([, wanted, found]) =>
      label === null || differs(wanted, found, label) || differs(found, wanted, label));
    openDrawer(`${say("entity-errors")}: ${label === null ? say("all-types") : label}`,
      errors.map(([text, wanted, found, file, line]) =>
        el("li", {}, marked(text, wanted, found), el("div", {}, place(file, line)))));
  }

  const differs = (some, others, label) =>
    some.some((one) => one[2] === label &&
      !others.some((other) => other[0] === one[0] && other[1] === one[1] && other[2] === label));

  function entitiesSection() {
    const { whole, tokens, errors } = data.entities;
    const name = ([label]) => el("button", { class: "link", onclick: () => showEntityErrors(label) }, label);
    const plain = ([label]) => label;
    return el("section", {}, el("h2", { id: "entities" }, say("entities")),
      el("div", { class: "figures" },
        figure(whole.score[2].toFixed(3), `F1 · ${say("whole")}`),
        figure(whole.score[0].toFixed(3), say("precision")), figure(whole.score[1].toFixed(3), say("recall")),
        figure(count(whole.score[3]), say("entities")), figure(count(errors.length), say("entity-errors"))),
      el("div", { class: "card" },
        el("h3", {}, say("whole")), el("p", { class: "soft" }, say("whole-help")),
        el("div", { class: "controls" },
          el("button", { class: "plain", onclick: () => showEntityErrors(null) }, say("entity-errors"))),
        el("div", { class: "scroll" }, scoreTable(whole.rows, name, true))),
      tokens.map(({ extractor, rows }) => el("div", { class: "card" },
        el("h3", {}, say("by-token", { extractor })), el("p", { class: "soft" }, say("by-token-help")),
        el("div", { class: "scroll" }, scoreTable(rows, plain, true)))));
  }

  // ---- the page ----

  const figure = (value, name) => el("div", {}, el("b", {}, value), el("span", {}, name));

  function kindSection(kind) {
    const wrong = kind.examples.filter((one) => one[1] !== one[2]).length;
    return el("section", {}, el("h2", { id: kind.kind }, say(kind.kind)),
      el("div", { class: "figures" },
        figure(percent(kind.accuracy), say("accuracy")), figure(kind.macro[2].toFixed(3), say("macro")),
        figure(kind.weighted[2].toFixed(3), say("weighted")), figure(kind.ece.toFixed(3), say("ece")),
        figure(count(kind.examples.length), say("examples")), figure(count(wrong), say("wrong"))),
      matrixCard(kind), pairsCard(kind), suspectsCard(kind),
      el("div", { class: "two" }, histogramCard(kind), reliabilityCard(kind)), el("p"),
      thresholdsCard(kind), labelsCard(kind));
  }

  function draw() {
    document.documentElement.lang = language === "zh" ? "zh-CN" : language;
    document.title = say("title");
    const about = data.about;
    const values = { ...about, tested: count(about.tested), trained: count(about.trained), seen: count(about.seen), share: percent(about.share, 0) };
    const choose = (event) => { language = event.target.value; draw(); };
    const choice = el("select", { "aria-label": say("language"), onchange: choose },
      [["zh", "中文"], ["en", "English"]].map(([code, name]) => el("option", { value: code, selected: code === language }, name)));
    const sections = data.kinds.map(kindSection);
    const ids = data.kinds.map((kind) => kind.kind);
    if (data.entities) {
      sections.push(entitiesSection());
      ids.push("entities");
    }
    page.replaceChildren(
      el("header", {},
        el("div", {}, el("h1", {}, say("title")), el("div", { class: "soft" }, say(about.mode, values)),
          about.seen ? el("div", { class: "note" }, say("seen", values)) : null),
        choice),
      el("nav", {}, el("div", {}, ids.map((id) => el("a", { href: `#${id}` }, say(id))))),
      ...sections);
  }
  draw();
})();
