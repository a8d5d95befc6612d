// Every map of the small CNN: the app's picture, filled with what the layers make of a digit.
import { percent } from "../pages/dom.js";
import { filled, limit, refilled } from "../pages/scene.js";
import { classOf } from "../engine/networks.js";
import { softmax } from "../engine/layers.js";

// Name of a step in the picture to the engine's number of it.
const STEPS = {
  input: 0, conv1: 1, relu1: 2, pool1: 3, conv2: 4, relu2: 5, pool2: 6, hidden: 8, logits: 9,
};
// What shares a scale, which ends at the largest value after the ReLU.
const GROUPS = {
  conv1: [2, 3], relu1: [2, 3], pool1: [2, 3], conv2: [5, 6], relu2: [5, 6], pool2: [5, 6],
  hidden: [8], logits: [9],
};

const ANSWER = /^\d {2}/; // a class with its probability

// The layer that a step's cells are followed in: a ReLU belongs to the layer before it.
export const FOLLOWED = {
  input: 0, conv1: 1, relu1: 1, pool1: 2, conv2: 3, relu2: 3, pool2: 4, hidden: 5, logits: 6,
};

// `chosen`: the number of the digit among those to choose from, null for another one.
export function overviewScene(template, steps, chosen, look) {
  const scales = Object.fromEntries(Object.entries(GROUPS).map(([name, members]) => {
    return [name, limit(...members.map((step) => steps[step].values))];
  }));
  const grids = template.grids.map((grid) => {
    const [name, index] = grid.pick.split(" ");
    if (name === "picture") return { ...grid, framed: Number(index) === chosen };
    const { values } = steps[STEPS[name]];
    const count = grid.rows * grid.columns;
    const own = values.subarray(index * count, (Number(index) + 1) * count);
    return filled(grid, own, name === "input" ? 1 : scales[name], name === "logits");
  });
  const probabilities = softmax(steps[STEPS.logits].values);
  const best = classOf(probabilities);
  const signs = template.signs.map((sign) => {
    if (!ANSWER.test(sign.text)) return sign;
    const label = Number(sign.text[0]);
    return { ...sign, text: `${label}  ${percent(probabilities[label])}`, bold: label === best };
  });
  return refilled(template, { grids, signs, alt: "Every map of the small CNN" }, look);
}
