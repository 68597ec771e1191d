// The main view of the wizard: draws the view value that the kernel computes, and sends what a person does.
// One drawing per kind of block, no code per screen. What is typed into a secret field leaves in one message and is
// emptied as it is sent; nothing here stores, logs or echoes it.

const RING = "M14.25 8a6.25 6.25 0 1 1-12.5 0 6.25 6.25 0 0 1 12.5 0Z";
const ICONS = {
  satisfied: RING + "m-9 .25 1.9 1.9 3.6-4.05",
  otherwise: "M14.2 7.4A6.25 6.25 0 1 1 9.6 1.95M5.25 7.9l2 2 6-6.2",
  missing: RING + "M8 4.6v4M8 11.1v.1",
  blocked: RING + "M3.6 12.4l8.8-8.8",
  unknown: RING + "M6.2 6.4a1.85 1.85 0 1 1 2.6 1.7c-.6.25-.8.55-.8 1.1M8 11.3v.1",
  optional: RING,
  "not-applicable": RING + "M5.4 8h5.2",
  pending: RING,
  working: "M8 1.75A6.25 6.25 0 1 1 1.75 8",
  waiting: RING + "M8 4.4V8l2.3 1.6",
  failed: RING + "M6 6l4 4M10 6l-4 4",
  drifted: RING + "M4.9 8c1-1.6 2-1.6 3.1 0s2.1 1.6 3.1 0",
  skipped: RING + "M5.4 5.7 7.7 8l-2.3 2.3M9.9 5.7v4.6",
  undone: "M5 3 2.25 5.75 5 8.5M2.5 5.75h7a4 4 0 0 1 0 8H6",
  back: "M9.75 3.5 5.25 8l4.5 4.5",
  check: "m3.5 8.5 3 3 6-7",
  copy: "M5.25 5.25h8v8h-8ZM10.75 5.25v-2.5h-8v8h2.5",
  download: "M8 2.5v7.25M4.75 6.75 8 10l3.25-3.25M2.75 13.25h10.5",
  open: "M9.5 2.75h3.75V6.5M13 3 7.5 8.5M11.5 9.5v3.75h-8.75V4.5H6.5",
};
const WRITING = new Set(["Apply", "Resume", "Undo", "Prove"]);
const PRIVATE = new Set(["private", "secret", "secret-multiline"]);
const PING_MS = 5000;
const LOST_MS = 16000;
const TYPING_MS = 250;
const COPIED_MS = 2000;

// --- A small virtual DOM: a redraw touches what changed, so focus, carets and open folds stay --------------------

const flat = (kids) => kids.flat(9).filter((kid) => kid != null && kid !== false && kid !== "");

function h(tag, props, ...kids) {
  const given = props || {};
  return { tag, props: given, key: given.key, kids: flat(kids).map((kid) => (kid.tag ? kid : { tag: "", text: kid })) };
}

function mount(next, svg) {
  if (!next.tag) return (next.node = document.createTextNode(next.text));
  const inSvg = svg || next.tag === "svg";
  next.node = inSvg ? document.createElementNS("http://www.w3.org/2000/svg", next.tag) : document.createElement(next.tag);
  setProps(next.node, {}, next.props);
  for (const kid of next.kids) next.node.append(mount(kid, inSvg));
  settle(next.node, {}, next.props);
  return next.node;
}

function patch(old, next) {
  next.node = old.node;
  if (!next.tag) {
    if (old.text !== next.text) next.node.data = next.text;
    return next.node;
  }
  setProps(next.node, old.props, next.props);
  patchKids(next.node, old.kids, next.kids, next.tag === "svg");
  settle(next.node, old.props, next.props);
  return next.node;
}

function patchKids(parent, was, now, svg) {
  const keyOf = (kid, at) => `${kid.tag}|${kid.key ?? at}`;
  const pool = new Map(was.map((kid, at) => [keyOf(kid, at), kid]));
  let place = parent.firstChild;
  now.forEach((kid, at) => {
    const key = keyOf(kid, at);
    const old = pool.get(key);
    pool.delete(key);
    const node = old ? patch(old, kid) : mount(kid, svg);
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
  });
  for (const gone of pool.values()) gone.node.remove();
}

