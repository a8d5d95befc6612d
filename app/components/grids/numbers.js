// Numbers as Python writes them (app/ui/charts.py), with a true minus sign.
const MINUS = "−";
const LONG = 5; // characters; a longer number does not go into a cell with all its decimals

// Whole numbers as they are, others with two decimals, ties to even.
export function number(value) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  if (Number.isInteger(value)) return String(value).replace("-", MINUS);
  const size = Math.abs(value);
  const hundredths = Math.floor(size * 100);
  const down = isTie(value) && hundredths % 2 === 0;
  const text = (down ? hundredths / 100 : size).toFixed(2);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

// Halfway between two hundredths lie the odd numbers of eighths, and no other float.
function isTie(value) {
  return Number.isInteger(value * 8) && !Number.isInteger(value * 4);
}

// Three digits, for a cell that has no room for more.
export function brief(value) {
  const size = Math.abs(value);
  const short = !Number.isFinite(value) || Number.isInteger(value) || size < 9.995;
  if (short) return number(value);
  const text = size.toFixed(size < 99.95 ? 1 : 0);
  return value < 0 ? MINUS + text : text;
}

// How a grid writes its numbers: by the length of its longest, or the numerators of fractions.
export function writer({ longest, denominator = null }) {
  if (denominator) return (value) => number(Math.round(value * denominator));
  return longest > LONG ? brief : number;
}

// The most characters that it needs, which are more than LONG where a whole number has them.
// Without a minus sign three digits and a point are one less.
export function writtenLength({ longest, whole = 0, signed = true }) {
  return longest > LONG ? Math.max(signed ? LONG : LONG - 1, whole) : longest;
}

// A number of a grid in a sentence.
export function spoken(grid, value) {
  const text = writer(grid)(value);
  return grid.denominator && value ? `${text}/${grid.denominator}` : number(value);
}
