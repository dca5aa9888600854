(() => {
  let search = "";
  const named = (value) => value || say("none");
  const listed = (entities) => entities.length ? entities.join(", ") : say("no-entity");

  function step(one) {
    const wanted = [], done = [];
    if (one.kind === "user") {
      if (one.text) wanted.push(el("div", { class: "text" }, "“", one.text, "”"));
      const differs = one.entities.join("\n") !== one.found.join("\n");
      const [intent, taken] = [named(one.expected), named(one.predicted)];
      wanted.push(el("div", {}, one.right || intent === taken ? intent : el("del", {}, intent)));
      const sure = one.confidence === null ? "" : ` ${percent(one.confidence, 0)}`;
      const next = one.rival && one.rival[1] >= 0.005 ? ` · ${say("next")} ${one.rival[0]} ${percent(one.rival[1], 0)}` : "";
      if (intent !== taken) done.push(el("div", {}, el("ins", {}, taken), el("span", { class: "soft" }, sure + next)));
      if (differs && !one.right) {
        wanted.push(el("div", {}, el("del", {}, listed(one.entities))));
        done.push(el("div", {}, el("ins", {}, listed(one.found))));
      }
    } else {
      const name = one.kind === "slot" ? `${one.expected} = ${one.value || "null"}` : named(one.expected);
      wanted.push(el("code", {}, one.right ? name : el("del", {}, name)));
      if (!one.right) done.push(el("code", {}, el("ins", {}, named(one.predicted))), one.lines.map((line) => el("div", { class: "soft" }, line)));
    }
    const by = one.by ? `${one.by} ${percent(one.confidence ?? 0, 0)}` : "";
    return el("tr", { class: one.right ? "" : "off" },
      el("td", {}, one.right ? "✓" : "✗"), el("td", {}, el("span", { class: "soft" }, say(`kind-${one.kind}`))),
      el("td", {}, wanted), el("td", {}, done), el("td", { class: "soft" }, by));
  }

  function placeOf(one) {
    const first = one.steps.findIndex((s) => !s.right);
    const line = one.steps.slice(0, first + 1).reduce((last, s) => s.line || last, 0);
    return line ? `${one.file}:${line}` : one.file;
  }

  function story(one, open) {
    const wrong = one.steps.filter((s) => !s.right).length;
    return el("details", { open },
      el("summary", {}, el("b", {}, one.name), " ", el("span", { class: "tag worse" }, say("wrong-steps", { n: wrong })), " ",
        one.file ? el("code", { class: "soft" }, placeOf(one)) : null),
      el("div", { class: "scroll" }, el("table", { class: "diff" },
        el("thead", {}, el("tr", {}, ["", "", "story-says", "model-did", "by"].map((key) => el("th", { class: "left soft" }, key ? say(key) : "")))),
        el("tbody", {}, one.steps.map(step)))));
  }

  function failedCard() {
    const list = el("div", {});
    const find = el("input", { type: "search", placeholder: say("find"), "aria-label": say("find"), value: search,
      oninput: (event) => { search = event.target.value; fill(); } });
    function fill() {
      const words = search.trim().toLowerCase();
      const found = data.failed.filter((one) => JSON.stringify(one).toLowerCase().includes(words));
      list.replaceChildren(...(found.length ? found.map((one, n) => story(one, n < 5 || Boolean(words)))
        : [el("div", { class: "empty" }, say(data.failed.length ? "nothing" : "all-passed"))]));
    }
    fill();
    return el("div", { class: "card" }, el("h3", {}, say("failed")), el("p", { class: "soft" }, say("failed-help")),
      data.failed.length ? el("div", { class: "controls" }, find) : null, list);
  }

  function confusionsCard(kind) {
    const rows = data.confusions[kind].map(([expected, predicted, n]) => el("tr", {},
      el("td", { class: "left" }, named(expected)), el("td", { class: "left" }, named(predicted)),
      el("td", {}, el("button", { class: "link", onclick: () => { search = `"expected":"${expected}","predicted":"${predicted}"`; draw(); } }, count(n)))));
    return el("div", { class: "card" }, el("h3", {}, say(`confused-${kind}`)),
      rows.length ? el("div", { class: "scroll" }, el("table", { class: "list" },
        el("thead", {}, el("tr", {}, ["story-says", "model-did", "times"].map((key, n) => el("th", { class: n < 2 ? "left" : "" }, say(key))))),
        el("tbody", {}, rows))) : el("p", { class: "soft" }, say("none-confused")));
  }

  function draw() {
    beginPage(say("title"));
    page.replaceChildren(
      el("header", {},
        el("div", {}, el("h1", {}, say("title")), el("div", { class: "soft" }, say(data.about.end_to_end ? "about-e2e" : "about-core", data.about)),
          data.about.warned ? el("div", { class: "note" }, say("warned", { n: data.about.warned })) : null),
        languageChoice(draw)),
      el("section", {}, el("p"),
        el("div", { class: "figures" },
          data.shares.map(([name, right, all]) => figure(percent(right / all), `${say(`share-${name}`)} ${count(right)} / ${count(all)}`, right < all ? "bad" : "good"))),
        failedCard(), el("div", { class: "two" }, confusionsCard("action"), confusionsCard("user")), el("p")));
  }
  draw();
})();
