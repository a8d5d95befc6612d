// Colours of cells and of what is written on them.
const WHITE = "#ffffff";
const BLACK = "#1b1f24";
const DARK = 0.7; // share of the scale from which a cell's own colour is dark

// "#rrggbb" as three numbers.
export function channels(colour) {
  return [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16));
}

// Between the colours of negative, zero and positive; null for what is on no scale.
export function cellColour(grid, value) {
  if (!Number.isFinite(value)) return null;
  const share = Math.max(-1, Math.min(1, value / grid.largest));
  const [negative, zero, positive] = grid.rgb;
  const end = share < 0 ? negative : positive;
  const mix = (from, channel) => from + (end[channel] - from) * Math.abs(share);
  return `rgb(${zero.map((from, channel) => Math.round(mix(from, channel))).join()})`;
}

export function textColour(grid, value) {
  const dark = Number.isFinite(value) && Math.abs(value) > DARK * grid.largest;
  return dark ? WHITE : BLACK;
}
