// All layers of the small CNN in a strip, with the cell that is followed: the app's picture.
import { number } from "../../components/grids/numbers.js";
import { filled, limit, mark, packedMarks, refilled } from "../pages/scene.js";
import { fieldOf, indexOf, sourcesOf } from "./traced.js";

export const AROUND = 22.5; // rem that the page needs besides both pictures
const LOGIT = /^\d: /;
const NAMES = 15; // size of the type of a layer's name

export function stripScene(template, trace, cell, sentence, look) {
  const { layers, logits } = trace;
  const largest = limit(...layers.slice(1, 5).map(({ values }) => values));
  const grids = template.grids.map((grid) => {
    const [layer, channel] = grid.pick.split(" ").map(Number);
    const count = grid.rows * grid.columns;
    const own = layers[layer].values.subarray(channel * count, (channel + 1) * count);
    return filled(grid, own, largest, false);
  });
  let heading = -1;
  const signs = template.signs.map((sign) => {
    if (LOGIT.test(sign.text)) {
      const label = Number(sign.text[0]);
      return { ...sign, text: `${label}: ${number(Math.fround(logits[label]))}` };
    }
    if (sign.size !== NAMES) return sign;
    heading += 1;
    const isOpen = heading === cell.layer;
    return { ...sign, text: (isOpen ? "▸ " : "") + sign.text.replace("▸ ", ""), bold: isOpen };
  });
  const marks = packedMarks(marksOf(trace, cell));
  const said = { alt: sentence, sentences: [sentence], around: AROUND };
  return refilled(template, { grids, signs, marks, ...said }, look);
}

// The cell, what it was computed from in the layer before, and its receptive field.
function marksOf(trace, cell) {
  const { layers } = trace;
  const firsts = layers.map((_, index) => {
    return layers.slice(0, index).reduce((sum, { shape: [channels] }) => sum + channels, 0);
  });
  const [, rows, columns] = layers[cell.layer].shape;
  const place = indexOf(trace, cell) % (rows * columns);
  const own = mark(firsts[cell.layer] + cell.channel, [[place]], "winner");
  const [[top, bottom], [left, right]] = fieldOf(trace, cell);
  const field = [];
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) field.push(row * 28 + column);
  }
  return [...sourceMarks(trace, cell, firsts), own, mark(0, [field], "window")];
}

function sourceMarks(trace, cell, firsts) {
  const before = cell.layer - 1;
  if (before < 1 || trace.layers[before].kind === "linear") return [];
  const every = Array.from({ length: trace.layers[before].shape[0] }, (_, channel) => channel);
  const channels = trace.layers[cell.layer].kind === "pooling" ? [cell.channel] : every;
  const sources = sourcesOf(trace, cell);
  return channels.map((channel) => mark(firsts[before] + channel, [[...sources]], "window"));
}
