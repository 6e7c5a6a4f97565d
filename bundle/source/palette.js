// Eight colours that stay apart for people who don't tell red from green, after Paul Tol's schemes "muted" (on a light
// ground) and "light" (on a dark one).
const LIGHT = ["#332288", "#3a93c4", "#2f9586", "#117733", "#8a8a20", "#c2556a", "#882255", "#aa4499"];
const DARK = ["#77aadd", "#ee8866", "#eedd88", "#ffaabb", "#99ddff", "#44bb99", "#bbcc33", "#c9a6ff"];

const dark = window.matchMedia("(prefers-color-scheme: dark)");

export const palette = () => (dark.matches ? DARK : LIGHT);

export function onScheme(act) {
  dark.addEventListener("change", act);
}

export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

// A colour as a pixel of ImageData holds it.
export function pixel(colour) {
  const value = parseInt(colour.slice(1), 16);
  return (0xff000000 | ((value & 0xff) << 16) | (value & 0xff00) | (value >> 16)) >>> 0;
}
