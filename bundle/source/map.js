// The map of a book or a plan: points, outlines, filters, tooltips, and on a plan that may be changed the lasso.
import { Editing } from "./editing.js";
import { Legend } from "./legend.js";
import { onScheme, token } from "./palette.js";
import { Painter } from "./paint.js";
import { unpack } from "./unpack.js";
import { View } from "./view.js";

const NAME_AFTER_MS = 60;

async function start(root) {
  const stage = root.querySelector(".map-stage");
  root.hidden = false;
  const answer = await fetch(root.dataset.points, { credentials: "same-origin" });
  if (!answer.ok) {
    stage.querySelector(".map-wait").textContent = "The map could not be loaded. Load the page again.";
    return;
  }
  const sheet = unpack(await answer.arrayBuffer());
  const map = new AccountMap(root, stage, sheet);
  stage.querySelector(".map-wait").remove();
  window.evenhandMap = map;
  requestAnimationFrame(() => requestAnimationFrame(() => {
    performance.mark("evenhand-map-drawn");
    root.dataset.drawn = "";
  }));
}

class AccountMap {
  constructor(root, stage, sheet) {
    this.root = root;
    this.stage = stage;
    this.sheet = sheet;
    this.over = stage.querySelector(".over");
    this.tip = stage.querySelector(".map-tip");
    this.said = root.querySelector(".map-said");
    this.layer = sheet.columns.after ? "after" : "before";
    this.names = new Map();
    this.moved = new Map();
    this.selected = -1;
    this.view = new View(stage, sheet.extent, () => this.look());
    this.painter = new Painter(stage, sheet, this.view);
    this.legend = new Legend(root, sheet, (territory) => this.filter(territory));
    this.painter.isShaded = true;
    this.painter.highlighted = -1;
    this.painter.isShown = (territory) => this.legend.territories.has(territory);
    this.editing = "canEdit" in root.dataset ? new Editing(this) : null;
    this.sizeOver();
    this.listen();
    this.legend.fill(this.layer);
    this.filter();
  }

  get movesAlone() {
    return this.root.querySelector("#map-moves")?.checked ?? false;
  }

  isMoved(at) {
    const { before, after } = this.sheet.columns;
    return (after !== undefined && before[at] !== after[at]) || this.moved.has(this.sheet.columns.row[at]);
  }

  filter(highlighted) {
    if (highlighted !== undefined) {
      if (this.painter.highlighted === highlighted) return;
      this.painter.highlighted = highlighted;
      this.painter.drawGround();
      return;
    }
    const { legend } = this;
    const { grade, segment } = this.sheet.columns;
    const of = this.sheet.columns[this.layer];
    const alone = this.movesAlone;
    this.painter.colour({
      layer: this.layer,
      isShown: (at) => legend.grade.has(grade[at]) && legend.segment.has(segment[at]) && legend.territories.has(of[at]),
      isFaded: (at) => alone && !this.isMoved(at),
      isAbove: (at) => this.isMoved(at),
    });
    this.painter.isShaded = this.root.querySelector("#map-shading").checked;
    this.say(`${this.painter.order.length.toLocaleString("en")} of ${this.sheet.n.toLocaleString("en")} accounts shown.`);
    this.draw();
  }

  look() {
    if (!this.painter) return;
    this.hideTip();
    this.draw({ isMoving: true });
  }

