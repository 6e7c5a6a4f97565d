// Who gives accounts to whom: from the territories on the left to those on the right.
import { say, tip, words } from "./figures.js";
import { palette, token } from "./palette.js";

const LEAVES = "← ";

export const flows = {
  describe({ pairs, names }) {
    const colours = palette();
    const ids = [...new Set(pairs.flatMap(({ source, target }) => [source, target]))].sort();
    const colour = new Map(ids.map((id, at) => [id, colours[at % colours.length]]));
    const ends = [
      ...[...new Set(pairs.map(({ source }) => source))].map((id) => ({ name: LEAVES + id, itemStyle: { color: colour.get(id) }, label: { position: "right", formatter: id } })),
      ...[...new Set(pairs.map(({ target }) => target))].map((id) => ({ name: id, itemStyle: { color: colour.get(id) }, label: { position: "left", formatter: id } })),
    ];
    return {
      textStyle: words(),
      aria: { enabled: true },
      tooltip: tip(({ dataType, data }) => {
        if (dataType !== "edge") {
          const id = data.name.replace(LEAVES, "");
          return names[id] || id;
        }
        return [`${data.source.replace(LEAVES, "")} → ${data.target}`, `${say(data.value)} accounts`, `potential ${say(data.potential)}`, data.grades].join("\n");
      }),
      series: [
        {
          type: "sankey",
          left: 4,
          right: 4,
          top: 8,
          bottom: 8,
          nodeGap: 6,
          nodeWidth: 12,
          draggable: false,
          layoutIterations: 32,
          emphasis: { focus: "adjacency" },
          label: { color: token("ink"), textBorderWidth: 0 },
          lineStyle: { color: "source", opacity: 0.4 },
          data: ends,
          links: pairs.map(({ source, target, n_accounts, potential, grades }) => ({ source: LEAVES + source, target, value: n_accounts, potential, grades })),
        },
      ],
    };
  },
};
