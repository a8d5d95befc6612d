// Numbers as Python writes them (app/ui/charts.py), with a true minus sign.
const MINUS = "−";
const LONG = 5; // characters; a longer number does not go into a cell with all its decimals
const POINT = 0.5; // of a digit's width that a decimal point is narrower than a digit
const SHORT = 4; // characters of three digits and a point
const LARGEST_WITH_HALVES = 1e12;
const FLOAT32_ERROR = 1e-4; // of numbers up to 2,000; a larger float32 may be many decimal numbers

// A number with so many decimals, a half away from zero; a float that is the nearest to a half is
// taken for it, as a float32 as well.
export function rounded(value, decimals = 2) {
  let size = Math.abs(value);
  if (size < LARGEST_WITH_HALVES) {
    const parts = 10 ** decimals;
    const below = Math.floor(size * parts);
    const half = (2 * below + 1) / (2 * parts);
    const single = Math.fround(half);
    const isSingle = size === single && Math.abs(single - half) < FLOAT32_ERROR;
    if (size === half || isSingle) size = (below + 1) / parts;
  }
  const text = size.toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

// Whole numbers as they are, others with two decimals.
export function number(value) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  return rounded(value, Number.isInteger(value) ? 0 : 2);
}

const length = (text) => text.replace(MINUS, "").length;

// Three digits, for a cell that has no room for more.
export function brief(value) {
  if (!Number.isFinite(value) || Number.isInteger(value)) return number(value);
  const texts = [2, 1, 0].map((decimals) => rounded(value, decimals));
  return texts.find((text) => length(text) <= SHORT) ?? texts[2];
}

// Two digits and no zero before the point, for a cell that has still less.
export function tight(value) {
  if (!Number.isFinite(value) || Number.isInteger(value)) return number(value);
  const text = rounded(value);
  if (/^−?0/.test(text)) return text.replace("0.", ".");
  const short = rounded(value, 1);
  return length(short) < SHORT ? short : rounded(value, 0);
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