  draw(how = {}) {
    this.isMoving = how.isMoving ?? false;
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.painter.draw({ isMoving: this.isMoving });
      this.drawOver();
    });
  }

  say(text) {
    if (this.said.textContent !== text) this.said.textContent = text;
  }

  sizeOver() {
    const density = Math.min(window.devicePixelRatio || 1, 2);
    this.over.width = Math.round(this.view.width * density);
    this.over.height = Math.round(this.view.height * density);
    this.over.getContext("2d").scale(density, density);
  }

  drawOver() {
    const pen = this.over.getContext("2d");
    pen.clearRect(0, 0, this.view.width, this.view.height);
    if (this.selected >= 0) {
      const { x, y } = this.sheet.columns;
      const [left, top] = this.editing?.dragged ?? this.view.toScreen(x[this.selected], y[this.selected]);
      pen.lineWidth = 3;
      pen.strokeStyle = token("ink");
      pen.beginPath();
      pen.arc(left, top, this.painter.radius + 5, 0, 2 * Math.PI);
      pen.stroke();
    }
    this.editing?.drawOver(pen);
  }

  listen() {
    const { over, view } = this;
    const pointers = new Map();
    let spread = 0;
    let hasMoved = false;
    const place = (event) => {
      const box = this.stage.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    over.addEventListener("pointerdown", (event) => {
      over.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, place(event));
      hasMoved = false;
      if (pointers.size === 1 && this.editing?.begin(...place(event))) return;
      over.classList.add("panning");
    });
    over.addEventListener("pointermove", (event) => {
      const now = place(event);
      const was = pointers.get(event.pointerId);
      if (!was) {
        this.point(...now);
        return;
      }
      if (this.editing?.isBusy) {
        this.editing.follow(...now);
        return;
      }
      if (Math.hypot(now[0] - was[0], now[1] - was[1]) > (hasMoved ? 0 : 3)) {
        hasMoved = true;
        pointers.set(event.pointerId, now);
        if (pointers.size === 1) view.pan(now[0] - was[0], now[1] - was[1]);
        else {
          const [a, b] = [...pointers.values()];
          const wide = Math.hypot(a[0] - b[0], a[1] - b[1]);
          if (spread) view.zoom(wide / spread, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2);
          spread = wide;
        }
      }
    });
    const end = (event) => {
      const now = place(event);
      pointers.delete(event.pointerId);
      spread = 0;
      over.classList.remove("panning");
      if (this.editing?.isBusy) this.editing.end(...now);
      else if (!hasMoved && event.type === "pointerup") this.select(this.painter.find(...now, event.pointerType === "touch" ? 16 : 8));
    };
    over.addEventListener("pointerup", end);
    over.addEventListener("pointercancel", end);
    over.addEventListener("pointerleave", () => this.hideTip());
    over.addEventListener("wheel", (event) => {
      event.preventDefault();
      view.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), ...place(event));
    }, { passive: false });
    over.addEventListener("dblclick", (event) => view.zoom(2, ...place(event)));
    over.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape") {
        this.editing?.leave();
        this.select(-1);
      } else if (view.key(event.key)) event.preventDefault();
    });
    const acts = { in: () => view.zoom(1.6), out: () => view.zoom(1 / 1.6), fit: () => view.fit() };
    for (const [name, act] of Object.entries(acts)) this.root.querySelector(`.map-bar [data-do=${name}]`).addEventListener("click", act);
    for (const box of this.root.querySelectorAll("#map-shading, #map-moves")) box.addEventListener("change", () => this.filter());
    for (const radio of this.root.querySelectorAll("[name=layer]")) {
      radio.checked = radio.value === this.layer;
      radio.addEventListener("change", () => {
        this.layer = radio.value;
        this.legend.fill(this.layer);
        this.filter();
      });
    }
    onScheme(() => {
      this.legend.fill(this.layer);
      this.filter();
    });
    new ResizeObserver(() => {
      const { width, height } = this.view;
      this.view.measure();
      if (width === this.view.width && height === this.view.height) return;
      this.view.resize();
      this.painter.size();
      this.sizeOver();
      this.draw();
    }).observe(this.stage);
  }

  point(left, top) {
    const at = this.painter.find(left, top);
    this.over.classList.toggle("on-point", at >= 0);
    if (at < 0) this.hideTip();
    else this.showTip(at, left, top);
  }

  select(at) {
    this.selected = at;
    this.drawOver();
    if (at < 0) {
      this.hideTip();
      this.editing?.chose(null);
      return;
    }
    const [left, top] = this.view.toScreen(this.sheet.columns.x[at], this.sheet.columns.y[at]);
    this.showTip(at, left, top);
    this.name(at).then((account) => {
      if (account && this.selected === at) {
        this.say(this.words(at, account).join(". "));
        this.editing?.chose(account);
      }
    });
  }

  words(at, account) {
    const { before, after, potential, grade, segment } = this.sheet.columns;
    const { territories, grades, segments, currency } = this.sheet;
    const say = (territory) => [territories[territory].id, territories[territory].name].filter(Boolean).join(" ");
    const lines = [account ? account.name : "…"];
    if (account && account.name !== account.account_id) lines.push(account.account_id);
    lines.push(after && after[at] !== before[at] ? `From ${say(before[at])} to ${say(after[at])}` : say(before[at]));
    if (!Number.isNaN(potential[at])) lines.push(`Potential ${currency} ${Math.round(potential[at]).toLocaleString("en")}`);
    lines.push(`A move would be of ${grades[grade[at]]} disruption`);
    if (segments[segment[at]]) lines.push(segments[segment[at]]);
    return lines;
  }

  async name(at) {
    const row = this.sheet.columns.row[at];
    if (!this.names.has(row)) {
      const answer = await fetch(`${this.root.dataset.account}?row=${row}`, { credentials: "same-origin" });
      if (!answer.ok) return null;
      this.names.set(row, await answer.json());
    }
    return this.names.get(row);
  }

  showTip(at, left, top) {
    const known = this.names.get(this.sheet.columns.row[at]);
    const [first, ...rest] = this.words(at, known);
    const strong = document.createElement("strong");
    strong.textContent = first;
    this.tip.replaceChildren(strong, ...rest.flatMap((line) => [line, document.createElement("br")]).slice(0, -1));
    this.tip.hidden = false;
    const { offsetWidth, offsetHeight } = this.tip;
    this.tip.style.left = `${Math.max(4, Math.min(left + 14, this.view.width - offsetWidth - 4))}px`;
    this.tip.style.top = `${Math.max(4, Math.min(top + 14, this.view.height - offsetHeight - 4))}px`;
    if (this.tipped === at) return;
    this.tipped = at;
    window.clearTimeout(this.naming);
    if (!known) {
      this.naming = window.setTimeout(async () => {
        await this.name(at);
        if (this.tipped === at && !this.tip.hidden) this.showTip(at, left, top);
      }, NAME_AFTER_MS);
    }
  }

  hideTip() {
    this.tip.hidden = true;
    this.tipped = -1;
  }
}

const root = document.getElementById("map");
if (root) start(root);
