// The layers of the homework's small networks, and their gradients with respect to the input. A
// picture or a stack of maps is a Float64Array with its shape [channels, height, width]: sums in
// 64 bits are core's own to 12 digits in 64 bits, and to what 32 bits can hold in 32.

export const sizeOf = ([channels, height, width]) => channels * height * width;

// output[f, y, x] = bias[f] + Σ weight[f, c, i, j] · padded[c, y + i, x + j], stride 1.
export function convolve(layer, input, [, height, width]) {
  const { weight, bias, shape: [filters, channels, kernel], padding } = layer;
  const rows = height + 2 * padding - kernel + 1;
  const columns = width + 2 * padding - kernel + 1;
  const output = new Float64Array(filters * rows * columns);
  for (let filter = 0; filter < filters; filter++) {
    output.fill(bias[filter], filter * rows * columns, (filter + 1) * rows * columns);
    for (let entry = 0; entry < channels * kernel * kernel; entry++) {
      const channel = Math.floor(entry / (kernel * kernel));
      const down = Math.floor(entry / kernel) % kernel - padding;
      const across = entry % kernel - padding;
      const factor = weight[filter * channels * kernel * kernel + entry];
      const [first, last] = [Math.max(0, -across), Math.min(columns, width - across)];
      for (let row = Math.max(0, -down); row < Math.min(rows, height - down); row++) {
        const from = (channel * height + row + down) * width + across;
        const to = (filter * rows + row) * columns;
        for (let column = first; column < last; column++) {
          output[to + column] += factor * input[from + column];
        }
      }
    }
  }
  return [output, [filters, rows, columns]];
}

// Every output cell gives its gradient, times its weight, to each cell of its window.
export function convolveBack(layer, gradient, [, rows, columns], [channels, height, width]) {
  const { weight, shape: [filters, , kernel], padding } = layer;
  const into = new Float64Array(channels * height * width);
  for (let index = 0; index < gradient.length; index++) {
    const part = gradient[index];
    if (part === 0) continue; // after a max pooling three of four cells are
    const filter = Math.floor(index / (rows * columns));
    const top = Math.floor(index / columns) % rows - padding;
    const left = index % columns - padding;
    const [first, last] = [Math.max(0, -left), Math.min(kernel, width - left)];
    for (let channel = 0; channel < channels; channel++) {
      for (let i = Math.max(0, -top); i < Math.min(kernel, height - top); i++) {
        const from = ((filter * channels + channel) * kernel + i) * kernel;
        const to = (channel * height + top + i) * width + left;
        for (let j = first; j < last; j++) into[to + j] += part * weight[from + j];
      }
    }
  }
  return into;
}

// The largest of each window of 2 x 2, the first in reading order of equal ones, and where it was.
export function pool(input, [channels, height, width]) {
  const [rows, columns] = [Math.floor(height / 2), Math.floor(width / 2)];
  const output = new Float64Array(channels * rows * columns);
  const winners = new Int32Array(output.length);
  for (let index = 0; index < output.length; index++) {
    const line = Math.floor(index / columns);
    const top = Math.floor(line / rows) * height + 2 * (line % rows);
    const first = top * width + 2 * (index % columns);
    let best = first;
    for (const cell of [first + 1, first + width, first + width + 1]) {
      if (input[cell] > input[best]) best = cell;
    }
    winners[index] = best;
    output[index] = input[best];
  }
  return [output, [channels, rows, columns], winners];
}

// The winner of each window gets its gradient, the others nothing.
export function poolBack(winners, gradient, shape) {
  const into = new Float64Array(sizeOf(shape));
  winners.forEach((cell, index) => { into[cell] += gradient[index]; });
  return into;
}

export const relu = (input) => input.map((value) => (value > 0 ? value : 0));

export const reluBack = (input, gradient) => gradient.map((part, index) => {
  return input[index] > 0 ? part : 0;
});

// output[k] = bias[k] + Σ weight[k, i] · input[i].
export function linear({ weight, bias }, input) {
  return Float64Array.from(bias, (start, unit) => {
    let sum = 0;
    const from = unit * input.length;
    for (let index = 0; index < input.length; index++) sum += weight[from + index] * input[index];
    return start + sum;
  });
}

export function linearBack({ weight }, gradient) {
  const width = weight.length / gradient.length;
  const into = new Float64Array(width);
  gradient.forEach((part, unit) => {
    if (part === 0) return;
    for (let index = 0; index < width; index++) into[index] += part * weight[unit * width + index];
  });
  return into;
}

export function softmax(logits) {
  const largest = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
