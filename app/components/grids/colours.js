// Colours of cells and of what is written on them.
const WHITE = "#ffffff";
const BLACK = "#000000";
const EQUAL = Math.sqrt(1.05 * 0.05) - 0.05; // luminance on which both are read equally well
const WEIGHTS = [0.2126, 0.7152, 0.0722]; // of red, green and blue in the luminance

// Of a picture: its type, and what is lit by what stands beside it.
export function inksOf(root) {
  const style = getComputedStyle(root);
  return { ink: style.color, accent: style.getPropertyValue("--st-primary-color") || style.color };
}

// "#rrggbb" as three numbers.
export function channels(colour) {
  return [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16));
}

// Between the colours of negative, zero and positive; null for what is on no scale.
export function cellColour(grid, value) {
  return Number.isFinite(value) ? `rgb(${rgbOf(grid, value).join()})` : null;
}

// The same for a finite value, as three numbers.
export const rgbOf = (grid, value) => mixInto([0, 0, 0], 0, grid, value);

// A pixel for each cell of a grid of finite values: red, green, blue and opacity, row by row.
export function pixelsOf(grid) {
  const pixels = new Uint8ClampedArray(4 * grid.count).fill(255);
  for (let cell = 0; cell < grid.count; cell++) mixInto(pixels, 4 * cell, grid, grid.values[cell]);
  return pixels;
}

// Written into an array from an index on: nothing is made for each of thousands of cells.
function mixInto(numbers, start, { rgb: [negative, zero, positive], largest }, value) {
  const share = Math.max(-1, Math.min(1, value / largest));
  const end = share < 0 ? negative : positive;
  for (let channel = 0; channel < 3; channel++) {
    const from = zero[channel];
    numbers[start + channel] = Math.round(from + (end[channel] - from) * Math.abs(share));
  }
  return numbers;
}

// Black or white, whichever has the larger contrast to the cell: 4.58 to 1 at least.
export function textColour(grid, value) {
  return Number.isFinite(value) && luminance(rgbOf(grid, value)) < EQUAL ? WHITE : BLACK;
}

// As the Web Content Accessibility Guidelines define it, 0 for black and 1 for white.
export function luminance(colour) {
  return colour.reduce((sum, channel, index) => sum + WEIGHTS[index] * linear(channel / 255), 0);
}

function linear(value) {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}
