(() => {
  const VERDICTS = ["same", "better", "worse", "handed_over", "answers_now", "different"];
  const SOURCES = ["trainers", "agents", "customers", "change"];
  const SHOWN = 60;
  let wanted = "", search = "", strong = false, shown = SHOWN;

  const named = (value) => value || say("none");
  const change = (key, [from, to]) => from === to
    ? el("div", { class: "change" }, el("small", {}, say(key)), named(from))
    : el("div", { class: "change" }, el("small", {}, say(key)), el("del", {}, named(from)), " → ", el("ins", {}, named(to)));

  function reason(why, strength) {
    const tag = strength ? el("span", { class: `tag ${strength}` }, say(strength)) : null;
    return [tag, tag ? " " : null, say(`why-${why}`)];
  }

  function answer(title, kind, one) {
    const parts = [`${named(one.intent)} ${percent(one.confidence, 0)}`, say(`mode-${one.mode}`)];
    if (one.reason) parts.push(say(`reason-${one.reason}`).replace(/^reason-/, ""));
    return el("div", { class: kind },
      el("h4", {}, title), el("div", {}, parts.join(" · ")),
      one.actions.length ? el("code", {}, one.actions.join(" + ")) : null,
      one.policy ? el("div", { class: "soft" }, one.policy) : null,
      one.entities.length ? el("div", { class: "soft" }, one.entities.map(([name, value]) => `${name}=${value}`).join(", ")) : null,
      one.ranking.length > 1 ? el("div", { class: "soft" }, one.ranking.map(([name, sure]) => `${name} ${percent(sure, 0)}`).join(" · ")) : null,
      one.texts.map((text) => el("div", { class: "text" }, text)),
      one.error ? el("div", { class: "text" }, one.error) : null,
      one.unknown.length ? el("div", { class: "soft" }, say("would-run", { actions: one.unknown.join(", ") })) : null);
  }

  function bubble(who, text, more = "") {
    return el("div", { class: `${who} ${more}` }, el("small", {}, say(who)), text);
  }

  function example(one) {
    return el("li", {},
      el("div", { class: "soft" }, `${when(one.at)} · ${one.channel || "–"} · `, el("code", {}, `${one.conversation}#${one.seq}`)),
      el("div", { class: "talk" },
        one.before.map(([who, text]) => bubble(who, text, "old")),
        bubble("customer", one.text, "asked"),
        one.after.map(([who, text]) => bubble(who, text, "old"))),
      el("div", { class: "answers" }, answer(say(data.about.against ? "was-against" : "was"), "was", one.recorded), answer(say("now"), "now", one.new)),
      el("div", {}, reason(one.why, one.strength)),
      one.signs.length ? el("div", { class: "soft" }, say("signs"), " ", one.signs.map((sign) => say(`sign-${sign}`)).join("; ")) : null,
      one.correction ? el("div", { class: "text" }, say("correction"), " ", el("mark", {}, one.correction)) : null,
      one.right ? el("div", {}, say("right"), " ", el("mark", {}, one.right)) : null,
      one.decided.length ? el("div", { class: "soft" }, say("decided"), " ", one.decided.map((place) => [el("code", {}, place), " "])) : null);
  }

  function open(cluster) {
    const intents = [...new Set(cluster.intent.map(named))].join(" → ");
    const title = `${say(cluster.verdict)} · ${intents}`;
    openDrawer(title, say("examples-of", { n: count(cluster.examples.length), all: count(cluster.count) }), cluster.examples.map(example));
  }

  function clusterItem(cluster) {
    const unknown = cluster.unknown.map(([name, n]) => `${name} ${n}`).join(", ");
    return el("div", { class: "cluster" }, el("b", {}, count(cluster.count)),
      el("div", {},
        el("span", { class: `tag ${cluster.verdict}` }, say(cluster.verdict)), " ",
        el("button", { class: "link", onclick: () => open(cluster) }, say("show")),
        change("understood", cluster.intent), change("did", cluster.done),
        cluster.why.map(([why, strength, n]) => el("div", { class: "soft" }, `${count(n)} × `, reason(why, strength))),
        unknown ? el("div", { class: "soft" }, say("would-run", { actions: unknown })) : null,
        cluster.examples.length ? el("div", { class: "text" }, "“", cluster.examples[0].text, "”") : null));
  }

  function clustersCard() {
    const list = el("div", {});
    const filters = el("div", { class: "filters", role: "group", "aria-label": say("verdict") });
    const find = el("input", { type: "search", placeholder: say("find"), "aria-label": say("find"), value: search,
      oninput: (event) => { search = event.target.value; shown = SHOWN; fill(); } });
    const only = el("input", { type: "checkbox", checked: strong, onchange: (event) => { strong = event.target.checked; fill(); } });
    const matches = (one) => {
      const words = [...one.intent, ...one.done, ...one.examples.map((e) => e.text)].join("\n").toLowerCase();
      return (!wanted || one.verdict === wanted) && (!search.trim() || words.includes(search.trim().toLowerCase()))
        && (!strong || one.why.some(([, strength]) => strength === "proven"));
    };
    function fill() {
      const found = data.clusters.filter(matches);
      const more = found.length - shown;
      filters.replaceChildren(...["", ...VERDICTS.slice(1)].map((verdict) => el("button", {
        "aria-pressed": String(wanted === verdict),
        onclick: () => { wanted = verdict; shown = SHOWN; fill(); },
      }, verdict ? `${say(verdict)} ${count(data.numbers.verdicts[verdict] ?? 0)}` : say("all"))));
      list.replaceChildren(...(found.length ? found.slice(0, shown).map(clusterItem) : [el("div", { class: "empty" }, say("nothing"))]),
        ...(more > 0 ? [el("button", { class: "plain", onclick: () => { shown += SHOWN; fill(); } }, say("more", { n: count(more) }))] : []));
    }
    fill();
    return el("div", { class: "card" }, el("h3", {}, say("differences")), el("p", { class: "soft" }, say("differences-help")),
      filters, el("div", { class: "controls" }, find, el("label", {}, only, say("only-proven"))), list,
      data.left_out ? el("p", { class: "soft" }, say("left-out", { n: count(data.left_out) })) : null);
  }

  function numbersCard() {
    const { verdicts, messages, proven, likely } = data.numbers;
    const total = messages || 1;
    const stack = el("div", { class: "stack", role: "img", "aria-label": say("shares") }, VERDICTS.filter((v) => verdicts[v]).map((verdict) => {
      const part = el("i", { class: verdict, title: `${say(verdict)} ${count(verdicts[verdict])}` });
      part.style.flexGrow = String(verdicts[verdict]);
      return part;
    }));
    const row = (verdict) => el("tr", {},
      el("td", { class: "left" }, el("span", { class: `tag ${verdict}` }, say(verdict))),
      el("td", {}, count(verdicts[verdict] ?? 0)), el("td", {}, percent((verdicts[verdict] ?? 0) / total)),
      el("td", {}, proven[verdict] ? count(proven[verdict]) : ""), el("td", {}, likely[verdict] ? count(likely[verdict]) : ""),
      el("td", { class: "left soft" }, say(`${verdict}-help`)));
    return el("div", { class: "card" }, el("h3", {}, say("verdicts")), stack,
      el("div", { class: "scroll" }, el("table", { class: "list" },
        el("thead", {}, el("tr", {}, ["verdict", "messages", "share", "proven", "likely"].map((key, n) => el("th", { class: n ? "" : "left" }, say(key))), el("th", {}))),
        el("tbody", {}, VERDICTS.map(row)))),
      el("p", { class: "soft" }, say("proven-help")));
  }

  function sourcesCard() {
    const { sources, intent_known: known } = data.numbers;
    const rows = SOURCES.filter((name) => sources[name]).map((name) => el("tr", {},
      el("td", { class: "left" }, say(`source-${name}`)),
      ["better", "worse"].map((verdict) => el("td", {}, sources[name][verdict] ? count(sources[name][verdict]) : ""))));
    return el("div", { class: "card" }, el("h3", {}, say("sources")), el("p", { class: "soft" }, say("sources-help")),
      rows.length ? el("table", { class: "list" },
        el("thead", {}, el("tr", {}, el("th", {}), ["better", "worse"].map((verdict) => el("th", {}, say(verdict))))),
        el("tbody", {}, rows)) : el("p", { class: "soft" }, say("nothing")),
      known.all ? el("p", {}, say("intent-known", { all: count(known.all), then: count(known.then), now: count(known.now) })) : null);
  }

  function bandsCard() {
    const { answer: high, review: low } = data.about.thresholds;
    const names = [`< ${low}`, `${low} – ${high}`, `≥ ${high}`];
    const cell = (from, to) => {
      const n = data.bands[from][to];
      return el("td", { class: !n || from === to ? "" : to > from ? "up" : "down" }, n ? count(n) : "");
    };
    return el("div", { class: "card" }, el("h3", {}, say("bands")), el("p", { class: "soft" }, say("bands-help")),
      el("table", { class: "grid" },
        el("thead", {}, el("tr", {}, el("th", {}, say("before-after")), names.map((name) => el("th", {}, name)))),
        el("tbody", {}, names.map((name, from) => el("tr", {}, el("th", {}, name), names.map((_, to) => cell(from, to)))))));
  }

  function modesCard() {
    const rows = data.modes.map(([from, to, n]) => el("tr", {},
      el("td", { class: "left" }, say(`mode-${from}`)), el("td", { class: "left" }, say(`mode-${to}`)), el("td", {}, count(n))));
    return el("div", { class: "card" }, el("h3", {}, say("modes")), el("p", { class: "soft" }, say("modes-help")),
      el("table", { class: "list" },
        el("thead", {}, el("tr", {}, el("th", { class: "left" }, say("was")), el("th", { class: "left" }, say("now")), el("th", {}, say("messages")))),
        el("tbody", {}, rows)));
  }

  function passedCard() {
    const rows = Object.entries(data.numbers.passed_over).map(([why, n]) =>
      el("tr", {}, el("td", { class: "left" }, say(`passed-${why}`)), el("td", {}, count(n))));
    const unknown = Object.entries(data.numbers.outcome_unknown).map(([name, n]) =>
      el("tr", {}, el("td", { class: "left" }, el("code", {}, name)), el("td", {}, count(n))));
    if (data.numbers.unreadable_entries) rows.push(el("tr", {}, el("td", { class: "left" }, say("unreadable")), el("td", {}, count(data.numbers.unreadable_entries))));
    return [
      el("div", { class: "card" }, el("h3", {}, say("passed")), rows.length ? el("table", { class: "list" }, el("tbody", {}, rows)) : el("p", { class: "soft" }, say("nothing"))),
      el("div", { class: "card" }, el("h3", {}, say("unknown")), el("p", { class: "soft" }, say("unknown-help")),
        unknown.length ? el("table", { class: "list" }, el("tbody", {}, unknown)) : el("p", { class: "soft" }, say("nothing"))),
    ];
  }

  function draw() {
    beginPage(say("title"));
    const { about, numbers } = data;
    const verdicts = numbers.verdicts;
    const span = about.first_at === null ? "" : `${when(about.first_at)} – ${when(about.last_at)}`;
    const known = (numbers.same_answer["still-bad"] ?? 0);
    page.replaceChildren(
      el("header", {},
        el("div", {}, el("h1", {}, say("title")),
          el("div", { class: "soft" }, say(about.against ? "about-against" : "about", { ...about, messages: count(numbers.messages), conversations: count(numbers.conversations) }), " ", span),
          about.filters ? el("div", { class: "soft" }, say("filters", { filters: about.filters })) : null,
          about.redacted ? el("div", { class: "note" }, say("redacted")) : null),
        languageChoice(draw)),
      el("section", {}, el("p"),
        el("div", { class: "figures" },
          figure(percent((verdicts.same ?? 0) / (numbers.messages || 1)), say("same")),
          figure(count(verdicts.better ?? 0), say("better"), "good"), figure(count(verdicts.worse ?? 0), say("worse"), "bad"),
          figure(count(verdicts.handed_over ?? 0), say("handed_over")), figure(count(verdicts.answers_now ?? 0), say("answers_now")),
          figure(count(verdicts.different ?? 0), say("different")), figure(count(known), say("still-bad")),
          figure(count(numbers.understood_otherwise), say("understood-otherwise"))),
        numbersCard(), clustersCard(),
        el("div", { class: "two" }, sourcesCard(), bandsCard(), modesCard(), passedCard()), el("p")));
  }
  draw();
})();
