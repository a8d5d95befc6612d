// A drawn digit as MNIST's were made: scaled into a box of 20 x 20, whose centre of mass lies on
// pixel 14 of 28 x 28. The same as core.data.photos.centred_digit, to the last grey value: Pillow
// scales with whole numbers, row by row and then column by column, and so does this. Newer ones
// take the columns of a drawing first that is more than twice as high as wide: a few greys differ.
const SIDE = 28;
const BOX = 20;
const LOBES = 3; // of the Lanczos kernel
const FRACTION = 2 ** 22; // Pillow's weights are whole numbers of so many parts

const sinc = (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
const lanczos = (x) => (Math.abs(x) < LOBES ? sinc(x) * sinc(x / LOBES) : 0);

// For each pixel of the result: the first pixel that it is made of, and the weights from there on.
function weightsOf(from, to) {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  return Array.from({ length: to }, (_, index) => {
    const centre = (index + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - LOBES * stretch + 0.5));
    const last = Math.min(from, Math.trunc(centre + LOBES * stretch + 0.5));
    const weights = Array.from({ length: last - first }, (_, at) => {
      return lanczos((at + first - centre + 0.5) * (1 / stretch));
    });
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => whole((weight / sum) * FRACTION)) };
  });
}

const whole = (value) => Math.trunc(value < 0 ? value - 0.5 : value + 0.5);

function sumUp({ first, weights }, pixelAt) {
  const sum = weights.reduce((total, weight, at) => total + weight * pixelAt(first + at), 0);
  return Math.min(255, Math.max(0, Math.floor((sum + FRACTION / 2) / FRACTION)));
}

// (height x width) grey values as (rows x columns).
export function resized(pixels, [height, width], [rows, columns]) {
  const across = width === columns ? null : weightsOf(width, columns);
  const narrow = across === null ? pixels : Array.from({ length: height * columns }, (_, index) => {
    const top = Math.floor(index / columns) * width;
    return sumUp(across[index % columns], (column) => pixels[top + column]);
  });
  if (height === rows) return narrow;
  const down = weightsOf(height, rows);
  return Array.from({ length: rows * columns }, (_, index) => {
    const column = index % columns;
    return sumUp(down[Math.floor(index / columns)], (row) => narrow[row * columns + column]);
  });
}

// Python rounds a half to the even neighbour.
function roundedHalf(value) {
  const below = Math.floor(value);
  return value - below === 0.5 ? below + (below % 2) : Math.round(value);
}

function offsetOf(masses) {
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  const centre = masses.reduce((sum, mass, index) => sum + mass * index, 0) / total;
  return Math.min(Math.max(0, roundedHalf(SIDE / 2 - centre)), SIDE - masses.length);
}

// The box around what is drawn: {top, left, height, width}; null where nothing is.
function boxOf(drawn, side) {
  const rows = [];
  const columns = [];
  drawn.forEach((grey, index) => {
    if (grey === 0) return;
    rows.push(Math.floor(index / side));
    columns.push(index % side);
  });
  if (!rows.length) return null;
  const [top, left] = [Math.min(...rows), Math.min(...columns)];
  return { top, left, height: Math.max(...rows) - top + 1, width: Math.max(...columns) - left + 1 };
}

// `drawn`: white (255) on black (0), row by row of a square. The digit, or null for an empty one.
export function centredDigit(drawn) {
  const side = Math.sqrt(drawn.length);
  const box = boxOf(drawn, side);
  if (box === null) return null;
  const cut = Array.from({ length: box.height * box.width }, (_, index) => {
    const row = box.top + Math.floor(index / box.width);
    return drawn[row * side + box.left + (index % box.width)];
  });
  const scale = BOX / Math.max(box.height, box.width);
  const [height, width] = [box.height, box.width].map((length) => {
    return Math.max(1, roundedHalf(length * scale));
  });
  const small = resized(cut, [box.height, box.width], [height, width]);
  return placed(small, height, width);
}

function placed(small, height, width) {
  const massOf = (count, isIn) => Array.from({ length: count }, (_, line) => {
    return small.reduce((sum, grey, index) => sum + (isIn(index) === line ? grey : 0), 0);
  });
  const top = offsetOf(massOf(height, (index) => Math.floor(index / width)));
  const left = offsetOf(massOf(width, (index) => index % width));
  const digit = new Uint8Array(SIDE * SIDE);
  small.forEach((grey, index) => {
    digit[(top + Math.floor(index / width)) * SIDE + left + (index % width)] = grey;
  });
  return digit;
}
