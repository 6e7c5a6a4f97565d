// What is shown: territories, grades and segments, as boxes to tick.
import { palette } from "./palette.js";

export class Legend {
  constructor(root, sheet, act) {
    this.root = root;
    this.sheet = sheet;
    this.act = act;
    this.territories = new Set(sheet.territories.keys());
    this.grade = new Set(sheet.grades.keys());
    this.segment = new Set(sheet.segments.keys());
    this.list = root.querySelector(".map-legend");
    this.kinds("grade", sheet.grades);
    this.kinds("segment", sheet.segments);
    this.fill("before");
    root.querySelector("#map-find").addEventListener("input", (event) => this.search(event.target.value));
    for (const [name, isTicked] of [["all", true], ["none", false]]) {
      root.querySelector(`[data-do=${name}]`).addEventListener("click", () => this.tickAll(isTicked));
    }
  }

  kinds(name, words) {
    const field = this.root.querySelector(`[data-kinds=${name}]`);
    const counts = new Uint32Array(words.length);
    for (const value of this.sheet.columns[name]) counts[value] += 1;
    const used = [...words.keys()].filter((value) => counts[value]);
    field.hidden = used.length < 2;
    for (const value of used) {
      field.append(
        this.box(this[name], value, [words[value] || "none given", " ", small(counts[value])]),
      );
    }
  }

  box(chosen, value, parts) {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = chosen.has(value);
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(value);
      else chosen.delete(value);
      this.act();
    });
    label.append(box, ...parts);
    return label;
  }

  fill(layer) {
    const counts = new Uint32Array(this.sheet.territories.length);
    for (const territory of this.sheet.columns[layer]) counts[territory] += 1;
    const colours = palette();
    this.list.replaceChildren(
      ...this.sheet.territories.map(({ id, name, colour }, territory) => {
        const dot = document.createElement("span");
        dot.className = "swatch";
        dot.style.background = colours[colour];
        const said = document.createElement("span");
        said.className = "name";
        said.textContent = name && name !== id ? `${id} ${name}` : id;
        said.title = said.textContent;
        const count = small(counts[territory]);
        const item = document.createElement("li");
        const label = this.box(this.territories, territory, [dot, said, count]);
        for (const event of ["mouseenter", "focusin"]) item.addEventListener(event, () => this.act(territory));
        for (const event of ["mouseleave", "focusout"]) item.addEventListener(event, () => this.act(-1));
        item.append(label);
        return item;
      }),
    );
    this.search(this.root.querySelector("#map-find").value);
  }

  search(text) {
    const wanted = text.trim().toLowerCase();
    [...this.list.children].forEach((item) => {
      item.hidden = !item.textContent.toLowerCase().includes(wanted);
    });
  }

  tickAll(isTicked) {
    [...this.list.children].forEach((item, territory) => {
      if (item.hidden) return;
      item.querySelector("input").checked = isTicked;
      if (isTicked) this.territories.add(territory);
      else this.territories.delete(territory);
    });
    this.act();
  }
}

function small(count) {
  const text = document.createElement("span");
  text.className = "count note";
  text.textContent = count.toLocaleString("en");
  return text;
}