const LATER = new Set(["key", "value", "checked", "open"]);

function setProps(node, was, now) {
  for (const name of Object.keys(was)) if (!(name in now) && !LATER.has(name)) setProp(node, name, null);
  for (const [name, value] of Object.entries(now)) if (!LATER.has(name) && was[name] !== value) setProp(node, name, value);
}

function setProp(node, name, value) {
  if (name.startsWith("on")) node[name] = value;
  else if (value == null || value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : value);
}

// What a person changes too: it is set when the kernel says something new, and not when it repeats what was sent.
function settle(node, was, now) {
  if ("checked" in now && node.checked !== now.checked) node.checked = now.checked;
  if ("open" in now && was.open !== now.open) node.open = now.open;
  if ("value" in now && was.value !== now.value && node.value !== now.value && !node.said?.includes(now.value)) {
    node.value = now.value;
  }
}

// --- Words ------------------------------------------------------------------------------------------------------

const icon = (name, tone, extra = "") =>
  ICONS[name] &&
  h(
    "svg",
    { viewBox: "0 0 16 16", "aria-hidden": "true", class: `smw-icon i-${name} tone-${tone || "none"} ${extra}` },
    h("path", { d: ICONS[name] }),
  );

// `backticks` mark what is code.
const rich = (text) =>
  String(text || "")
    .split("`")
    .map((part, at) => (at % 2 ? h("code", {}, part) : part));

const says = (words) => h("span", { class: "smw-sr" }, words);

// A long name cut in the middle; all of it is in the document and in the title.
function cut(text) {
  if (text.length < 28) return h("span", {}, text);
  return h("span", { class: "smw-cut", title: text }, h("span", {}, text.slice(0, -16)), h("span", {}, text.slice(-16)));
}

// --- One view of one model ----------------------------------------------------------------------------------------

let views = 0;

class Wizard {
  constructor(model, root) {
    this.model = model;
    this.root = root;
    this.uid = `smw${++views}-${Math.random().toString(36).slice(2, 7)}`;
    this.tree = { tag: "div", props: {}, kids: [], node: root };
    this.ui = { copied: "", lost: false, words: "" };
    this.typing = new Map();
    this.acted = false;
    this.pinged = 0;
    this.view = {};
  }

  start() {
    this.root.classList.add("smw");
    this.root.setAttribute("data-lm-suppress-shortcuts", "true");
    this.root.onkeydown = (event) => this.key(event);
    this.onView = () => this.draw();
    this.onMessage = (message) => message?.kind === "pong" && this.ponged();
    this.onLeave = (event) => WRITING.has(this.view.busy) && event.preventDefault();
    this.model.on("change:view", this.onView);
    this.model.on("msg:custom", this.onMessage);
    window.addEventListener("beforeunload", this.onLeave);
    this.draw();
    this.send({ kind: "ready" });
    this.timer = setInterval(() => this.ping(), PING_MS);
    return () => this.stop();
  }

  stop() {
    clearInterval(this.timer);
    clearTimeout(this.copyTimer);
    for (const timer of this.typing.values()) clearTimeout(timer.timer);
    this.model.off("change:view", this.onView);
    this.model.off("msg:custom", this.onMessage);
    window.removeEventListener("beforeunload", this.onLeave);
    this.root.onkeydown = null;
    this.root.replaceChildren();
    this.root.classList.remove("smw");
  }

  id(name) {
    return `${this.uid}-${String(name).replace(/[^\w-]/g, "_")}`;
  }

  // Speaking with the kernel

  send(message) {
    try {
      this.model.send(message);
    } catch {
      this.lose(true);
    }
  }

  event(name, value = null) {
    this.acted = true;
    this.send({ kind: "event", name, value });
  }

  ping() {
    if (document.visibilityState === "hidden") return;
    if (this.pinged && Date.now() - this.pinged > LOST_MS) this.lose(true);
    this.pinged ||= Date.now();
    this.send({ kind: "ping" });
  }

  ponged() {
    this.pinged = 0;
    this.lose(false);
  }

