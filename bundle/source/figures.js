// How figures and words look in charts, the same as on the page around them.
import { token } from "./palette.js";

export const say = (value) => (value === null || value === undefined ? "–" : Number(value).toLocaleString("en", { maximumFractionDigits: Math.abs(value) < 100 ? 2 : 0 }));

export const short = (value) => Number(value).toLocaleString("en", { notation: "compact", maximumFractionDigits: 1 });

export const percent = (share) => `${(100 * share).toLocaleString("en", { maximumFractionDigits: 1 })} %`;

export function words() {
  return { color: token("ink"), fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 13 };
}

export function axis(more) {
  return {
    axisLabel: { color: token("soft") },
    axisLine: { lineStyle: { color: token("line") } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: token("hair") } },
    nameTextStyle: { color: token("soft") },
    ...more,
  };
}

export function tip(formatter) {
  return {
    backgroundColor: token("paper"),
    borderColor: token("target"),
    textStyle: words(),
    renderMode: "richText",
    confine: true,
    formatter,
  };
}
