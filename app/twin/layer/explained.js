// What a layer does at each step, as core/explain has it: one channel, one filter, zeros around.
import { coveredBy, geometryOf, padded } from "./geometry.js";

const { fround } = Math;

// `picture` and `weights`: Float32Arrays, row by row; `setting` as geometryOf takes it, and `relu`.
export function convolution(picture, weights, setting) {
  const geometry = geometryOf(setting);
  const around = padded(picture, geometry, 0);
  const covered = coveredBy(geometry);
  const windows = covered.map((cells) => cells.map((cell) => around[cell]));
  const products = windows.map((window) => {
    return window.map((value, entry) => fround(value * weights[entry]));
  });
  const sums = products.map((terms) => {
    return terms.reduce((total, term) => fround(total + term), 0); // in 32 bits, as core's layer
  });
  const output = sums.map((sum) => (setting.relu ? Math.max(0, sum) : sum));
  return {
    geometry, picture, weights, padded: around, covered, windows, products, sums, output,
    relu: setting.relu,
  };
}

export function pooling(picture, setting) {
  const geometry = geometryOf(setting);
  const around = padded(picture, geometry, -Infinity);
  const covered = coveredBy(geometry);
  const windows = covered.map((cells) => cells.map((cell) => around[cell]));
  const output = windows.map((window) => Math.max(...window));
  const winners = windows.map((window, step) => window.indexOf(output[step]));
  const ties = windows.map((window, step) => window.map((value, entry) => {
    return value === output[step] && entry !== winners[step];
  }));
  const average = geometry.dilation > 1 ? null : windows.map((window) => {
    const inside = window.filter((value) => value !== -Infinity);
    return fround(inside.reduce((total, value) => total + value, 0) / window.length);
  });
  return { geometry, picture, padded: around, covered, windows, output, winners, ties, average };
}
