// Where everything of a figure stands, as shapes of SVG: [name, attributes, text].
const WIDE = 960; // of a full figure, pixels
const [WIDEST, NARROWEST] = [300, 480]; // of one picture, and of a figure
const [MARGIN, GAP] = [16, 16];
export const TYPE = { name: 15, small: 14 }; // pixels
export const LINE = 1.35; // of its type
const [BAR, DOT] = [120, 12]; // widths of a scale, and of a colour's sample
const LINK = "xlink:href"; // the old name, for programs that know no other
export const FAINT = 0.8; // of what stands below

// cells: [{layers: [{address, shape, opacity}], name}]; legend: [{text} | {address} | {colour}].
export function layOut({ cells, columns, legend, says }, { ink, font }) {
  const side = Math.min(WIDEST, (WIDE - GAP * (columns - 1)) / columns);
  const width = Math.max(NARROWEST, columns * (side + GAP) - GAP) + 2 * MARGIN;
  const page = { shapes: [], side, width, top: MARGIN, ink, measure: measureOf(font) };
  for (let first = 0; first < cells.length; first += columns) {
    drawRow(page, cells.slice(first, first + columns));
  }
  if (legend.length) drawLegend(page, legend);
  for (const line of wrapped(says, width - 2 * MARGIN, TYPE.small, page.measure)) {
    write(page, line, { x: MARGIN, size: TYPE.small, opacity: FAINT });
    page.top += TYPE.small * LINE;
  }
  return { shapes: page.shapes, width, height: Math.ceil(page.top + MARGIN) };
}

function drawRow(page, cells) {
  const { side, measure } = page;
  const high = Math.max(...cells.map(({ layers }) => layers[0].shape)) * side;
  const names = cells.map(({ name }) => name.split("\n").flatMap(
    (line) => wrapped(line, side, TYPE.name, measure),
  ));
  const top = page.top;
  for (const [index, { layers }] of cells.entries()) {
    const x = MARGIN + index * (side + GAP);
    for (const layer of layers) drawPicture(page, layer, { x, y: top, width: side });
    page.top = top + high + GAP / 3;
    for (const line of names[index]) {
      write(page, line, { x: x + side / 2, size: TYPE.name, anchor: "middle" });
      page.top += TYPE.name * LINE;
    }
  }
  const lines = Math.max(...names.map(({ length }) => length));
  page.top = top + high + GAP / 3 + lines * TYPE.name * LINE + GAP / 2;
}

function drawPicture({ shapes, ink }, { address, shape, opacity }, { x, y, width }) {
  const place = { x, y, width, height: width * shape };
  shapes.push(["image", { ...place, [LINK]: address, opacity, preserveAspectRatio: "none" }]);
  shapes.push(["rect", { ...place, fill: "none", stroke: ink, "stroke-opacity": 0.35 }]);
}

function drawLegend(page, legend) {
  const { shapes, measure, ink } = page;
  const [height, middle] = [DOT, page.top + TYPE.small * LINE / 2];
  const frame = { y: middle - height / 2, height, stroke: ink, "stroke-opacity": 0.5 };
  let x = MARGIN;
  for (const { text, address, colour } of legend) {
    if (text) {
      write(page, text, { x, size: TYPE.small });
      x += measure(text, TYPE.small) + GAP / 2;
      continue;
    }
    const width = address ? BAR : DOT;
    if (address) shapes.push(["image", {
      x, y: frame.y, width, height, [LINK]: address, preserveAspectRatio: "none",
    }]);
    shapes.push(["rect", { ...frame, x, width, fill: colour ?? "none" }]);
    x += width + GAP / 2;
  }
  page.top += TYPE.small * LINE + GAP / 2;
}

// Its line begins at the page's top.
function write({ shapes, top, ink }, text, { x, size, anchor = "start", opacity = 1 }) {
  const look = { fill: ink, "font-size": size, "text-anchor": anchor, opacity };
  shapes.push(["text", { x, y: top + size, ...look }, text]);
}

export function measureOf(font) {
  const pen = document.createElement("canvas").getContext("2d");
  return (text, size) => {
    pen.font = `${size}px ${font}`;
    return pen.measureText(text).width;
  };
}

// What takes its room each, in rows that are no wider.
export function inRows(parts, width) {
  const rows = [];
  let left = 0;
  for (const part of parts) {
    if (!rows.length || part.room > left) {
      rows.push([]);
      left = width;
    }
    rows.at(-1).push(part);
    left -= part.room;
  }
  return rows;
}

export function wrapped(text, width, size, measure) {
  const lines = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && measure(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
