// How a window slides over a picture, as core/explain/geometry.py has it. Lengths are in cells.

// `size` and `kernel`: [height, width].
export function geometryOf({ size, kernel, stride, padding, dilation }) {
  const padded = size.map((length) => length + 2 * padding);
  const output = padded.map((length, axis) => {
    return Math.floor((length - dilation * (kernel[axis] - 1) - 1) / stride) + 1;
  });
  const steps = Math.max(0, output[0]) * Math.max(0, output[1]);
  return { size, kernel, stride, padding, dilation, padded, output, steps };
}

// For each step the cells of the padded picture under the window, row by row.
export function coveredBy({ kernel, stride, dilation, padded, output, steps }) {
  const window = kernel[0] * kernel[1];
  return Array.from({ length: steps }, (_, step) => {
    const [row, column] = [Math.floor(step / output[1]), step % output[1]];
    return Array.from({ length: window }, (_, entry) => {
      const down = row * stride + Math.floor(entry / kernel[1]) * dilation;
      return down * padded[1] + column * stride + (entry % kernel[1]) * dilation;
    });
  });
}

// The picture with padding of one value around it.
export function padded(picture, { size, padding, padded: [rows, columns] }, fill) {
  return Float32Array.from({ length: rows * columns }, (_, cell) => {
    const [row, column] = [Math.floor(cell / columns) - padding, (cell % columns) - padding];
    const isInside = row >= 0 && row < size[0] && column >= 0 && column < size[1];
    return isInside ? picture[row * size[1] + column] : fill;
  });
}

// The places of the padding in the padded picture; null without any.
export function outsideOf(geometry) {
  if (!geometry.padding) return null;
  const marks = padded(new Float32Array(geometry.size[0] * geometry.size[1]), geometry, 1);
  return Int32Array.from([...marks.keys()].filter((cell) => marks[cell] === 1));
}

// Which cell of the picture each padded one is; -1: none.
export function originOf(geometry) {
  const { size: [rows, columns] } = geometry;
  const cells = Float32Array.from({ length: rows * columns }, (_, cell) => cell);
  return padded(cells, geometry, -1);
}

// "Input 5 × 5, padding 1".
export function inputTitle(name, { size, padding }) {
  return `${name} ${size[0]} × ${size[1]}${padding ? `, padding ${padding}` : ""}`;
}

export function placeOf(step, { output }) {
  return `Row ${Math.floor(step / output[1]) + 1}, column ${(step % output[1]) + 1}`;
}
