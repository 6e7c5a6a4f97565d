// Draws the map. Points are written straight into pixels: a hundred thousand of them take a few milliseconds, where a
// call a point takes half a second without a graphics card.
import { palette, pixel, token } from "./palette.js";

const TENTHS = 10;
const MOST_DENSITY = 2;
const SETTLED_MS = 140;

export class Painter {
  constructor(stage, sheet, view) {
    this.stage = stage;
    this.sheet = sheet;
    this.view = view;
    this.ground = stage.querySelector(".ground");
    this.points = stage.querySelector(".points");
    this.outlines = this.path(sheet.outlines);
    this.shapes = {};
    for (const [layer, list] of Object.entries(sheet.shapes)) {
      this.shapes[layer] = new Map((list ?? []).map(([territory, rings]) => [territory, this.path(rings)]));
    }
    this.colours = new Uint32Array(sheet.n);
    this.order = Uint32Array.from({ length: sheet.n }, (_, at) => at);
    this.size();
  }

  path(rings) {
    const path = new Path2D();
    for (const ring of rings) {
      for (let at = 0; at < ring.length; at += 2) {
        if (at) path.lineTo(ring[at] / TENTHS, ring[at + 1] / TENTHS);
        else path.moveTo(ring[0] / TENTHS, ring[1] / TENTHS);
      }
      path.closePath();
    }
    return path;
  }

  size() {
    this.density = Math.min(window.devicePixelRatio || 1, MOST_DENSITY);
    for (const canvas of [this.ground, this.points]) {
      canvas.width = Math.round(this.view.width * this.density);
      canvas.height = Math.round(this.view.height * this.density);
    }
    this.image = this.points.getContext("2d").createImageData(this.points.width, this.points.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  // While the map moves, its ground moves along as a picture; it is drawn anew when it rests.
  draw({ isMoving = false } = {}) {
    this.drawPoints();
    window.clearTimeout(this.rest);
    if (isMoving && this.drawn) {
      const { scale, x, y } = this.drawn;
      const times = this.view.scale / scale;
      const [left, top] = this.view.toScreen(x, y);
      this.ground.style.transform = `translate(${left - (this.view.width / 2) * times}px, ${top - (this.view.height / 2) * times}px) scale(${times})`;
      this.rest = window.setTimeout(() => this.drawGround(), SETTLED_MS);
    } else {
      this.drawGround();
    }
  }

  drawGround() {
    const { view, density } = this;
    const pen = this.ground.getContext("2d");
    this.ground.style.transform = "";
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, this.ground.width, this.ground.height);
    this.place(pen);
    pen.lineJoin = "round";
    pen.lineWidth = 1 / view.scale;
    pen.fillStyle = token("ground");
    pen.fill(this.outlines);
    pen.strokeStyle = token("target");
    pen.globalAlpha = 0.55;
    pen.stroke(this.outlines);
    pen.globalAlpha = 1;
    if (this.isShaded) {
      const colours = palette();
      for (const [territory, path] of this.shapes[this.layer]) {
        if (!this.isShown(territory)) continue;
        const colour = colours[this.sheet.territories[territory].colour];
        pen.fillStyle = colour;
        pen.globalAlpha = territory === this.highlighted ? 0.4 : 0.13;
        pen.fill(path, "evenodd");
        pen.strokeStyle = colour;
        pen.globalAlpha = territory === this.highlighted ? 1 : 0.6;
        pen.lineWidth = (territory === this.highlighted ? 3 : 1) / view.scale;
        pen.stroke(path);
      }
      pen.globalAlpha = 1;
    }
    this.drawn = { scale: view.scale, x: view.x, y: view.y };
  }

  place(pen) {
    const { view, density } = this;
    const scale = view.scale * density;
    pen.setTransform(scale, 0, 0, -scale, (view.width / 2) * density - view.x * scale, (view.height / 2) * density + view.y * scale);
  }

  // Half the width of a point in pixels of the screen: smaller where there are many, larger when looked at closely.
  get radius() {
    const many = this.sheet.n > 30000 ? 1 : this.sheet.n > 4000 ? 1.6 : 2.6;
    const closer = Math.log2(Math.max(1, this.view.scale / this.view.least));
    return Math.min(many + 0.55 * closer, 7);
  }

  drawPoints() {
    const { view, density, pixels, colours, order } = this;
    const { x, y } = this.sheet.columns;
    const { width, height } = this.points;
    const scale = view.scale * density;
    const left = (view.width / 2) * density - view.x * scale;
    const top = (view.height / 2) * density + view.y * scale;
    const reach = Math.max(1, Math.round(this.radius * density));
    const disc = [];
    for (let down = -reach; down <= reach; down++) {
      for (let right = -reach; right <= reach; right++) {
        if (right * right + down * down <= (reach + 0.35) * (reach + 0.35)) disc.push(down * width + right);
      }
    }
    const n = disc.length;
    pixels.fill(0);
    for (let place = 0; place < order.length; place++) {
      const at = order[place];
      const colour = colours[at];
      if (colour === 0) continue;
      const across = (x[at] * scale + left) | 0;
      const down = (top - y[at] * scale) | 0;
      if (across < reach || down < reach || across >= width - reach || down >= height - reach) continue;
      const start = down * width + across;
      for (let part = 0; part < n; part++) pixels[start + disc[part]] = colour;
    }
    this.points.getContext("2d").putImageData(this.image, 0, 0);
  }

  // Says which points are shown, how, and in which order: those that fade first, those that move last.
  colour({ layer, isShown, isFaded, isAbove }) {
    const colours = palette().map(pixel);
    const faded = pixel(token("dots"));
    const of = this.sheet.columns[layer];
    const { territories, n } = this.sheet;
    const back = [];
    const middle = [];
    const front = [];
    for (let at = 0; at < n; at++) {
      if (!isShown(at)) {
        this.colours[at] = 0;
        continue;
      }
      const fades = isFaded(at);
      this.colours[at] = fades ? faded : colours[territories[of[at]].colour];
      (fades ? back : isAbove(at) ? front : middle).push(at);
    }
    this.order = Uint32Array.from(back.concat(middle, front));
    this.layer = layer;
  }

  // The point nearest to a place on the screen, within reach; −1 where there is none.
  find(left, top, reach = 8, isMeant = () => true) {
    const { x, y } = this.sheet.columns;
    const [atX, atY] = this.view.toPlane(left, top);
    const far = (Math.max(reach, this.radius + 3) / this.view.scale) ** 2;
    let best = -1;
    let least = far;
    for (let place = this.order.length - 1; place >= 0; place--) {
      const at = this.order[place];
      const across = x[at] - atX;
      const up = y[at] - atY;
      const distance = across * across + up * up;
      if (distance < least && isMeant(at)) {
        least = distance;
        best = at;
      }
    }
    return best;
  }
}
