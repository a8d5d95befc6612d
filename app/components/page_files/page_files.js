// The charts and pictures of a page as files, each complete in itself.
import { give, named } from "../grids/download.js";
import { fontRule } from "../grids/fonts.js";
import { chartOf } from "./chart.js";
import { svgFile, pngFile } from "./drawing.js";
import { figures, figureOf } from "./figure.js";

const GONE = "This is not on the page now.";
const KINDS = { SVG: svgFile, PNG: pngFile };

export default function ({ data, parentElement }) {
  const find = (selector) => parentElement.querySelector(selector);
  find(".saved").textContent = "";
  const all = [
    ...figures().map((figure) => ({ ...figure, draw: figureOf })),
    ...data.charts.map((chart) => ({ ...chart, draw: chartOf })),
  ];
  find(".rows").replaceChildren(...all.map((one) => row(one, data.font, find)));
}

function row(one, font, find) {
  const line = document.createElement("li");
  const title = Object.assign(document.createElement("span"), { textContent: one.title });
  const buttons = Object.keys(KINDS).map((kind) => {
    const button = Object.assign(document.createElement("button"), { textContent: kind });
    button.setAttribute("aria-label", `${kind}: ${one.title}`);
    button.onclick = async () => {
      const drawn = await one.draw(one, await lookOf(font));
      find(".saved").textContent = drawn ? "" : GONE;
      if (!drawn) return;
      give(await KINDS[kind](drawn), `${named(one.name, "picture")}.${kind.toLowerCase()}`);
    };
    return button;
  });
  line.append(title, ...buttons);
  return line;
}

// What every file is drawn with: the page's colours and its font.
async function lookOf(font) {
  const { backgroundColor, color } = getComputedStyle(
    document.querySelector("[data-testid=stApp]"),
  );
  return { paper: backgroundColor, ink: color, font, style: await fontRule(font) };
}
