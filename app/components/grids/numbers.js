// Numbers as Python writes them (app/ui/charts.py), with a true minus sign.
const MINUS = "−";
const LONG = 5; // characters; a longer number does not go into a cell with all its decimals
const POINT = 0.5; // of a digit's width that a decimal point is narrower than a digit

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

const signed = (value, text) => (value < 0 ? MINUS + text : text);

// Three digits, for a cell that has no room for more.
export function brief(value) {
  const size = Math.abs(value);
  const short = !Number.isFinite(value) || Number.isInteger(value) || size < 9.995;
  if (short) return number(value);
  return signed(value, size.toFixed(size < 99.95 ? 1 : 0));
}

// Two digits and no zero before the point, for a cell that has still less.
export function tight(value) {
  if (!Number.isFinite(value) || Number.isInteger(value)) return number(value);
  const size = Math.abs(value);
  if (size < 0.995) return number(value).replace("0.", ".");
  return signed(value, size.toFixed(size < 9.95 ? 1 : 0));
}

// How a grid writes its numbers: by the length of its longest, or the numerators of fractions.
export function writer({ longest, denominator = null }) {
  if (denominator) return (value) => number(Math.round(value * denominator));
  return longest > LONG ? brief : number;
}

// The room that it needs at most, in digits: LONG, but more where a whole number has more. Without
// a minus sign three digits and a point are one less.
export function writtenLength({ longest, whole = longest, signed: minus = true }) {
  const characters = Math.min(longest, minus ? LONG : LONG - 1);
  const length = longest > LONG ? characters : longest;
  return Math.max(length - (longest > whole ? POINT : 0), whole);
}

// All ways in which a grid may write its numbers and the room for each, the fullest first.
export function writings(grid) {
  const full = { write: writer(grid), length: writtenLength(grid) };
  if (grid.denominator) return [full];
  const { longest, whole = longest, signed: minus = true } = grid;
  const digits = longest > whole ? Math.max((minus ? 3 : 2) + POINT, whole) : whole;
  return [full, { write: tight, length: digits }];
}

// A number of a grid in a sentence.
export function spoken(grid, value) {
  const text = writer(grid)(value);
  return grid.denominator && value ? `${text}/${grid.denominator}` : number(value);
}
