// Evasion attacks under an L-infinity limit, as core.attacks has them, on one picture: gradient,
// step, project, clip. See there for the formula and the sources.
import { backward, classOf, forward, logitsOf } from "./networks.js";
import { scoreOf } from "./scores.js";

const SMALLEST = 2 ** -1022; // of a mean: a gradient of 0 stays 0

// As core.attack_methods names them.
const PLAIN = { score: "crossEntropy", decay: "constant", momentum: 0, randomStart: false };
const METHODS = {
  fgsm: { ...PLAIN, stepSize: 1 },
  pgd: { ...PLAIN, stepSize: 0.25, randomStart: true },
  momentum: { ...PLAIN, stepSize: 0.1, momentum: 1 },
  improved: { ...PLAIN, score: "softMargin", stepSize: 2, decay: "cosine", momentum: 0.4 },
};

// As the app takes it: the steps of momentum add up to epsilon.
export function methodOf(name, gradients) {
  return name === "momentum" ? { ...METHODS.momentum, stepSize: 1 / gradients } : METHODS[name];
}

// The next step as a share of epsilon, after `done` of the steps.
export function shareOf({ stepSize, decay }, done, steps) {
  if (decay === "constant") return stepSize;
  return stepSize * ((1 + Math.cos((Math.PI * done) / steps)) / 2);
}

const clip = (value, low, high) => Math.min(high, Math.max(low, value));

// A half goes to the even neighbour, as torch rounds.
export function roundedEven(value) {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

// The lowest and highest value of each pixel; `whole`: of the grey values, 256 between the bounds.
export function limitsOf(picture, epsilon, [lowest, highest], whole) {
  const unit = (highest - lowest) / 255;
  const [reach, error] = [greyValues(epsilon / unit), 1e-12 * 255];
  const end = (value, way) => {
    if (!whole) return clip(value + way * epsilon, lowest, highest);
    const grey = (value - lowest) / unit;
    const exact = Math.abs(grey - Math.round(grey)) <= error ? Math.round(grey) : grey;
    const last = way < 0 ? Math.ceil(exact - reach) : Math.floor(exact + reach);
    return clip(last * unit + lowest, lowest, highest);
  };
  const low = picture.map((value) => Math.min(value, end(value, -1)));
  return { low, high: picture.map((value) => Math.max(value, end(value, 1))), lowest, unit, whole };
}

// 12 · (1 / 255) counts as 12.
function greyValues(count) {
  return Math.abs(count - Math.round(count)) <= 1e-6 ? Math.round(count) : count;
}

// What the network sees at a point.
function pictureAt(points, { low, high, lowest, unit, whole }) {
  if (!whole) return points.slice();
  return points.map((value, index) => {
    const grey = roundedEven((value - lowest) / unit) * unit + lowest;
    return clip(grey, low[index], high[index]);
  });
}

// v <- momentum · v + g / mean|g|, x' <- clip(x' + size · sign(v)); both are changed.
export function step(points, gradient, direction, { size, momentum, low, high }) {
  const sum = gradient.reduce((total, part) => total + Math.abs(part), 0);
  const mean = Math.max(SMALLEST, sum / gradient.length);
  for (let index = 0; index < points.length; index++) {
    direction[index] = momentum * direction[index] + gradient[index] / mean;
    const moved = points[index] + size * Math.sign(direction[index]);
    points[index] = clip(moved, low[index], high[index]);
  }
}

// The random start of core's first run, from numbers in [0, 1): torch.rand's, with its seed.
function startOf(picture, { low, high }, noise) {
  return picture.map((_, index) => {
    const point = low[index] + noise[index] * (high[index] - low[index]);
    return clip(point, low[index], high[index]);
  });
}

// One attack on one picture, in the network's own pixels.
// `setting`: {method, label, targeted, epsilon, gradients, whole, noise, single, keep}. The result
// has the first success, or the picture with the highest score, and of every step the score (where
// one is to `keep` them, the picture as well).
export function attack(net, picture, setting) {
  const { method, label, targeted, epsilon, gradients: steps, whole, noise, keep } = setting;
  const limits = limitsOf(picture, epsilon, net.bounds, whole);
  const points = method.randomStart ? startOf(picture, limits, noise) : picture.slice();
  const direction = new Float64Array(picture.length);
  const found = { adversarial: picture, best: -Infinity, success: false, scores: [], pictures: [] };
  for (let number = 0; number <= steps; number++) {
    const seen = pictureAt(points, limits);
    const passed = forward(net, seen);
    const { score, gradient } = scoreOf(method.score, logitsOf(passed), setting);
    found.success = (classOf(logitsOf(passed)) === label) === targeted;
    found.scores.push(score);
    if (keep) found.pictures.push(seen);
    if (found.success || score >= found.best) {
      Object.assign(found, { adversarial: seen, best: score });
    }
    if (found.success || number === steps) break;
    const size = shareOf(method, number, steps) * epsilon;
    step(points, backward(net, passed, gradient), direction, { ...method, ...limits, size });
  }
  return { ...found, gradients: found.scores.length - 1 };
}
