// What an attack climbs, as core.attack_methods has it: the score of logits, and its gradient with
// respect to them. The label is the true class, or the target of a targeted attack.
import { softmax } from "./layers.js";

const SHARPNESS = 3; // of the soft margin
const { fround } = Math;

// log(Σ exp(factor · logit)) / factor.
function smoothMaximum(logits, factor) {
  const largest = Math.max(...logits);
  const sum = logits.reduce((total, logit) => total + Math.exp(factor * (logit - largest)), 0);
  return largest + Math.log(sum) / factor;
}

function crossEntropy(logits, label, single) {
  const gradient = single ? singleSoftmax(logits) : softmax(logits);
  gradient[label] -= 1;
  return { score: smoothMaximum(logits, 1) - logits[label], gradient };
}

// As torch computes it in 32 bits, where a network that is sure has a probability of just 1 and so
// no gradient left: that is what the app's networks show of cross-entropy, and so must the site.
function singleSoftmax(logits) {
  const largest = fround(Math.max(...logits));
  const below = Array.from(logits, (logit) => fround(fround(logit) - largest));
  const sum = below.reduce((total, one) => fround(total + fround(Math.exp(one))), 0);
  const logarithm = fround(Math.log(sum));
  return below.map((one) => fround(Math.exp(fround(one - logarithm))));
}

// The largest other logit minus that of the label, with a smooth maximum.
function softMargin(logits, label) {
  const others = Array.from(logits, (logit, index) => (index === label ? -Infinity : logit));
  const gradient = softmax(others.map((logit) => SHARPNESS * logit));
  gradient[label] = -1;
  return { score: smoothMaximum(others, SHARPNESS) - logits[label], gradient };
}

const SCORES = { crossEntropy, softMargin };

// `single`: cross-entropy in 32 bits.
export function scoreOf(name, logits, { label, targeted, single }) {
  const { score, gradient } = SCORES[name](logits, label, single);
  if (!targeted) return { score, gradient };
  return { score: -score, gradient: gradient.map((part) => -part) };
}
