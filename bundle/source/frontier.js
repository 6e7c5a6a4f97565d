// What each point of balance costs: moves by grade at each tolerance. A press on a bar chooses its tolerance.
import { axis, percent, say, tip, words } from "./figures.js";
import { token } from "./palette.js";

const GRADES = ["low", "medium", "high"];

export const frontier = {
  describe(points) {
    const names = points.map((point) => percent(point.tolerance_share));
    return {
      textStyle: words(),
      aria: { enabled: true },
      grid: { left: 8, right: 16, top: 40, bottom: 34, containLabel: true },
      legend: { data: GRADES, textStyle: words(), top: 0, left: 0 },
      tooltip: {
        ...tip(([{ dataIndex }]) => {
          const point = points[dataIndex];
          return [
            `within ${percent(point.tolerance_share)}${point.is_recommended ? ", recommended" : ""}`,
            point.meets_bands ? `${say(point.n_moves)} accounts move` : "the bands can't be met",
            ...GRADES.map((grade) => `${grade}: ${say(point[`moves_${grade}`])}`),
            point.n_customers === undefined ? "" : `${say(point.n_customers)} customers`,
          ].filter(Boolean).join("\n");
        }),
        trigger: "axis",
        axisPointer: { type: "shadow" },
      },
      xAxis: axis({ type: "category", data: names, name: "tolerance", nameLocation: "middle", nameGap: 28 }),
      yAxis: axis({ type: "value", minInterval: 1 }),
      series: GRADES.map((grade) => ({
        type: "bar",
        name: grade,
        stack: "moves",
        barMaxWidth: 48,
        cursor: "pointer",
        itemStyle: { color: token(grade) },
        data: points.map((point) => ({
          value: point[`moves_${grade}`],
          itemStyle: point.meets_bands ? {} : { opacity: 0.35 },
        })),
      })),
    };
  },

  listen(chart, points, figure) {
    chart.getZr().on("click", (event) => {
      const place = [event.offsetX, event.offsetY];
      if (!chart.containPixel("grid", place)) return;
      const point = points[chart.convertFromPixel({ seriesIndex: 0 }, place)[0]];
      const chosen = document.getElementById(figure.dataset.chooses);
      const wanted = point && chosen && [...chosen.options].find((option) => Number(option.value) === Number((100 * point.tolerance_share).toPrecision(6)));
      if (!wanted) return;
      chosen.value = wanted.value;
      chosen.form.querySelector("button").focus();
    });
  },
};
