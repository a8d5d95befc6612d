// Which numbers two decimals show as they are, and which fractions floats stand for: as
// app/ui/charts.py and core/explain/kernels.py have it. All numbers are float32.
import { roundedEven } from "../engine/attacks.js";

const DENOMINATORS = [
  ...Array.from({ length: 144 }, (_, index) => index + 1), 256, 512, 1000, 1024, 2048, 4096, 10_000,
];

export const isShownExactly = (value) => Math.fround(roundedEven(value * 100) / 100) === value;

// {numerators, denominator} with the smallest denominator that fits all; null where none does.
export function asFractions(numbers) {
  for (const denominator of DENOMINATORS) {
    const numerators = Array.from(numbers, (value) => roundedEven(value * denominator));
    const fits = numerators.every((numerator, index) => {
      return Math.fround(numerator / denominator) === numbers[index];
    });
    if (fits) return { numerators, denominator };
  }
  return null;
}

// Of a kernel whose weights two decimals would round; null: they show them all, or it has none.
export function sharedDenominator(weights) {
  if (weights.every(isShownExactly)) return null;
  return asFractions(weights)?.denominator ?? null;
}
