// The layers of the small CNN in numbers: shape, parameters, multiplications, receptive field.
import { element } from "./dom.js";

const COLUMNS = [
  "Layer", "What it does", "Shape", "Numbers that it learns", "Multiplications", "Receptive field",
];
const CAPTION = "Shapes are channels × height × width. A layer learns its weights, and a bias " +
  "for each channel or unit of its output. The receptive field is what of the digit one number " +
  "depends on.";

// `rows`: of texts, a layer each.
export function layersTable(rows) {
  const head = element("tr", {}, ...COLUMNS.map((textContent) => {
    return element("th", { textContent, scope: "col" });
  }));
  const body = rows.map(([name, ...texts]) => {
    const cells = texts.map((textContent) => element("td", { textContent }));
    return element("tr", {}, element("th", { textContent: name, scope: "row" }), ...cells);
  });
  const table = element(
    "table", {}, element("thead", {}, head), element("tbody", {}, ...body),
  );
  const wide = element("div", { className: "wide-table", tabIndex: 0 }, table);
  wide.setAttribute("role", "region");
  wide.setAttribute("aria-label", "The layers of the small CNN");
  return [wide, element("p", { className: "caption", textContent: CAPTION })];
}
