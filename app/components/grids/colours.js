// Colours of cells and of what is written on them.
const WHITE = "#ffffff";
const BLACK = "#000000";
const EQUAL = Math.sqrt(1.05 * 0.05) - 0.05; // luminance on which both are read equally well
const WEIGHTS = [0.2126, 0.7152, 0.0722]; // of red, green and blue in the luminance

// "#rrggbb" as three numbers.
export function channels(colour) {
  return [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16));
}

// Between the colours of negative, zero and positive; null for what is on no scale.
export function cellColour(grid, value) {
  return Number.isFinite(value) ? `rgb(${mixed(grid, value).join()})` : null;
}

function mixed(grid, value) {
  const share = Math.max(-1, Math.min(1, value / grid.largest));
  const [negative, zero, positive] = grid.rgb;
  const end = share < 0 ? negative : positive;
  const mix = (from, channel) => from + (end[channel] - from) * Math.abs(share);
  return zero.map((from, channel) => Math.round(mix(from, channel)));
}

// Black or white, whichever has the larger contrast to the cell: 4.58 to 1 at least.
export function textColour(grid, value) {
  return Number.isFinite(value) && luminance(mixed(grid, value)) < EQUAL ? WHITE : BLACK;
}

// As the Web Content Accessibility Guidelines define it, 0 for black and 1 for white.
export function luminance(colour) {
  return colour.reduce((sum, channel, index) => sum + WEIGHTS[index] * linear(channel / 255), 0);
}

function linear(value) {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}