  lose(lost) {
    if (this.ui.lost === lost) return;
    this.ui.lost = lost;
    this.draw();
  }

  press(action) {
    if (action.unavailable) {
      this.tell(action.unavailable);
      return;
    }
    for (const name of [...this.typing.keys()]) this.flush(name);
    if (!action.secrets?.length) {
      this.event(action.id);
      return;
    }
    const fields = {};
    for (const name of action.secrets) {
      const field = this.root.querySelector(`[data-secret="${name}"]`);
      if (!field) continue;
      if (field.value) fields[name] = field.value;
      field.value = "";
    }
    this.acted = true;
    this.send({ kind: "secret", name: action.id, fields });
  }

  typed(name, node) {
    clearTimeout(this.typing.get(name)?.timer);
    this.typing.set(name, { node, timer: setTimeout(() => this.flush(name), TYPING_MS) });
  }

  flush(name) {
    const waiting = this.typing.get(name);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    this.typing.delete(name);
    const { node } = waiting;
    node.said = [...(node.said || []).slice(-20), node.value];
    this.event(name, node.value);
  }

  key(event) {
    const single = event.target.matches?.("input:not([type=checkbox]):not([type=radio])");
    const actions = this.view.actions || [];
    if (event.key === "Enter" && single && !event.isComposing) {
      const primary = actions.find((action) => action.look === "primary" && !action.url);
      if (primary) this.press(primary);
      event.preventDefault();
    } else if (event.key === "Escape") {
      const stop = actions.find((action) => action.id === "stop" && action.look !== "primary");
      if (stop) this.press(stop);
    }
  }

  tell(words) {
    this.ui.words = words;
    this.draw();
  }

