// Changing a plan on its map: an area drawn around accounts, or one account dragged to another territory. What it does
// is the server's to say; the panel below the map shows it.
import { palette, pixel, token } from "./palette.js";

const LEAST_STEP = 4;
const MOST_CORNERS = 400;
const LEAST_CORNERS = 6;

export class Editing {
  constructor(map) {
    this.map = map;
    this.corners = null;
    this.dragged = null;
    this.area = null;
    this.button = map.root.querySelector("[data-do=lasso]");
    this.button.addEventListener("click", () => this.toggle(this.button.getAttribute("aria-pressed") !== "true"));
    this.panel = map.root.querySelector("#map-panel");
    document.body.addEventListener("htmx:afterSettle", (event) => {
      if (event.target === this.panel) this.show();
    });
  }

  get isBusy() {
    return this.corners !== null || this.dragged !== null;
  }

  toggle(isOn) {
    this.button.setAttribute("aria-pressed", String(isOn));
    this.map.over.classList.toggle("drawing", isOn);
    if (isOn) this.map.say("Draw around accounts with the pointer held down; Escape leaves it.");
  }

  // Whether a press begins an area or a drag rather than moving the map.
  begin(left, top) {
    const { map } = this;
    if (this.button.getAttribute("aria-pressed") === "true") {
      this.corners = [[left, top]];
      this.area = null;
      return true;
    }
    if (map.selected >= 0 && map.painter.find(left, top, 12) === map.selected) {
      this.dragged = [left, top];
      this.from = [left, top];
      return true;
    }
    return false;
  }

  follow(left, top) {
    if (this.corners) {
      const last = this.corners.at(-1);
      if (Math.hypot(last[0] - left, last[1] - top) >= LEAST_STEP) this.corners.push([left, top]);
    } else {
      this.dragged = [left, top];
      this.target = this.under(left, top);
      this.map.hideTip();
      const { territories } = this.map.sheet;
      if (this.target >= 0) this.map.say(`To ${territories[this.target].id}`);
      this.map.filter(this.target);
    }
    this.map.drawOver();
  }

  end(left, top) {
    if (this.corners) this.endArea();
    else this.endDrag(left, top);
  }

  endArea() {
    const { map } = this;
    const corners = this.corners.map(([left, top]) => map.view.toPlane(left, top));
    this.corners = null;
    this.toggle(false);
    if (corners.length < LEAST_CORNERS) {
      map.say("That was too small to hold accounts; draw around them.");
      map.drawOver();
      return;
    }
    const every = Math.ceil(corners.length / MOST_CORNERS);
    this.area = corners.filter((_, at) => at % every === 0);
    map.drawOver();
    const { legend, sheet } = map;
    const some = (chosen, words) => (chosen.size < words.length ? [...chosen].sort((a, b) => a - b).map((value) => words[value]) : []);
    const area = {
      polygon: this.area.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join(" "),
      grades: some(legend.grade, sheet.grades),
      segments: some(legend.segment, sheet.segments),
      territories: some(legend.territories, sheet.territories.map(({ id }) => id)),
    };
    this.send({ do: "area", area: JSON.stringify(area) });
  }

  endDrag(left, top) {
    const { map } = this;
    const [fromLeft, fromTop] = this.from;
    const target = this.under(left, top);
    const account = map.names.get(map.sheet.columns.row[map.selected]);
    this.dragged = null;
    map.filter(-1);
    map.drawOver();
    if (Math.hypot(left - fromLeft, top - fromTop) < 6 || target < 0 || !account) return;
    if (map.sheet.columns[map.layer][map.selected] === target) {
      map.say("That is the territory it is in; drop it on another one.");
      return;
    }
    this.send({ do: "account", account: account.account_id, kind: "move", to: map.sheet.territories[target].id });
  }

  // The territory at a place: that of the nearest shown account, but the one that is dragged.
  under(left, top) {
    const { map } = this;
    const at = map.painter.find(left, top, 40, (point) => point !== map.selected);
    return at < 0 ? -1 : map.sheet.columns[map.layer][at];
  }

  send(values) {
    const form = this.panel.querySelector("form");
    const kept = new FormData();
    for (const name of ["csrfmiddlewaretoken", "version", "step"]) {
      for (const value of new FormData(form).getAll(name)) kept.append(name, value);
    }
    const sent = { step: kept.getAll("step"), version: kept.get("version"), csrfmiddlewaretoken: kept.get("csrfmiddlewaretoken"), ...values };
    window.htmx.ajax("POST", form.getAttribute("action"), { target: this.panel, swap: "innerHTML", values: sent });
  }

  // After the server has answered: the accounts that would move, in the colours of where they would go.
  show() {
    const { map } = this;
    const said = document.getElementById("map-moved");
    const rows = new Map(said ? JSON.parse(said.textContent) : []);
    if (!this.panel.querySelector("[name=area]") && !rows.size) this.area = null;
    map.moved = rows;
    map.filter();
    this.panel.querySelector("fieldset, section, .problems")?.scrollIntoView({ block: "nearest" });
    if (!rows.size) return;
    const number = new Map(map.sheet.territories.map(({ id }, territory) => [id, territory]));
    const colours = palette().map(pixel);
    map.sheet.columns.row.forEach((row, at) => {
      if (!rows.has(row)) return;
      const territory = number.get(rows.get(row));
      if (territory !== undefined && map.painter.colours[at]) map.painter.colours[at] = colours[map.sheet.territories[territory].colour];
    });
    map.draw();
  }

  chose(account) {
    const field = this.panel.querySelector("[name=account]");
    if (!field) return;
    field.value = account ? account.account_id : "";
    for (const found of this.panel.querySelectorAll("[name=found]")) found.checked = false;
    if (account) field.closest("details").open = true;
  }

  leave() {
    this.corners = null;
    this.dragged = null;
    this.area = null;
    this.toggle(false);
    this.map.drawOver();
  }

  drawOver(pen) {
    const corners = this.corners ?? this.area?.map(([x, y]) => this.map.view.toScreen(x, y));
    if (corners && corners.length > 1) {
      pen.beginPath();
      corners.forEach(([left, top], at) => (at ? pen.lineTo(left, top) : pen.moveTo(left, top)));
      pen.closePath();
      pen.fillStyle = token("focus");
      pen.globalAlpha = 0.12;
      pen.fill();
      pen.globalAlpha = 1;
      pen.strokeStyle = token("focus");
      pen.lineWidth = 2;
      pen.setLineDash([6, 4]);
      pen.stroke();
      pen.setLineDash([]);
    }
    if (this.dragged) {
      pen.strokeStyle = token("ink");
      pen.lineWidth = 1.5;
      pen.beginPath();
      pen.moveTo(...this.from);
      pen.lineTo(...this.dragged);
      pen.stroke();
    }
  }
}
