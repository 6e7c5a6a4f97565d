// The charts of the workspace: each is a figure with the data beside it as JSON, and a table that says the same.
import * as echarts from "echarts/core";
import { BarChart, LineChart, SankeyChart, ScatterChart } from "echarts/charts";
import { AriaComponent, DataZoomComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";
import { flows } from "./flows.js";
import { frontier } from "./frontier.js";
import { onScheme } from "./palette.js";
import { spread } from "./spread.js";

echarts.use([BarChart, LineChart, SankeyChart, ScatterChart, AriaComponent, DataZoomComponent, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

const KINDS = { flows, frontier, spread };

for (const figure of document.querySelectorAll("[data-chart]")) {
  const said = JSON.parse(document.getElementById(figure.dataset.from).textContent);
  const kind = KINDS[figure.dataset.chart];
  const stage = figure.querySelector(".chart-stage");
  figure.hidden = false;
  const chart = echarts.init(stage, null, { renderer: "canvas" });
  const draw = () => chart.setOption({ animation: false, ...kind.describe(said, figure) }, { notMerge: true });
  draw();
  kind.listen?.(chart, said, figure, draw);
  new ResizeObserver(() => chart.resize()).observe(stage);
  onScheme(draw);
  figure.dataset.drawn = "";
}
