// What the page of attacks says.
import { classOf } from "../engine/networks.js";
import { percent } from "./dom.js";

// By the names that the app's links have; with the gradients that each may cost.
export const ATTACKS = {
  task1: { title: "Task 1: into any other class", method: "improved", gradients: 20 },
  task2: { title: "Task 2: into a target, PGD", method: "pgd", targeted: true, gradients: 100 },
  task3: {
    title: "Task 3: into a target, improved", method: "improved", targeted: true, gradients: 100,
  },
  fgsm: { title: "FGSM: one step", method: "fgsm", gradients: 1 },
  pgd: { title: "PGD, cross-entropy", method: "pgd", gradients: 20 },
  momentum: { title: "MI-FGSM: with momentum", method: "momentum", gradients: 20 },
};
for (const attack of Object.values(ATTACKS)) attack.targeted ??= false;

const seenIn = (shares) => `${classOf(shares)} (${percent(Math.max(...shares))})`;

const counted = (count) => `${count} gradient${count === 1 ? "" : "s"}`;

export function verdictOf({ before, after, gradients }, { attack, target }, label) {
  const { targeted } = ATTACKS[attack];
  const succeeds = (shares) => {
    return targeted ? classOf(shares) === Number(target) : classOf(shares) !== label;
  };
  const sees = (shares) => `the network sees ${seenIn(shares)}`;
  if (succeeds(before)) return `ⓘ Nothing to do: even without an attack ${sees(before)}.`;
  const missed = classOf(after) === label ? "✓ Holds" : "✓ Misses its target";
  const result = succeeds(after) ? "✕ Fooled" : missed;
  return `${result}: ${sees(after)} after ${counted(gradients)}.`;
}

export const otherSentence = ({ elsewhere }) => {
  const seen = Object.entries(elsewhere).map(([name, shares]) => `${name}: ${seenIn(shares)}`);
  return `For comparison, this very picture on ${seen.join("; on ")}.`;
};

export function captionOf({ network, attack, target, epsilon }, name) {
  const { title, targeted, gradients } = ATTACKS[attack];
  const goal = targeted ? `, target ${target}` : "";
  return `${name}; network ${network}; ${title}${goal}, at most ${counted(gradients)}; ` +
    `epsilon ${epsilon} of 255; computed in this browser`;
}
