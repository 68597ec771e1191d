"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { columns, paths, statuses, texts, groups, rows, stacks } = data.matrix;
  const WORDS = { ready: "Ready", fixable: "Fixable", blocked: "Blocked", unknown: "Unknown", ignored: "Ignored" };
  const CELLS = { satisfied: "✔ Satisfied", "satisfied-otherwise": "✔ Held another way", missing: "✖ Missing", blocked: "⛔ Blocked", unknown: "? Unknown", "not-applicable": "– Not applicable" };
  const SIGNS = { ready: "✔", fixable: "✖", blocked: "⛔", unknown: "?", ignored: "–" };
  const STACKS = { CURRENT: "✔ Current", OUTDATED: "✖ Outdated", INOPERABLE: "✖ Inoperable", NONE: "– None" };
  const PAGE = 100, FIRST_CELL = 6;
  const at = (id) => document.getElementById(id);
  const made = (name, text, attributes) => {
    const node = document.createElement(name);
    if (text !== undefined) node.textContent = text;
    for (const key in attributes || {}) node.setAttribute(key, attributes[key]);
    return node;
  };
  let page = 0, group = -1, shown = new Set(statuses);

  at("about").textContent = data.about;
  for (const note of data.notes) at("notes").append(made("li", note));
  for (const title of ["Role", "Account and path", "Status", ...columns.map((each) => each[1]), ...(stacks ? ["Stack"] : []), "Last used"])
    at("head").append(made("th", title, { scope: "col" }));

  groups.forEach((each, number) => {
    const button = made("button", `${SIGNS[each.verdict]} ${each.title}`, { type: "button", "aria-pressed": "false" });
    button.onclick = () => { group = group === number ? -1 : number; page = 0; draw(); };
    const item = made("li"); item.append(button); at("groups").append(item);
  });
  for (const status of statuses) {
    const count = rows.filter((row) => statuses[row[2]] === status).length;
    const chip = made("button", `${SIGNS[status]} ${WORDS[status]} ${count}`, { type: "button", "aria-pressed": "true" });
    chip.onclick = () => { shown.has(status) ? shown.delete(status) : shown.add(status); page = 0; draw(); };
    at("chips").append(chip);
  }
  at("filter").oninput = () => { page = 0; draw(); };
  at("previous").onclick = () => { page -= 1; draw(); };
  at("next").onclick = () => { page += 1; draw(); };

  const filled = (row, text) => {
    const role = paths[row[1]] + row[0];
    const own = { role, name: row[0], account: role.split(":")[4], region: data.region };
    return text.replace(/\{\{|\}\}|\{(role|name|account|region)\}/g, (found, name) => (name ? own[name] : found[0]));
  };
  const detail = (row) => {
    const list = made("dl");
    columns.forEach(([, title], number) => {
      const text = texts[row[FIRST_CELL + number]];
      if (!text) return;
      list.append(made("dt", `${title}: ${CELLS[text[0]] || text[0]}`));
      list.append(made("dd", filled(row, [text[1], text[2], text[3]].filter(Boolean).join(" "))));
    });
    if (stacks) list.append(made("dt", "Stack of the roll-out"), made("dd", stacks[row[1]][1]));
    at("detail").replaceChildren(made("h3", paths[row[1]] + row[0]), list);
    at("detail").focus();
  };
  const line = (row) => {
    const node = made("tr", undefined, { tabindex: "0" });
    const status = statuses[row[2]];
    node.append(made("th", row[0], { scope: "row" }), made("td", paths[row[1]]));
    node.append(made("td", `${SIGNS[status]} ${WORDS[status]}`, { class: "word" }));
    columns.forEach((_, number) => {
      const text = texts[row[FIRST_CELL + number]];
      node.append(made("td", text ? CELLS[text[0]] || text[0] : "", { class: "word" }));
    });
    if (stacks) node.append(made("td", STACKS[stacks[row[1]][0]], { class: "word" }));
    node.append(made("td", row[5] || "–", { class: "word" }));
    node.onclick = () => detail(row);
    node.onkeydown = (event) => {
      if (event.key === "Enter") detail(row);
      const other = { ArrowDown: node.nextElementSibling, ArrowUp: node.previousElementSibling }[event.key];
      if (other) { other.focus(); event.preventDefault(); }
    };
    return node;
  };
  function draw() {
    const wanted = at("filter").value.trim().toLowerCase();
    const found = rows.filter((row) => shown.has(statuses[row[2]]) && (group < 0 || row[3] === group)
      && (!wanted || (paths[row[1]] + row[0]).toLowerCase().includes(wanted)));
    const last = Math.max(0, Math.ceil(found.length / PAGE) - 1);
    page = Math.min(Math.max(page, 0), last);
    const first = page * PAGE, part = found.slice(first, first + PAGE);
    at("body").replaceChildren(...part.map(line));
    at("matrix").setAttribute("aria-rowcount", String(found.length + 1));
    at("count").textContent = found.length
      ? `${found.length} of ${rows.length} roles. Shown: ${first + 1} to ${first + part.length}.` : `0 of ${rows.length} roles.`;
    at("previous").disabled = page === 0; at("next").disabled = page === last;
    [...at("groups").querySelectorAll("button")].forEach((node, number) => node.setAttribute("aria-pressed", String(number === group)));
    [...at("chips").children].forEach((node, number) => node.setAttribute("aria-pressed", String(shown.has(statuses[number]))));
  }
  draw();
})();
