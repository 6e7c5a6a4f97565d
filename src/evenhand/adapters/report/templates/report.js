"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
  const number = new Intl.NumberFormat("en");
  const compare = new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare;
  const tables = new Map();

  /* A table whose rows are each a tbody: sorted, filtered, and shown a page at a time. */
  class Listing {
    constructor(table) {
      this.table = table;
      this.page = this.limit = Number(table.dataset.table);
      this.rows = [...table.tBodies];
      this.filters = {};
      this.words = new Map();
      this.buildPages();
      this.buildSorting();
      this.buildToggles();
      this.draw();
    }

    buildPages() {
      this.status = make("p", { ariaLive: "polite" });
      this.status.setAttribute("role", "status");
      this.next = make("button", { type: "button" });
      this.next.addEventListener("click", () => this.extend(this.limit + 4 * this.page));
      this.rest = make("button", { type: "button" });
      this.rest.addEventListener("click", () => this.extend(Infinity));
      this.pages = make("div", { className: "pages" });
      this.pages.append(this.status, this.next, this.rest);
      (this.table.closest(".scroll") ?? this.table).after(this.pages);
    }

    buildSorting() {
      all("thead th[data-sort]", this.table).forEach((header) => {
        const button = make("button", { type: "button" });
        button.append(...header.childNodes);
        button.addEventListener("click", () => this.sort(header));
        header.append(button);
      });
    }

    buildToggles() {
      this.rows.forEach((body, place) => {
        const more = body.querySelector("tr.more");
        if (!more) return;
        more.id = `${this.table.id}-${place}`;
        more.hidden = true;
        const header = body.querySelector("th");
        const toggle = make("button", { type: "button", className: "toggle" });
        toggle.setAttribute("aria-label", `Details of ${header.textContent.trim()}`);
        toggle.setAttribute("aria-controls", more.id);
        toggle.setAttribute("aria-expanded", "false");
        toggle.addEventListener("click", () => this.open(body, more.hidden));
        header.prepend(toggle);
      });
    }

    open(body, isOpen) {
      const more = body.querySelector("tr.more");
      if (!more) return;
      more.hidden = !isOpen;
      body.querySelector(".toggle").setAttribute("aria-expanded", String(isOpen));
    }

    extend(limit) {
      const focus = this.found[this.limit];
      this.limit = limit;
      this.draw();
      if (this.next.hidden && focus) focus.querySelector("button")?.focus({ preventScroll: true });
    }

    sort(header) {
      const descends = header.getAttribute("aria-sort") === "ascending" ||
        (!header.hasAttribute("aria-sort") && header.dataset.sort === "number");
      all("thead th[aria-sort]", this.table).forEach((other) => other.removeAttribute("aria-sort"));
      header.setAttribute("aria-sort", descends ? "descending" : "ascending");
      const column = header.cellIndex, sign = descends ? -1 : 1, isNumber = header.dataset.sort === "number";
      const keyed = this.rows.map((body, place) => {
        const cell = body.rows[0].cells[column], text = cell.dataset.v ?? cell.textContent.trim();
        return { body, place, key: isNumber ? (text === "" ? NaN : Number(text)) : text };
      });
      keyed.sort((a, b) => {
        if (!isNumber) return sign * compare(a.key, b.key) || a.place - b.place;
        if (Number.isNaN(a.key) || Number.isNaN(b.key)) return Number.isNaN(a.key) - Number.isNaN(b.key) || a.place - b.place;
        return sign * (a.key - b.key) || a.place - b.place;
      });
      this.rows = keyed.map((row) => row.body);
      this.table.append(...this.rows);
      this.draw();
    }

    matches(body) {
      const { text, ...choices } = this.filters;
      if (Object.entries(choices).some(([name, value]) => value && body.dataset[name] !== value)) return false;
      if (!text) return true;
      if (!this.words.has(body)) this.words.set(body, body.textContent.toLowerCase());
      return text.split(/\s+/).every((word) => this.words.get(body).includes(word));
    }

    filter(name, value) {
      this.filters[name] = name === "text" ? value.trim().toLowerCase() : value;
      this.limit = this.page;
      this.draw();
    }

    draw() {
      this.found = this.rows.filter((body) => this.matches(body));
      const shown = new Set(this.found.slice(0, this.limit));
      this.rows.forEach((body) => { body.hidden = !shown.has(body); });
      const left = this.found.length - shown.size, step = Math.min(left, 4 * this.page);
      const isFiltered = this.found.length < this.rows.length;
      this.next.hidden = left === 0;
      this.rest.hidden = left <= step;
      this.next.textContent = `Show ${number.format(step)} more`;
      this.rest.textContent = `Show all ${number.format(this.found.length)}`;
      this.status.textContent = this.found.length === 0 ? "Nothing matches; clear a filter to see more."
        : `${number.format(shown.size)} of ${number.format(this.found.length)}${isFiltered ? ` that match (${number.format(this.rows.length)} in all)` : ""}`;
      this.pages.hidden = left === 0 && !isFiltered && this.limit === this.page;
    }
  }

  all("table[data-table]").forEach((table) => tables.set(table, new Listing(table)));

  /* Phone layouts turn rows into cards, which would take the table away from screen readers. */
  all("table.cards").forEach((table) => {
    table.setAttribute("role", "table");
    all(":scope > thead, :scope > tbody", table).forEach((part) => part.setAttribute("role", "rowgroup"));
    all(":scope > * > tr", table).forEach((row) => row.setAttribute("role", "row"));
    all(":scope > thead th", table).forEach((cell) => cell.setAttribute("role", "columnheader"));
    all(":scope > tbody > tr > th", table).forEach((cell) => cell.setAttribute("role", "rowheader"));
    all(":scope > tbody > tr > td", table).forEach((cell) => cell.setAttribute("role", "cell"));
  });

  all(".tools[data-for]").forEach((tools) => {
    const table = document.querySelector(tools.dataset.for), listing = tables.get(table);
    all("select[data-filter]", tools).forEach((select) => {
      const name = select.dataset.filter, known = new Map();
      if (select.options.length === 1) {
        listing.rows.forEach((body) => {
          const cell = body.querySelector(`.${name}`);
          if (cell) known.set(body.dataset[name], cell.textContent.trim());
        });
        [...known].sort((a, b) => compare(a[1], b[1])).forEach(([value, text]) => select.add(new Option(text, value)));
      }
      select.addEventListener("change", () => listing.filter(name, select.value));
    });
    all("input[data-filter]", tools).forEach((input) => {
      input.addEventListener("input", () => listing.filter(input.dataset.filter, input.value));
    });
    all("button[data-open]", tools).forEach((button) => {
      button.addEventListener("click", () => {
        const opens = button.dataset.open === "all";
        listing.rows.forEach((body) => listing.open(body, opens));
        button.dataset.open = opens ? "none" : "all";
        button.textContent = opens ? "Close all" : "Open all";
      });
    });
    tools.hidden = false;
  });

  all(".tools[data-map]").forEach((tools) => {
    const moves = all("g[data-from]", document.querySelector(tools.dataset.map));
    all("select", tools).forEach((select) => select.addEventListener("change", () => {
      moves.forEach((move) => {
        const isShown = !select.value || move.dataset.from === select.value || move.dataset.to === select.value;
        move.classList.toggle("away", !isShown);
      });
    }));
    tools.hidden = false;
  });
})();
