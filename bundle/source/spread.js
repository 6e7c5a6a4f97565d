// A measure of every territory before and after, against its band.
import { axis, say, short, tip, words } from "./figures.js";
import { token } from "./palette.js";

const MANY = 40;

export const spread = {
  describe(measures, figure) {
    const rows = measures[figure.querySelector("select").value].rows;
    const order = [...rows].sort((a, b) => b.after - a.after);
    const hasBand = order.some((row) => row.lower !== null || row.upper !== null);
    const most = Math.max(...order.map((row) => Math.max(row.before, row.after)));
    const top = (row) => row.upper ?? Math.max(most, row.lower ?? 0);
    const dots = (name, symbol, color, more) => ({
      type: "scatter",
      name,
      symbol,
      symbolSize: 9,
      itemStyle: { color, ...more },
      data: order.map((row) => row[name]),
      z: 3,
    });
    return {
      textStyle: words(),
      aria: { enabled: true },
      grid: { left: 8, right: 16, top: 40, bottom: order.length > MANY ? 60 : 16, containLabel: true },
      legend: { data: ["before", "after", ...(hasBand ? ["band"] : [])], textStyle: words(), top: 0, left: 0 },
      tooltip: {
        ...tip(([{ dataIndex }]) => {
          const row = order[dataIndex];
          const band = [row.lower === null ? "" : `least ${say(row.lower)}`, row.upper === null ? "" : `most ${say(row.upper)}`].filter(Boolean).join(", ");
          return [row.name, `before ${say(row.before)}${row.status_before ? ` (${row.status_before})` : ""}`, `after ${say(row.after)}${row.status_after ? ` (${row.status_after})` : ""}`, band].filter(Boolean).join("\n");
        }),
        trigger: "axis",
        axisPointer: { type: "line", lineStyle: { color: token("target") } },
      },
      dataZoom: order.length > MANY ? [{ type: "slider", startValue: 0, endValue: MANY - 1, textStyle: words() }, { type: "inside" }] : [],
      xAxis: axis({ type: "category", data: order.map((row) => row.territory_id), axisLabel: { color: token("soft"), rotate: order.length > 12 ? 60 : 0 } }),
      yAxis: axis({ type: "value", axisLabel: { color: token("soft"), formatter: short }, scale: true }),
      series: [
        ...(hasBand
          ? [
              { type: "bar", stack: "band", silent: true, itemStyle: { color: "transparent" }, barWidth: "70%", data: order.map((row) => row.lower ?? 0) },
              { type: "bar", name: "band", stack: "band", silent: true, itemStyle: { color: token("band") }, barWidth: "70%", data: order.map((row) => (row.lower === null && row.upper === null ? 0 : top(row) - (row.lower ?? 0))) },
            ]
          : []),
        dots("before", "emptyCircle", token("target")),
        dots("after", "circle", token("accent")),
      ],
    };
  },

  listen(chart, measures, figure, draw) {
    const chosen = figure.querySelector("select");
    const show = () => {
      for (const table of figure.parentElement.querySelectorAll("[data-measure]")) table.hidden = table.dataset.measure !== chosen.value;
    };
    chosen.addEventListener("change", () => {
      draw();
      show();
    });
    show();
  },
};
