// Where the map looks: from kilometres on its plane to pixels of the stage, moved by pointer, wheel, touch and keys.
const MOST_ZOOM = 400;
const STEP = 1.5;

export class View {
  constructor(stage, extent, onChange) {
    this.stage = stage;
    this.extent = extent;
    this.onChange = onChange;
    this.measure();
    this.fit();
  }

  measure() {
    const box = this.stage.getBoundingClientRect();
    this.width = Math.max(1, Math.round(box.width));
    this.height = Math.max(1, Math.round(box.height));
    const [west, south, east, north] = this.extent;
    this.least = Math.min(this.width / (east - west), this.height / (north - south));
  }

  fit() {
    const [west, south, east, north] = this.extent;
    this.set(this.least, (west + east) / 2, (south + north) / 2);
  }

  set(scale, x, y) {
    const [west, south, east, north] = this.extent;
    this.scale = Math.min(Math.max(scale, this.least * 0.7), this.least * MOST_ZOOM);
    this.x = Math.min(Math.max(x, west), east);
    this.y = Math.min(Math.max(y, south), north);
    this.onChange();
  }

  resize() {
    const zoom = this.scale / this.least;
    this.measure();
    this.set(this.least * zoom, this.x, this.y);
  }

  toScreen(x, y) {
    return [(x - this.x) * this.scale + this.width / 2, this.height / 2 - (y - this.y) * this.scale];
  }

  toPlane(left, top) {
    return [(left - this.width / 2) / this.scale + this.x, (this.height / 2 - top) / this.scale + this.y];
  }

  pan(right, down) {
    this.set(this.scale, this.x - right / this.scale, this.y + down / this.scale);
  }

  zoom(times, left = this.width / 2, top = this.height / 2) {
    const [x, y] = this.toPlane(left, top);
    const scale = Math.min(Math.max(this.scale * times, this.least * 0.7), this.least * MOST_ZOOM);
    this.set(scale, x - (left - this.width / 2) / scale, y + (top - this.height / 2) / scale);
  }

  key(name) {
    const by = 60;
    const moves = { ArrowLeft: [by, 0], ArrowRight: [-by, 0], ArrowUp: [0, by], ArrowDown: [0, -by] };
    if (moves[name]) this.pan(...moves[name]);
    else if (name === "+" || name === "=") this.zoom(STEP);
    else if (name === "-") this.zoom(1 / STEP);
    else if (name === "0") this.fit();
    else return false;
    return true;
  }
}
