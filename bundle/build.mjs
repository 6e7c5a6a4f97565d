// Bundles the scripts of the workspace's charts and maps, writes the outlines of countries and states, and gathers the
// licences of what is inside.
import fs from "node:fs";
import path from "node:path";
import * as esbuild from "esbuild";
import { feature } from "topojson-client";

const to = process.argv[2];
const inside = new Set();

const result = await esbuild.build({
  entryPoints: ["source/charts.js", "source/map.js"],
  outdir: to,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022"],
  metafile: true,
  logLevel: "error",
});
for (const file of Object.keys(result.metafile.inputs)) {
  const found = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file);
  if (found) inside.add(found[1]);
}

// Rings of longitudes and latitudes in thousandths of a degree, which is a pixel or less on any map of a firm.
function rings(topology, object) {
  const polygons = [];
  for (const { geometry, properties } of feature(topology, object).features) {
    const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    for (const part of parts) {
      for (const ring of part) {
        polygons.push({ name: properties.name, ring: ring.flatMap(([x, y]) => [Math.round(x * 1e3), Math.round(y * 1e3)]) });
      }
    }
  }
  return polygons;
}

function read(name) {
  inside.add(name.split("/")[0]);
  return JSON.parse(fs.readFileSync(path.join("node_modules", name), "utf8"));
}

const states = read("us-atlas/states-10m.json");
const countries = read("world-atlas/countries-50m.json");
fs.writeFileSync(
  path.join(to, "outlines.json"),
  JSON.stringify({ states: rings(states, states.objects.states), countries: rings(countries, countries.objects.countries) }),
);

const texts = [...inside].sort().map((name) => {
  const folder = path.join("node_modules", name);
  const { version, license } = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
  const files = fs.readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copyright)/i.test(file) && fs.statSync(path.join(folder, file)).isFile()).sort();
  return [`${name} ${version} (${license})`, ...files.map((file) => fs.readFileSync(path.join(folder, file), "utf8"))].join("\n\n");
});
fs.writeFileSync(path.join(to, "licences.txt"), texts.join(`\n\n${"-".repeat(72)}\n\n`));
