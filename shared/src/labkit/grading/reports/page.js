"use strict";
(() => {
  const find = (id) => document.getElementById(id);
  const body = find("matrix").tBodies[0];
  const rows = [...body.rows];
  const units = [...document.querySelectorAll("details.unit")];
  const fields = { name: find("f-name"), lab: find("f-lab"), status: find("f-status") };
  const columns = [...document.querySelectorAll("[data-lab]")].filter((e) => e.tagName !== "DETAILS");

  function filter() {
    const name = fields.name.value.trim().toLocaleLowerCase();
    const lab = fields.lab.value;
    const status = fields.status.value;
    const named = (element) => element.dataset.name.toLocaleLowerCase().includes(name);
    const fits = (element) =>
      (!lab || element.dataset.lab === lab) && (!status || element.dataset.status === status);
    let shown = 0;
    for (const row of rows) {
      row.hidden = !named(row) || ![...row.querySelectorAll("td[data-lab]")].some(fits);
      shown += row.hidden ? 0 : 1;
    }
    for (const element of columns) element.hidden = Boolean(lab) && element.dataset.lab !== lab;
    for (const unit of units) unit.hidden = !named(unit) || !fits(unit);
    find("shown").value = `${shown} of ${rows.length} learners`;
    find("nobody").hidden = shown > 0;
  }

  const keys = {
    name: (row) => row.dataset.name,
    total: (row) => Number(row.dataset.total),
    time: (row) => Number(row.dataset.time),
  };

  function sort(button) {
    const heading = button.closest("th");
    const ascending = heading.getAttribute("aria-sort") !== "ascending";
    for (const other of heading.parentElement.cells) other.setAttribute("aria-sort", "none");
    heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const by = button.dataset.sort;
    const inLab = (row) =>
      Number([...row.querySelectorAll("td[data-lab]")].find((cell) => cell.dataset.lab === by).dataset.value);
    const key = Object.hasOwn(keys, by) ? keys[by] : inLab;
    const compare = new Intl.Collator(undefined, { numeric: true }).compare;
    const order = (a, b) => (by === "name" ? compare(key(a), key(b)) : key(a) - key(b));
    rows.sort((a, b) => (ascending ? order(a, b) : order(b, a)));
    body.append(...rows);
  }

  function open() {
    const target = location.hash && find(decodeURIComponent(location.hash.slice(1)));
    if (target && target.tagName === "DETAILS") {
      target.hidden = false;
      target.open = true;
      target.scrollIntoView();
    }
  }

  for (const field of Object.values(fields)) {
    for (const event of ["input", "change"]) field.addEventListener(event, filter);
  }
  find("filter").addEventListener("submit", (event) => event.preventDefault());
  find("filter").addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const field of Object.values(fields)) field.value = "";
    filter();
  });
  for (const button of document.querySelectorAll("button[data-sort]")) {
    button.addEventListener("click", () => sort(button));
  }
  window.addEventListener("hashchange", open);
  filter();
  open();
})();
