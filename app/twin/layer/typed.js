// Rows of numbers that somebody types: numbers, or one sentence that says what to mend.
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const RATIO = /^([+-]?\d+)\/(\d+)$/;
const LARGEST = 10_000; // of a number

function numberOf(entry) {
  const text = entry.replace("−", "-");
  const ratio = RATIO.exec(text);
  if (ratio && Number(ratio[2])) return Number(ratio[1]) / Number(ratio[2]);
  return DECIMAL.test(text) ? Number(text) : NaN;
}

// {values, size} of a text such as "1 0 -1; 2 0 -2", or {error}. `what` is "picture" or "kernel".
export function matrixOf(text, what, largest) {
  const lines = text.replaceAll(",", " ").replaceAll(";", "\n").split("\n");
  const entries = lines.map((line) => line.split(/\s+/).filter(Boolean));
  const rows = entries.filter(({ length }) => length);
  if (!rows.length) {
    return { error: `The ${what} is empty: type rows of numbers, for example 1 0 -1.` };
  }
  const size = [rows.length, rows[0].length];
  if (Math.max(...size) > largest) {
    const most = `${largest} × ${largest}`;
    return { error: `The ${what} is ${size.join(" × ")}: at most ${most} can be shown here.` };
  }
  const odd = rows.findIndex(({ length }) => length !== size[1]);
  if (odd >= 0) {
    const lengths = `${rows[odd].length} and row 1 has ${size[1]} numbers`;
    const mend = "give every row the same length";
    return { error: `Row ${odd + 1} of the ${what} has ${lengths}: ${mend}.` };
  }
  return filled(rows.flat(), size, what);
}

function filled(entries, size, what) {
  const values = Float32Array.from(entries, numberOf);
  const wrong = values.findIndex((value) => !(Math.abs(value) <= LARGEST));
  if (wrong < 0) return { values, size };
  const row = Math.floor(wrong / size[1]) + 1;
  const place = `“${entries[wrong].slice(0, 30)}” in row ${row} of the ${what}`;
  return { error: `${place} is no number up to 10,000: type one like 2, -0.5 or 1/9.` };
}

// Rows for each of so many channels, with an empty line between two, or one for all of them.
export function matricesOf(text, what, largest, count) {
  const blocks = text.split(/\n\s*\n/).filter((block) => block.trim());
  if (blocks.length > 1 && blocks.length !== count) {
    const needed = count === 1 ? "one channel" : `${count} channels`;
    const mend = "give one for all channels, or one for each";
    return { error: `The ${what} has ${blocks.length} matrices, the picture ${needed}: ${mend}.` };
  }
  const read = (blocks.length ? blocks : [text]).map((block) => matrixOf(block, what, largest));
  const fault = read.find(({ error }) => error);
  if (fault) return fault;
  if (read.some(({ size }) => String(size) !== String(read[0].size))) {
    return { error: `The matrices of the ${what} differ in size: give all the same rows.` };
  }
  const each = read.length === count ? read : Array.from({ length: count }, () => read[0]);
  const values = Float32Array.from(each.flatMap((one) => [...one.values]));
  return { values, size: read[0].size };
}