  async copy(key, text) {
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      done = this.copyBySelection(text);
    }
    this.ui.copied = done ? key : "";
    this.tell(done ? "Copied." : "Copying is not allowed here: select the text.");
    clearTimeout(this.copyTimer);
    this.copyTimer = setTimeout(() => {
      this.ui.copied = "";
      this.tell("");
    }, COPIED_MS);
  }

  copyBySelection(text) {
    const back = document.activeElement;
    const area = h("textarea", { class: "smw-sr", "aria-hidden": "true", tabindex: "-1" });
    this.root.append(mount(area));
    area.node.value = text;
    area.node.select();
    const done = document.execCommand("copy");
    area.node.remove();
    back?.focus();
    return done;
  }

  download(file, content) {
    const url = URL.createObjectURL(new Blob([content]));
    const link = document.createElement("a");
    Object.assign(link, { href: url, download: file });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  // Drawing

  draw() {
    const view = this.model.get("view") || {};
    const before = this.view;
    if (view !== before && view.status !== before.status) this.ui.words = "";
    this.view = view;
    const focused = this.root.contains(document.activeElement);
    const now = [this.card(view)];
    patchKids(this.root, this.tree.kids, now);
    this.tree.kids = now;
    const lost = focused && !this.root.contains(document.activeElement);
    const idle = document.activeElement === document.body || focused;
    if (lost || (this.acted && idle && before.screen && before.screen !== view.screen)) {
      this.root.querySelector(".smw-title")?.focus({ preventScroll: false });
    }
  }

  card(view) {
    if (!view.heading) return h("div", { class: "smw-card" }, h("div", { class: "smw-body" }, h("p", {}, "Loading the wizard")));
    return h(
      "section",
      { class: "smw-card", "aria-label": "SageMaker SSH set-up", "aria-busy": view.busy ? "true" : null, "data-busy": view.busy || null },
      this.head(view),
      h(
        "div",
        { class: "smw-body" },
        this.ui.lost && this.lost(),
        this.title(view),
        view.lede && h("p", { class: "smw-lede" }, rich(view.lede)),
        h("div", { class: "smw-blocks", key: view.screen }, this.blocks(view.blocks, 3)),
      ),
      this.foot(view),
      h("p", { class: "smw-sr", role: "status", "aria-live": "polite" }, this.ui.words || view.status || ""),
    );
  }

  lost() {
    const text =
      "It may be busy with another cell, or it was restarted. If it was restarted, run the cell again; where there is " +
      "none, close this tab and open the set-up again. The journal holds what was done, and the wizard offers to go " +
      "on or to undo.";
    return h("div", { class: "smw-note tone-attention smw-lost", role: "alert", key: "lost" }, h("b", {}, "The kernel does not answer. "), text);
  }

  head(view) {
    const [role, ...rest] = view.target || [];
    return h(
      "header",
      { class: "smw-head" },
      h(
        "div",
        { class: "smw-top" },
        h("span", { class: "smw-name" }, "SageMaker SSH set-up"),
        role && h("span", { class: "smw-target" }, cut(role), rest.map((part) => h("span", {}, part))),
      ),
      this.stepper(view.steps || []),
    );
  }

  stepper(steps) {
    const current = steps.findIndex((step) => step.state === "current");
    const item = (step, at) => {
      const done = step.state === "done";
      const inner = [done && icon("check"), h("span", {}, step.label), done && says(" (done)")];
      const body = step.go
        ? h("button", { type: "button", onclick: () => this.event(step.go) }, inner)
        : h("span", { class: "smw-step" }, inner);
      return h("li", { key: at, class: step.state, "aria-current": step.state === "current" ? "step" : null }, body);
    };
    return h(
      "nav",
      { "aria-label": "Steps" },
      h("ol", { class: "smw-steps" }, steps.map(item)),
      current >= 0 &&
        h("p", { class: "smw-count", "aria-hidden": "true" }, `Step ${current + 1} of ${steps.length} · ${steps[current].label}`),
    );
  }

  title(view) {
    const at = (view.steps || []).findIndex((step) => step.state === "current");
    return h(
      "h2",
      { class: "smw-title", tabindex: "-1" },
      at >= 0 && says(`Step ${at + 1} of ${view.steps.length}: `),
      icon(view.icon, view.tone),
      h("span", {}, rich(view.heading)),
    );
  }

  foot(view) {
    const actions = view.actions || [];
    const plain = actions.filter((action) => action.look === "plain");
    const rest = actions.filter((action) => action.look !== "plain");
    return h(
      "div",
      { class: "smw-foot" },
      plain.map((action) => this.button(action)),
      h("span", { class: "smw-foot-note" }, rich(view.footnote)),
      rest.map((action) => this.button(action)),
      rest
        .filter((action) => action.unavailable)
        .map((action) => h("span", { class: "smw-why", id: this.id(`why-${action.id}`), key: `why-${action.id}` }, action.unavailable)),
    );
  }

  button(action, described = true) {
    const look = action.look || "second";
    const inner = [icon(action.icon), action.label];
    if (action.url && /^https?:/.test(action.url)) {
      const props = { key: action.id, class: `smw-btn ${look}`, href: action.url, target: "_blank", rel: "noopener noreferrer" };
      return h("a", props, inner, says(" (opens a new tab)"));
    }
    const why = action.unavailable && described ? this.id(`why-${action.id}`) : null;
    const props = {
      key: action.id,
      type: "button",
      class: look === "link" ? "smw-link" : `smw-btn ${look}`,
      "aria-disabled": action.unavailable ? "true" : null,
      "aria-describedby": why,
      title: action.unavailable || null,
      onclick: () => this.press(action),
    };
    return h("button", props, inner);
  }

  blocks(blocks, level) {
    return (blocks || []).map((block, at) => {
      const drawn = this[`draw_${block.kind.replace(/-/g, "_")}`]?.(block, level);
      if (drawn) drawn.key ??= `${block.kind}:${block.id || at}`;
      return drawn;
    });
  }

  // One drawing per kind of block

  draw_text(block) {
    return h("p", { class: `smw-text tone-${block.tone || "none"}` }, rich(block.text));
  }

  draw_note(block) {
    return h("div", { class: `smw-note tone-${block.tone || "none"}` }, block.lead && h("b", {}, `${block.lead} `), rich(block.text));
  }

  draw_empty(block, level) {
    return h("div", { class: "smw-empty" }, h(`h${level}`, {}, icon("satisfied", "ok"), block.title), h("p", {}, rich(block.text)));
  }

  draw_facts(block) {
    const fact = (item) =>
      h(
        "div",
        {},
        h("dt", {}, item.label),
        h("dd", {}, rich(item.value), item.source && h("span", { class: "smw-src" }, rich(item.source))),
        item.action && h("dd", { class: "smw-go" }, this.button(item.action, false)),
      );
    return h("dl", { class: block.small ? "smw-meta" : "smw-facts" }, (block.items || []).map(fact));
  }

  draw_rows(block, level) {
    const tag = block.ordered ? "ol" : "ul";
    return h(tag, { class: "smw-rows", "aria-label": block.label }, block.rows.map((row) => this.row(row, level)));
  }

  row(row, level) {
    const said = [
      row.fact && h("p", {}, rich(row.fact)),
      (row.consequence || row.remedy) && h("p", { class: "smw-quiet" }, rich([row.consequence, row.remedy].filter(Boolean).join(" "))),
      row.evidence?.length && h("p", { class: "smw-src" }, "Rests on ", row.evidence.map((text, at) => [at ? ", " : "", rich(text)])),
      row.actions?.length && h("div", { class: "smw-do" }, row.actions.map((action) => this.button(action, false))),
    ];
    return h(
      "li",
      { key: row.id, class: `smw-row ${row.icon === "pending" ? "idle" : ""}` },
      icon(row.icon, row.tone, row.icon === "working" ? "smw-spin" : ""),
      h(`h${level}`, {}, rich(row.title)),
      h("span", { class: `smw-word tone-${row.tone || "none"}` }, row.word),
      said.some(Boolean) && h("div", { class: "smw-say" }, said),
      row.blocks?.length && h("div", { class: "smw-more" }, this.blocks(row.blocks, level + 1)),
    );
  }

  draw_table(block) {
    const signs = { "+": "added: ", "~": "changed: ", "=": "kept: " };
    const kinds = { "+": "add", "~": "mod", "=": "kept" };
    const cell = (text, at, row) => {
      const inner = [
        at === 0 && row.sign && h("span", { class: "smw-sign", "aria-hidden": "true" }, row.sign),
        at === 0 && row.sign && says(signs[row.sign]),
        text === "none" ? h("span", { class: "smw-quiet" }, text) : rich(text),
      ];
      const props = { "data-label": block.columns[at], role: at ? "cell" : "rowheader", scope: at ? null : "row" };
      return h(at ? "td" : "th", props, h("span", {}, inner));
    };
    return h(
      "table",
      { class: `smw-table cols-${block.columns.length} ${block.rows.some((row) => row.sign) ? "" : "unsigned"}`, role: "table" },
      h("caption", { class: "smw-sr" }, block.caption),
      h(
        "thead",
        { role: "rowgroup" },
        h("tr", { role: "row" }, block.columns.map((name) => h("th", { scope: "col", role: "columnheader" }, name))),
      ),
      h(
        "tbody",
        { role: "rowgroup" },
        block.rows.map((row) => h("tr", { role: "row", class: kinds[row.sign] || "" }, row.cells.map((text, at) => cell(text, at, row)))),
      ),
    );
  }

  draw_choice(block, level) {
    const layout = block.layout || "list";
    const list = layout === "steps" ? "ol" : "ul";
    const items = block.options.map((option) => this.option(block, option, layout, level));
    const legend = h("legend", { class: block.label_hidden ? "smw-sr" : "" }, block.label);
    return h("fieldset", { class: `smw-choices ${layout} ${block.mode}` }, legend, h(list, {}, items));
  }

  option(block, option, layout, level) {
    const id = this.id(`${block.id}-${option.id}`);
    const about = option.line || option.unavailable ? `${id}-line` : null;
    const input = h("input", {
      id,
      type: block.mode === "radio" ? "radio" : "checkbox",
      name: block.mode === "radio" ? this.id(block.id) : null,
      checked: Boolean(option.on),
      disabled: option.unavailable ? true : null,
      "aria-describedby": about,
      onchange: (event) => this.event(block.id, { option: option.id, on: event.target.checked }),
    });
    const line = [rich(option.line), option.unavailable && h("span", { class: "smw-off" }, rich(option.unavailable))];
    return h(
      "li",
      { key: option.id, class: `smw-option ${option.on ? "on" : "off"}` },
      input,
      h(
        "div",
        { class: "smw-hd" },
        h("label", { for: id }, rich(option.title)),
        option.aside && h("span", { class: `smw-aside tone-${option.tone || "none"}` }, option.aside),
        about && h("div", { class: "smw-line", id: about }, line),
      ),
      option.blocks?.length && h("div", { class: "smw-pane" }, this.blocks(option.blocks, level)),
    );
  }

  draw_field(block) {
    const id = this.id(`field-${block.id}`);
    const type = block.type || "text";
    const about = block.hint ? `${id}-hint` : null;
    const label = h("div", { class: "smw-labelline" }, h("label", { for: id }, block.label), block.action && this.button(block.action, false));
    const hint = about && h("p", { class: "smw-hint", id: about }, rich(block.hint));
    const shared = { id, "aria-describedby": about, autocapitalize: "off", spellcheck: "false", placeholder: block.placeholder || null };
    return h("div", { class: `smw-field f-${block.id}`, key: `field:${block.id}` }, label, this.control(block, type, shared), hint);
  }

  control(block, type, shared) {
    if (type === "select") {
      const options = (block.options || []).map(([value, text]) => h("option", { value, "data-v": value, key: value }, text || value));
      for (const option of options) option.props = { ...option.props, selected: null };
      const props = { id: shared.id, "aria-describedby": shared["aria-describedby"], value: block.value || "" };
      return h("select", { ...props, onchange: (event) => this.event(block.id, event.target.value) }, options);
    }
    if (PRIVATE.has(type)) {
      const secret = { ...shared, "data-secret": block.id, autocomplete: "one-time-code", "data-1p-ignore": true, "data-lpignore": "true" };
      if (type === "secret-multiline") return h("textarea", { ...secret, rows: 3, class: "smw-masked" });
      return h("input", { ...secret, type: type === "secret" ? "password" : "text" });
    }
    const live = { oninput: (event) => this.typed(block.id, event.target), onchange: () => this.flush(block.id) };
    return h("input", { ...shared, ...live, type: "text", autocomplete: "off", value: block.value || "" });
  }

  copyButton(key, text, what) {
    const done = this.ui.copied === key;
    const props = { type: "button", class: "smw-btn small", "aria-label": done ? `Copied: ${what}` : `Copy: ${what}`, onclick: () => this.copy(key, text) };
    return h("button", props, icon(done ? "check" : "copy"), done ? "Copied" : "Copy");
  }

  draw_code(block) {
    const get = block.file && {
      type: "button",
      class: "smw-btn small",
      "aria-label": `Download: ${block.label}`,
      onclick: () => this.download(block.file, block.text),
    };
    return h(
      "div",
      { class: "smw-code" },
      h(
        "div",
        { class: "smw-cap" },
        h("span", {}, block.label),
        h("span", { class: "smw-tools" }, get && h("button", get, icon("download"), "Download"), this.copyButton(`${block.label}|${block.text}`, block.text, block.label)),
      ),
      h("pre", { tabindex: "0", role: "region", "aria-label": block.label }, h("code", {}, block.text)),
    );
  }

  draw_download(block) {
    const bytes = () => Uint8Array.from(atob(block.data), (letter) => letter.charCodeAt(0));
    const props = { type: "button", class: "smw-btn second", onclick: () => this.download(block.file, bytes()) };
    return h("div", { class: "smw-file" }, h("p", {}, rich(block.label)), h("button", props, icon("download"), `Download ${block.file}`));
  }

  draw_diff(block) {
    const kinds = { "+": "a", "-": "r", "…": "k" };
    const line = ([mark, text]) => h("span", { class: kinds[mark] || "" }, h("i", {}, mark === "=" ? " " : mark), text, "\n");
    return h("div", { class: "smw-code smw-diff" }, h("pre", { tabindex: "0", role: "region", "aria-label": block.label }, block.lines.map(line)));
  }

  draw_fold(block, level, small) {
    const summary = h(
      "summary",
      {},
      icon(block.icon, block.tone),
      h("span", {}, rich(block.summary), block.aside && [": ", h("i", {}, rich(block.aside))]),
    );
    const inner = h("div", { class: "smw-folded" }, this.blocks(block.blocks, level));
    const wide = block.icon && !small;
    return h("details", { key: `fold:${block.id}`, class: wide ? "smw-fold wide" : "smw-fold", open: Boolean(block.open) }, summary, inner);
  }

  draw_folds(block, level) {
    return h("div", { class: "smw-folds" }, block.items.map((item) => this.draw_fold(item, level, true)));
  }

  draw_part(block, level) {
    const id = this.id(`part-${block.id}`);
    return h(
      "section",
      { class: "smw-part", "aria-labelledby": id },
      h("div", { class: "smw-parthead" }, h(`h${level}`, { id }, block.title), block.aside && h("span", {}, block.aside)),
      this.blocks(block.blocks, level + 1),
    );
  }

  draw_tally(block) {
    const item = (count) =>
      count.number
        ? h("span", {}, h("b", {}, count.number), ` ${count.text}`)
        : h("span", { class: `smw-tag tone-${count.tone || "none"}` }, icon(count.icon, count.tone), count.text);
    const counted = block.items.some((count) => count.number);
    return h("div", { class: counted ? "smw-sum" : "smw-tally" }, block.items.map(item));
  }

  draw_problem(block) {
    const part = (title, text) => [h("dt", {}, title), h("dd", {}, rich(text))];
    return h(
      "div",
      { class: "smw-problem", role: "group", "aria-label": "Problem" },
      h("dl", {}, part("Where", block.where), h("dt", {}, "What was said"), h("dd", {}, h("code", {}, block.said)), part("What next", block.next)),
      block.actions?.length && h("div", { class: "smw-acts" }, block.actions.map((action) => this.button(action, false))),
    );
  }

  draw_device(block) {
    const label = this.id("device-code");
    const safe = /^https?:/.test(block.url || "");
    const link = safe
      ? h("a", { href: block.url, target: "_blank", rel: "noopener noreferrer" }, block.url.replace(/^https?:\/\//, ""), says(" (opens a new tab)"))
      : h("code", {}, block.url || "");
    const step = (text, at) => h("li", {}, h("span", {}, rich(text), at === 0 && [": ", link]));
    return h(
      "div",
      { class: "smw-device" },
      h(
        "div",
        {},
        h("p", { class: "smw-hint", id: label }, "Your code"),
        h("div", { class: "smw-codeline" }, h("p", { class: "smw-bigcode", "aria-labelledby": label }, block.code), this.copyButton("device", block.code, "the code")),
      ),
      h("ol", {}, block.steps.map(step)),
    );
  }

  draw_waiting(block) {
    return h("p", { class: "smw-wait" }, icon("working", "busy", "smw-spin"), h("span", {}, rich(block.text), " ", h("span", { class: "smw-quiet" }, rich(block.aside))));
  }

  draw_pair(block, level) {
    const person = (one) => h("div", {}, h(`h${level}`, {}, one.title), h("code", { class: "smw-id" }, one.value), h("p", {}, rich(one.text)));
    return h("div", { class: "smw-pair" }, block.people.map(person));
  }

  draw_skeleton(block) {
    const row = (_, at) => h("li", { class: "smw-row" }, icon("pending", "quiet"), h("span", { class: `smw-bones b${at % 3}` }, h("span", {}), h("span", {})));
    return h(
      "div",
      { class: "smw-skeleton", role: "group", "aria-label": block.label },
      h("p", { class: "smw-wait" }, icon("working", "busy", "smw-spin"), h("span", {}, block.label)),
      h("ul", { class: "smw-rows", "aria-hidden": "true" }, Array.from({ length: block.rows || 3 }, row)),
    );
  }
}

export default {
  render({ model, el }) {
    const root = document.createElement("div");
    el.classList.add("smw-host");
    el.append(root);
    const stop = new Wizard(model, root).start();
    return () => {
      stop();
      root.remove();
    };
  },
};
