// One number of the small CNN: what it is made of and where it goes, as core/explain/trace.py.
import { forward, logitsOf, sharesOf } from "../engine/networks.js";

const STEPS = [0, 2, 3, 5, 6, 8, 9]; // the engine's numbers of the layers
const SHAPES = [
  [1, 28, 28], [3, 28, 28], [3, 14, 14], [6, 14, 14], [6, 7, 7], [1, 8, 16], [1, 10, 1],
];
const MODULES = { 1: 0, 3: 3, 5: 6, 6: 8 }; // of these the engine's layers

// `layers`: name, kind and receptive field of each, as core has them.
export function traced(net, layers, picture) {
  const steps = forward(net, picture);
  const all = layers.map((layer, index) => {
    return { ...layer, shape: SHAPES[index], values: steps[STEPS[index]].values };
  });
  return { net, steps, layers: all, logits: logitsOf(steps) };
}

// A cell is {layer, channel, row, column}.
export function indexOf({ layers }, { layer, channel, row, column }) {
  const [, rows, columns] = layers[layer].shape;
  return (channel * rows + row) * columns + column;
}

export function cellOf({ layers }, layer, index) {
  const [, rows, columns] = layers[layer].shape;
  const place = index % (rows * columns);
  const channel = Math.floor(index / (rows * columns));
  return { layer, channel, row: Math.floor(place / columns), column: place % columns };
}

export const valueOf = (trace, cell) => trace.layers[cell.layer].values[indexOf(trace, cell)];

export const moduleOf = ({ net }, layer) => net.layers[MODULES[layer]];

// What it adds to a logit.
export function shareOf(trace, cell, label) {
  return sharesOf(trace.net, trace.steps, label, STEPS[cell.layer])[indexOf(trace, cell)];
}

// [first, end) of the rows and of the columns of the digit that it depends on.
export function fieldOf({ layers }, { layer, row, column }) {
  const { kind, field, jump, start } = layers[layer];
  if (kind === "linear") return [[0, 28], [0, 28]];
  return [row, column].map((index) => {
    const first = start + index * jump;
    return [Math.max(0, first), Math.min(28, first + field)];
  });
}

// The cells in each channel of the layer before; -1: padding.
export function sourcesOf({ layers }, { layer, row, column }) {
  const { kind } = layers[layer];
  if (kind === "input") return [];
  const [, rows, columns] = layers[layer - 1].shape;
  if (kind === "linear") return Array.from({ length: rows * columns }, (_, index) => index);
  const [side, stride, padding] = kind === "convolution" ? [3, 1, 1] : [2, 2, 0];
  return Array.from({ length: side * side }, (_, entry) => {
    const down = row * stride - padding + Math.floor(entry / side);
    const across = column * stride - padding + (entry % side);
    const isInside = down >= 0 && down < rows && across >= 0 && across < columns;
    return isInside ? down * columns + across : -1;
  });
}

// Inputs times weights of a cell of a linear layer.
export function productOf(trace, cell) {
  const { weight, bias } = moduleOf(trace, cell.layer);
  const unit = indexOf(trace, cell);
  const inputs = trace.layers[cell.layer - 1].values;
  const own = weight.subarray(unit * inputs.length, (unit + 1) * inputs.length);
  const products = inputs.map((value, index) => value * own[index]);
  const sum = products.reduce((total, one) => total + one, 0);
  return { inputs, weight: own, products, bias: bias[unit], total: sum + bias[unit] };
}

const largestAt = (values) => values.indexOf(values.reduce((a, b) => Math.max(a, b), -Infinity));

// The cell of the layer before that adds most to it, or that won its window; null for a pixel.
export function strongestOf(trace, cell) {
  const { kind } = trace.layers[cell.layer];
  if (kind === "input") return null;
  const before = cell.layer - 1;
  if (kind === "linear") return cellOf(trace, before, largestAt(productOf(trace, cell).products));
  const { values, shape: [channels, rows, columns] } = trace.layers[before];
  const sources = sourcesOf(trace, cell);
  const size = rows * columns;
  if (kind === "pooling") {
    const own = sources.map((index) => values[cell.channel * size + index]);
    return cellOf(trace, before, cell.channel * size + sources[largestAt(own)]);
  }
  const { weight } = moduleOf(trace, cell.layer);
  const products = Array.from({ length: channels * 9 }, (_, index) => {
    const [channel, entry] = [Math.floor(index / 9), index % 9];
    if (sources[entry] < 0) return -Infinity;
    return values[channel * size + sources[entry]] * weight[cell.channel * channels * 9 + index];
  });
  const best = largestAt(products);
  return cellOf(trace, before, Math.floor(best / 9) * size + sources[best % 9]);
}

// The cell of the next layer that it goes into, or adds most to; null for a logit.
export function followingOf(trace, cell) {
  const layer = cell.layer + 1;
  const next = trace.layers[layer];
  if (!next) return null;
  const { channel, row, column } = cell;
  if (next.kind === "pooling") {
    return { layer, channel, row: Math.floor(row / 2), column: Math.floor(column / 2) };
  }
  const { weight, shape: [count, width] } = moduleOf(trace, layer);
  if (next.kind === "convolution") {
    const middles = Array.from({ length: count }, (_, filter) => {
      return weight[(filter * width + channel) * 9 + 4];
    });
    return { layer, channel: largestAt(middles), row, column };
  }
  const from = Array.from({ length: count }, (_, unit) => {
    const isOff = layer === 5 && next.values[unit] <= 0; // takes nothing on
    return isOff ? -Infinity : weight[unit * width + indexOf(trace, cell)];
  });
  return cellOf(trace, layer, largestAt(from));
}
