// The charts of a page as files: what Vega has drawn, complete in itself.
import { give, named } from "../grids/download.js";
import { fontRule } from "../grids/fonts.js";
import { pngOf, svgOf } from "./standalone.js";

const GONE = "This chart is not on the page now.";
const KINDS = { SVG: svgOf, PNG: pngOf };

export default function ({ data, parentElement }) {
  const find = (selector) => parentElement.querySelector(selector);
  find(".saved").textContent = "";
  find(".charts").replaceChildren(...data.charts.map((chart) => row(chart, data, find)));
}

function row(chart, data, find) {
  const line = document.createElement("li");
  const says = Object.assign(document.createElement("span"), { textContent: chart.says });
  const buttons = Object.keys(KINDS).map((kind) => {
    const button = Object.assign(document.createElement("button"), { textContent: kind });
    button.setAttribute("aria-label", `${kind}: ${chart.says}`);
    button.onclick = async () => {
      const drawn = document.querySelector(`.st-key-${CSS.escape(chart.key)} svg.marks`);
      find(".saved").textContent = drawn ? "" : GONE;
      if (drawn) await save({ kind, drawn, chart, font: data.font });
    };
    return button;
  });
  line.append(says, ...buttons);
  return line;
}

async function save({ kind, drawn, chart, font }) {
  const paper = getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor;
  const file = await KINDS[kind](drawn, { says: chart.says, style: await fontRule(font), paper });
  give(file, `${named(chart.name, "chart")}.${kind.toLowerCase()}`);
}
