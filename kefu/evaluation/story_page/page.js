"use strict";
// Draws the graph of stories from the JSON beside it. Texts of users only ever become text nodes.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const page = document.getElementById("page");
  const [KIND, NAME, DETAIL, CHILDREN, STORIES, PROBLEMS, GOES] = [0, 1, 2, 3, 4, 5, 6];
  const ROW = 38, BOX = 28, GAP = 34, WIDEST = 250, WITH_TEXT = 380, LEFT = 18, TOP = 18;
  const OPEN_ROWS = 60, UNFOLDED_ROWS = 2500, LISTED = 60;
  const state = {
    language: data.language, view: "stories", query: "", file: "", around: "", odd: false, texts: false,
    filters: false, zoom: 1, selected: -1, open: new Map(), panel: null,
  };

  const say = (key, values = {}) =>
    (data.words[state.language][key] ?? key).replace(/\{([\w-]+)\}/g, (_, name) => values[name] ?? "");
  const count = (number) => number.toLocaleString("en");

  function el(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value === true) made.setAttribute(name, "");
      else if (value !== false && value !== null) made.setAttribute(name, value);
    }
    made.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return made;
  }

  function svg(tag, attributes = {}, ...children) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children.filter((child) => child !== null));
    return made;
  }

  const place = ([file, line]) =>
    el("code", {}, `${data.files[file] ?? ""}${line ? `:${line}` : ""}`);

  // ---- forms are drawn as nodes, too ----

  const formRoots = data.forms.map((form) => {
    let parent = data.nodes.push(["loop", form.name, "", [], [], [], -1]) - 1;
    const root = parent;
    data.places.push([form.place]);
    for (const [slot, question] of form.slots) {
      const kind = question.startsWith("action") ? "action" : "response";
      for (const label of [["slot", slot, ""], question ? [kind, question, ""] : null]) {
        if (!label) continue;
        const number = data.nodes.push([...label, [], [], [], -1]) - 1;
        data.places.push([]);
        data.nodes[parent][CHILDREN].push(number);
        parent = number;
      }
    }
    return root;
  });
  const formOf = new Map();
  formRoots.forEach((root, index) => {
    const walk = (number) => {
      formOf.set(number, index);
      data.nodes[number][CHILDREN].forEach(walk);
    };
    walk(root);
  });

  const parents = new Map();
  data.nodes.forEach((node, number) => node[CHILDREN].forEach((child) => parents.set(child, number)));
  const names = new Set();
  const steps = data.stories.map(() => []);
  data.nodes.forEach((node, number) => {
    for (const story of node[STORIES]) steps[story].push(number);
    if (["intent", "response", "action", "slot", "loop", "if"].includes(node[KIND])) {
      for (const part of node[NAME].split(" | ")) if (!part.startsWith("“")) names.add(part);
    }
  });
  const labelText = (node) =>
    node[KIND] === "end" ? say("end-name")
      : node[KIND] === "start" ? say("start-name")
        : node[KIND] === "if" && !node[NAME] ? say("no-form") : node[NAME];
  const said = (name) => (data.responses[name] ? data.responses[name][0].join("\n") : "");
  const lower = (text) => text.toLowerCase();
  const haystacks = data.stories.map(([name, file], story) =>
    lower([name, data.files[file], ...steps[story].map((number) => {
      const node = data.nodes[number];
      return `${node[NAME]}\n${node[DETAIL]}\n${said(node[NAME])}`;
    })].join("\n")));
  const rootsOf = { stories: data.roots, rules: data.rules, forms: formRoots };
  const ofView = { stories: [], rules: [], forms: [] };
  data.stories.forEach(([, , , isRule], story) => ofView[isRule ? "rules" : "stories"].push(story));

  // ---- what is shown ----

  const isNamed = (node, name) => node[NAME] === name || node[NAME].split(" | ").includes(name);
  const isFiltered = () => Boolean(state.query || state.file || state.around || state.odd);

  function matchingStories() {
    const query = lower(state.query);
    return new Set(ofView[state.view].filter((story) => {
      const [, file, , , problems] = data.stories[story];
      return (!state.file || data.files[file] === state.file)
        && (!state.odd || problems.length)
        && (!state.around || steps[story].some((number) => isNamed(data.nodes[number], state.around)))
        && (!query || haystacks[story].includes(query));
    }));
  }

  function matchingForms() {
    const query = lower(state.query);
    return new Set(data.forms.map((form, index) => [form, index]).filter(([form]) => {
      const all = [form.name, ...form.slots.flatMap(([slot, question]) => [slot, question, said(question)])];
      return (!query || lower(all.join("\n")).includes(query))
        && (!state.around || all.includes(state.around))
        && (!state.file || data.files[form.place[0]] === state.file)
        && !state.odd;
    }).map(([, index]) => index));
  }

  function layout() {
    const forms = state.view === "forms";
    const matching = forms ? matchingForms() : matchingStories();
    const isIn = (number) => forms
      ? matching.has(formOf.get(number))
      : data.nodes[number][STORIES].some((story) => matching.has(story));
    const roots = rootsOf[state.view].filter(isIn);
    const all = isFiltered() || roots.length > OPEN_ROWS ? matching.size : ofView[state.view].length;
    const opensAll = state.open.get("all") ?? all <= OPEN_ROWS;
    const placed = new Map();
    const edges = [];
    let row = 0;
    const put = (number, column) => {
      const node = data.nodes[number];
      const mine = { number, node, column, row, hidden: 0, children: [] };
      placed.set(number, mine);
      const children = node[CHILDREN].filter(isIn);
      const isOpen = children.length < 2
        ? state.open.get(number) !== false
        : state.open.get(number) ?? (opensAll && row < UNFOLDED_ROWS);
      if (children.length && !isOpen) {
        mine.hidden = new Set(children.flatMap((child) => data.nodes[child][STORIES])).size || children.length;
        return;
      }
      children.forEach((child, index) => {
        if (index) row += 1;
        edges.push([number, child]);
        mine.children.push(child);
        put(child, column + 1);
      });
    };
    for (const root of roots) {
      put(root, 0);
      row += 1;
    }
    return { placed, edges, rows: row, matching, roots };
  }

  const measuring = document.createElement("canvas").getContext("2d");
  measuring.font = '13px system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
  const widths = new Map();
  const width = (text) => {
    if (!widths.has(text)) widths.set(text, measuring.measureText(text).width);
    return widths.get(text);
  };
  function cut(text, room) {
    const line = text.replace(/\s+/g, " ");
    if (width(line) <= room) return line;
    let low = 0, high = line.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (width(`${line.slice(0, middle)}…`) <= room) low = middle;
      else high = middle - 1;
    }
    return `${line.slice(0, low)}…`;
  }

  const ICONS = { intent: "●", text: "●", slot: "▤", loop: "↻", end: "⤓", checkpoint: "⚑", if: "?", start: "▶", action: "⚙", response: "❝" };

  function shape(item) {
    const label = `${ICONS[item.node[KIND]] ?? ""} ${labelText(item.node)}`;
    const first = item.node[NAME].split(" | ")[0];
    const sample = item.node[KIND] === "intent" ? data.intents[first]?.[1][0]?.[0] : data.responses[first]?.[0][0];
    const detail = item.node[DETAIL] || (state.texts && sample ? sample : "");
    const widest = state.texts ? WITH_TEXT : WIDEST;
    item.text = cut(label, WIDEST - 24);
    const room = widest - 34 - width(item.text);
    item.detail = detail && room > 40 ? cut(`${item.node[KIND] === "slot" || item.node[KIND] === "if" ? "= " : ""}${detail}`, room) : "";
    item.width = 22 + width(item.text) + (item.detail ? width(item.detail) + 8 : 0);
  }

  let drawn = null;

  function draw() {
    const scene = document.getElementById("scene");
    if (["problems", "unused"].includes(state.view)) {
      scene.replaceChildren(state.view === "problems" ? problemList() : unusedList());
      shownCount("");
      return;
    }
    drawn = layout();
    const items = [...drawn.placed.values()];
    const columns = [];
    for (const item of items) {
      shape(item);
      columns[item.column] = Math.max(columns[item.column] ?? 0, item.width);
    }
    const starts = [];
    let x = LEFT;
    columns.forEach((wide, column) => {
      starts[column] = x;
      x += wide + GAP;
    });
    const full = [x + 90, drawn.rows * ROW + TOP * 2];
    const onPath = new Set();
    for (let at = state.selected; at !== undefined && at >= 0; at = parents.get(at)) onPath.add(at);
    const lines = svg("g");
    for (const [from, to] of drawn.edges) {
      const [a, b] = [drawn.placed.get(from), drawn.placed.get(to)];
      const [x1, y1] = [starts[a.column] + a.width, TOP + a.row * ROW + BOX / 2];
      const [x2, y2] = [starts[b.column], TOP + b.row * ROW + BOX / 2];
      const bend = starts[b.column] - GAP / 2;
      const d = y1 === y2 ? `M${x1} ${y1}H${x2}`
        : `M${x1} ${y1}H${bend - 6}Q${bend} ${y1} ${bend} ${y1 + 6}V${y2 - 6}Q${bend} ${y2} ${bend + 6} ${y2}H${x2}`;
      lines.append(svg("path", { class: onPath.has(to) && onPath.has(from) ? "edge on" : "edge", d }));
    }
    const boxes = svg("g", { role: "tree", "aria-label": say("graph") });
    for (const item of items) boxes.append(box(item, starts[item.column], TOP + item.row * ROW));
    const picture = svg("svg", {
      width: full[0] * state.zoom, height: full[1] * state.zoom, viewBox: `0 0 ${full[0]} ${full[1]}`,
    }, lines, boxes);
    const empty = rootsOf[state.view].length ? "nothing" : "empty";
    scene.replaceChildren(items.length ? picture : el("p", { class: "none" }, say(empty)));
    shownCount(state.view === "forms"
      ? say("shown", { n: count(drawn.matching.size), all: count(data.forms.length) })
      : say("shown", { n: count(drawn.matching.size), all: count(ofView[state.view].length) }));
  }

  function box(item, x, y) {
    const { node, number } = item;
    const hit = state.query && lower(`${node[NAME]}\n${node[DETAIL]}\n${said(node[NAME])}`).includes(lower(state.query));
    const wanted = state.around && isNamed(node, state.around);
    const parts = [
      hit || wanted ? svg("rect", { class: "halo", x: -4, y: -4, width: item.width + 8, height: BOX + 8, rx: 11 }) : null,
      svg("rect", { class: "box", width: item.width, height: BOX, rx: node[KIND] === "intent" || node[KIND] === "text" ? 14 : 7 }),
      svg("text", { x: 11, y: 18.5 }, item.text),
    ];
    if (item.detail) parts.push(svg("text", { class: "detail", x: 19 + width(item.text), y: 18.5 }, item.detail));
    const problems = node[PROBLEMS].map((one) => data.problems[one][0]);
    if (problems.length) {
      const worst = problems.includes("error") ? "mark error" : "mark";
      parts.push(svg("circle", { class: worst, cx: item.width - 2, cy: 1, r: 7 }));
      parts.push(svg("text", { class: "mark-text", x: item.width - 3.8, y: 4.6 }, "!"));
    }
    const title = [labelText(node), node[DETAIL], said(node[NAME])].filter(Boolean).join("\n");
    parts.push(svg("title", {}, title));
    const isFolded = item.hidden > 0;
    const made = svg("g", {
      class: `node ${node[KIND]}${node[GOES] >= 0 ? " goes" : ""}${hit || wanted ? " hit" : ""}${number === state.selected ? " selected" : ""}`,
      transform: `translate(${x} ${y})`, role: "treeitem", "data-number": number,
      tabindex: number === state.selected || (state.selected < 0 && item.row === 0 && item.column === 0) ? 0 : -1,
      "aria-label": `${say(node[KIND])} ${title}`, "aria-level": item.column + 1,
      "aria-selected": number === state.selected,
      ...(node[CHILDREN].length ? { "aria-expanded": !isFolded } : {}),
    }, ...parts);
    made.addEventListener("click", () => select(number, true));
    made.addEventListener("dblclick", () => fold(number, item));
    if (isFolded || node[GOES] >= 0 || item.children.length > 1) made.append(handle(item, isFolded));
    return made;
  }

  function handle(item, isFolded) {
    const goes = item.node[GOES] >= 0;
    const text = goes ? `↪ ${say("goes-on")}` : isFolded ? `+ ${count(item.hidden)}` : "−";
    const wide = goes ? width(text) + 14 : isFolded ? width(text) + 14 : 16;
    const made = svg("g", { class: "more", transform: `translate(${item.width + 5} ${isFolded || goes ? 3 : 6})` },
      svg("rect", { width: wide, height: isFolded || goes ? 22 : 16, rx: 8 }),
      svg("text", { x: isFolded || goes ? 7 : 4.5, y: isFolded || goes ? 15.5 : 12 }, text),
      svg("title", {}, goes ? say("show-there") : `${isFolded ? say("unfold") : say("fold")}`));
    made.addEventListener("click", (event) => {
      event.stopPropagation();
      if (goes) reveal(item.node[GOES]);
      else fold(item.number, item);
    });
    return made;
  }

  function fold(number, item) {
    if (!item.node[CHILDREN].length) return;
    state.open.set(number, item.hidden > 0);
    draw();
    focusNode(number);
  }

  // ---- moving about ----

  function focusNode(number) {
    const found = document.querySelector(`g.node[data-number="${number}"]`);
    if (!found) return;
    found.focus({ preventScroll: true });
    found.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function select(number, withPanel) {
    const before = document.querySelector("g.node.selected");
    state.selected = number;
    if (withPanel) state.panel = number;
    if (before || drawn) draw();
    showPanel();
    focusNode(number);
  }

  function reveal(number) {
    for (let at = parents.get(number); at !== undefined; at = parents.get(at)) state.open.set(at, true);
    const view = formOf.has(number) ? "forms" : data.stories[data.nodes[number][STORIES][0]]?.[3] ? "rules" : "stories";
    if (view !== state.view) state.view = view;
    Object.assign(state, { query: "", file: "", around: "", odd: false, selected: number, panel: number });
    frame();
    focusNode(number);
    document.querySelector(`g.node[data-number="${number}"]`)?.scrollIntoView({ block: "center", inline: "center" });
  }

  function keyed(event) {
    if (event.target.closest("input, select, textarea")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "/") {
      event.preventDefault();
      document.getElementById("search").focus();
      return;
    }
    if (event.key === "Escape" && state.panel !== null) {
      state.panel = null;
      showPanel();
      focusNode(state.selected);
      return;
    }
    const current = drawn?.placed.get(state.selected) ?? drawn?.placed.get(drawn.roots[0]);
    if (!current || !event.target.closest("g.node, .scene, body")) return;
    const next = nextNode(event.key, current);
    if (next === "fold") fold(current.number, current);
    else if (next === "show") select(current.number, true);
    else if (next !== null) select(next, false);
    else return;
    event.preventDefault();
  }

  function nextNode(key, current) {
    const onRow = (step) => {
      const items = [...drawn.placed.values()];
      const rows = items.filter((one) => (one.row - current.row) * step > 0);
      rows.sort((a, b) => Math.abs(a.row - current.row) - Math.abs(b.row - current.row)
        || Math.abs(a.column - current.column) - Math.abs(b.column - current.column));
      return rows[0]?.number ?? null;
    };
    switch (key) {
      case "ArrowRight": return current.hidden ? "fold" : current.children[0] ?? null;
      case "ArrowLeft": return parents.get(current.number) ?? null;
      case "ArrowDown": return onRow(1);
      case "ArrowUp": return onRow(-1);
      case "Home": return drawn.roots[0] ?? null;
      case "Enter": case " ": return "show";
      case "+": case "=": return current.hidden ? "fold" : null;
      case "-": return !current.hidden && current.children.length ? "fold" : null;
      default: return null;
    }
  }

  // ---- details ----

  function listOf(items, shown = LISTED) {
    const list = el("ul", {}, items.slice(0, shown));
    if (items.length > shown) list.append(el("li", { class: "soft" }, say("more", { n: count(items.length - shown) })));
    return list;
  }

  function problem(one) {
    const [severity, code, message, advice, file, line, related] = one;
    return el("li", {}, el("span", { class: `sev ${severity}` }, say(severity)), message,
      advice ? ` — ${advice}` : "", el("div", {}, place([file, line]), ...related.map((other) => [" · ", place(other)]).flat()),
      el("code", {}, code));
  }

  function details(number) {
    const node = data.nodes[number];
    const parts = [];
    for (const name of node[NAME].split(" | ")) parts.push(...about(node, name));
    if (formOf.has(number)) parts.push(...aboutForm(data.forms[formOf.get(number)]));
    const problems = node[PROBLEMS].map((one) => data.problems[one]);
    if (problems.length) parts.unshift(el("h3", {}, say("problems")), listOf(problems.map(problem)));
    if (node[STORIES].length) {
      const lines = new Map();
      for (const [file, line] of data.places[number]) lines.set(file, [...(lines.get(file) ?? []), line]);
      parts.push(el("h3", {}, say("stands-in")), listOf(node[STORIES].map((story) => {
        const [name, file, line, isRule, , waits] = data.stories[story];
        const own = (lines.get(file) ?? []).find((one) => one >= line) ?? line;
        return el("li", {}, el("span", { class: "tag" }, `${say(isRule ? "rule" : "story")} `), name || "—",
          waits ? null : el("div", { class: "soft" }, say("waits-not")), el("div", {}, place([file, own])));
      })));
    }
    return parts;
  }

  function about(node, name) {
    const parts = [];
    if (node[KIND] === "intent") {
      const [number, examples] = data.intents[name] ?? [0, []];
      parts.push(el("h3", {}, `${name}: ${number ? say("examples-count", { n: count(number) }) : say("no-examples")}`));
      parts.push(el("ul", {}, examples.map(([text, file, line]) => el("li", {}, text, " ", place([file, line])))));
    }
    const response = data.responses[name];
    if (response) {
      const [texts, file, line] = response;
      parts.push(el("h3", {}, say("says")), ...texts.map((text) => el("div", { class: "said" }, text)), place([file, line]));
    }
    if (node[KIND] === "loop" && node[STORIES].length) {
      const form = data.forms.find((one) => one.name === name);
      if (form) parts.push(...aboutForm(form));
    }
    return parts;
  }

  function aboutForm(form) {
    const rows = form.slots.map(([slot, question, mappings]) => el("li", {}, el("b", {}, slot),
      el("div", { class: "tag" }, question ? `${say("question")} ${question}` : say("no-question")),
      question && said(question) ? el("div", { class: "said" }, said(question)) : null,
      ...mappings.map((text) => el("div", {}, el("code", {}, text)))));
    return [
      el("h3", {}, `${form.name} ${rows.length ? say("required") : say("no-required")}`), el("ul", {}, rows),
      form.ignored.length ? el("p", {}, `${say("ignored")} ${form.ignored.join(", ")}`) : null, place(form.place),
    ].filter(Boolean);
  }

  function showPanel() {
    document.querySelector(".panel")?.remove();
    if (state.panel === null) return;
    const node = data.nodes[state.panel];
    const name = node[NAME].split(" | ")[0];
    page.append(el("aside", { class: "panel", "aria-label": say("details") },
      el("div", { class: "top" }, el("h2", {}, labelText(node)),
        el("button", { class: "plain", "aria-label": say("close"), onclick: () => {
          state.panel = null;
          showPanel();
        } }, "✕")),
      el("div", { class: "tag" }, say(node[KIND]), node[DETAIL] ? ` · ${node[DETAIL]}` : ""),
      el("div", { class: "row" },
        names.has(name) ? el("button", { class: "plain", onclick: () => {
          state.around = name;
          frame();
        } }, say("only-around")) : null,
        node[GOES] >= 0 ? el("button", { class: "plain", onclick: () => reveal(node[GOES]) }, say("show-there")) : null),
      details(state.panel)));
  }

  // ---- lists ----

  function problemList() {
    if (!data.problems.length) return el("p", { class: "none" }, say("no-problems"));
    return el("div", { class: "lists" }, el("h2", {}, say("problems")), el("ul", {}, data.problems.map((one, number) => {
      const made = problem(one);
      const at = data.nodes.findIndex((node) => node[PROBLEMS].includes(number));
      if (at >= 0) made.append(" ", el("button", { class: "link", onclick: () => reveal(at) }, say("graph")));
      return made;
    })));
  }

  function unusedList() {
    if (!data.unused.length) return el("p", { class: "none" }, say("no-unused"));
    const groups = ["intent", "examples", "response", "slot"].map((kind) => [kind, data.unused.filter((one) => one[0] === kind)]);
    return el("div", { class: "lists" }, groups.filter(([, own]) => own.length).map(([kind, own]) => [
      el("h2", {}, `${say(`unused-${kind}`)} · ${count(own.length)}`),
      el("ul", {}, own.map(([, message, file, line]) => el("li", {}, message, " ", place([file, line])))),
    ]).flat());
  }

  // ---- the frame ----

  function shownCount(text) {
    document.getElementById("shown").textContent = text;
  }

  function tab(view, number, isBad) {
    return el("button", { role: "tab", "aria-selected": String(state.view === view), onclick: () => {
      Object.assign(state, { view, selected: -1, panel: null });
      frame();
    } }, say(view), el("b", { class: isBad && number ? "bad" : "" }, count(number)));
  }

  function control(attributes, key, type) {
    return el("input", { ...attributes, type, value: state[key], oninput: (event) => {
      state[key] = event.target.value;
      state.selected = -1;
      draw();
    } });
  }

  function frame() {
    document.documentElement.lang = state.language;
    document.title = say("title");
    const isGraph = !["problems", "unused"].includes(state.view);
    const file = el("select", { class: "filter", "aria-label": say("file"), onchange: (event) => {
      state.file = event.target.value;
      draw();
    } }, el("option", { value: "" }, say("all-files")), [...new Set(data.stories.map((one) => data.files[one[1]]))].sort().map((name) =>
      el("option", { value: name, selected: name === state.file }, name)));
    const language = el("select", { "aria-label": say("language"), onchange: (event) => {
      state.language = event.target.value;
      frame();
    } }, [["zh", "中文"], ["en", "English"]].map(([code, name]) =>
      el("option", { value: code, selected: code === state.language }, name)));
    const zoom = (by) => () => {
      state.zoom = Math.min(2, Math.max(0.3, state.zoom * by));
      draw();
    };
    const all = (open) => () => {
      state.open.clear();
      state.open.set("all", open);
      if (!open) for (const root of rootsOf[state.view]) state.open.set(root, false);
      draw();
    };
    const odd = el("input", { type: "checkbox", onchange: (event) => {
      state.odd = event.target.checked;
      draw();
    } });
    odd.checked = state.odd;
    const texts = el("input", { type: "checkbox", onchange: (event) => {
      state.texts = event.target.checked;
      draw();
    } });
    texts.checked = state.texts;
    const problems = data.problems.some(([severity]) => severity !== "note");
    page.replaceChildren(
      el("header", {}, el("h1", {}, say("title")), el("div", { role: "tablist" },
        tab("stories", ofView.stories.length), tab("rules", ofView.rules.length), tab("forms", data.forms.length),
        tab("problems", data.problems.length, problems), tab("unused", data.unused.length)), language),
      el("div", { class: `controls${state.filters ? " open" : ""}` },
        ...(isGraph ? [
          control({ id: "search", placeholder: say("search"), "aria-label": say("search") }, "query", "search"),
          el("button", { class: "plain narrow", "aria-expanded": String(state.filters), onclick: (event) => {
            state.filters = !state.filters;
            event.target.setAttribute("aria-expanded", String(state.filters));
            event.target.parentElement.classList.toggle("open", state.filters);
          } }, say("filters")),
          el("label", { class: "filter wide" }, say("around"), control({ list: "names", placeholder: say("around-help"), "aria-label": say("around") }, "around", "text")),
          el("datalist", { id: "names" }, [...names].sort().map((name) => el("option", { value: name }))),
          file, el("label", { class: "filter" }, odd, say("only-problems")),
          el("label", { class: "filter" }, texts, say("texts")),
          isFiltered() ? el("button", { class: "plain", onclick: () => {
            Object.assign(state, { query: "", file: "", around: "", odd: false });
            frame();
          } }, say("clear")) : null,
          el("button", { class: "plain filter", onclick: all(true) }, say("expand")),
          el("button", { class: "plain filter", onclick: all(false) }, say("collapse")),
          el("button", { class: "plain filter", "aria-label": say("zoom-out"), title: say("zoom-out"), onclick: zoom(1 / 1.2) }, "−"),
          el("button", { class: "plain filter", "aria-label": say("zoom-in"), title: say("zoom-in"), onclick: zoom(1.2) }, "+"),
        ] : []),
        el("span", { class: "soft push", id: "shown", role: "status" }),
        isGraph ? el("span", { class: "tag" }, data.maxHistory ? say("folded", { n: data.maxHistory }) : say("keys")) : null),
      el("div", { class: "scene", id: "scene", tabindex: isGraph ? -1 : 0 }));
    draw();
    showPanel();
  }

  document.addEventListener("keydown", keyed);
  frame();
  performance.mark("interactive");
})();
