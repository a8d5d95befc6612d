// What a layer does at each step, as core/explain has it: zeros around, one group.
import { coveredBy, geometryOf, padded } from "./geometry.js";

const { fround } = Math;

// An array in so many parts of one size.
export function parts(array, count) {
  const size = array.length / count;
  return Array.from({ length: count }, (_, index) => {
    return array.subarray(index * size, (index + 1) * size);
  });
}

// In 64 bits, rounded to 32 at the end: what core's 32 bits give, or nearer to the truth. Of what
// rounding leaves where ninths cancel nothing is left.
const FINEST = 2 ** 22; // parts of what is added up

function sumUp(window, weights) {
  const products = window.map((value, entry) => value * weights[entry]);
  const sum = products.reduce((total, one) => total + one, 0);
  const size = products.reduce((total, one) => total + Math.abs(one), 0);
  return Math.abs(sum) * FINEST < size ? 0 : sum;
}

// `picture`: (channels, height, width) and `weights`: (filters, channels, height, width) as
// Float32Arrays; `setting` as geometryOf takes it, with `channels`, the `bias` of each filter, and
// `relu`.
export function convolution(picture, weights, { channels = 1, bias = [0], relu, ...setting }) {
  const geometry = geometryOf(setting);
  const covered = coveredBy(geometry);
  const around = parts(picture, channels).map((one) => padded(one, geometry, 0));
  const windows = around.map((one) => covered.map((cells) => cells.map((cell) => one[cell])));
  const filters = parts(weights, bias.length).map((one, index) => {
    return filterOf(parts(one, channels), fround(bias[index]), windows, relu);
  });
  return { geometry, picture, padded: around, covered, windows, filters, relu };
}

// Each channel's products at each step, their sum, and what the filter makes of them.
function filterOf(weights, bias, windows, relu) {
  const products = windows.map((steps, channel) => steps.map((window) => {
    return window.map((value, entry) => fround(value * weights[channel][entry]));
  }));
  const exact = windows.map((steps, channel) => steps.map((one) => sumUp(one, weights[channel])));
  const partial = exact.map((steps) => steps.map((sum) => fround(sum)));
  const sums = exact[0].map((_, step) => {
    return fround(exact.reduce((total, steps) => total + steps[step], bias));
  });
  const output = sums.map((sum) => (relu ? Math.max(0, sum) : sum));
  return { weights, bias, products, partial, sums, output };
}

export function pooling(picture, setting) {
  const geometry = geometryOf(setting);
  const around = padded(picture, geometry, -Infinity);
  const covered = coveredBy(geometry);
  const windows = covered.map((cells) => cells.map((cell) => around[cell]));
  const output = windows.map((window) => Math.max(...window));
  const winners = windows.map((window, step) => { // -1: padding alone
    return output[step] === -Infinity ? -1 : window.indexOf(output[step]);
  });
  const ties = windows.map((window, step) => window.map((value, entry) => {
    return value === output[step] && winners[step] >= 0 && entry !== winners[step];
  }));
  const average = geometry.dilation > 1 ? null : windows.map((window) => {
    const inside = window.filter((value) => value !== -Infinity);
    return fround(inside.reduce((total, value) => total + value, 0) / window.length);
  });
  return { geometry, picture, padded: around, covered, windows, output, winners, ties, average };
}
