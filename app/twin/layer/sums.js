// The arithmetic of an output cell in words, as app/ui/arithmetic.py writes it: products of one
// channel, and maxima.
import { number } from "../../components/grids/numbers.js";
import { asFractions, isShownExactly, sharedDenominator } from "./fractions.js";
import { placeOf } from "./geometry.js";

const WRITTEN_TERMS = 9; // a sum of more is written without its zeros, or as a word

export const signed = (text) => (text.startsWith("−") ? `(${text})` : text);

// The weights of a kernel: as fractions of one denominator where two decimals would round them.
export function weightTexts(weights) {
  const denominator = sharedDenominator(weights);
  return Array.from(weights, (value) => {
    if (denominator === null) return number(value);
    const numerator = Math.round(value * denominator);
    return numerator ? `${number(numerator)}/${denominator}` : "0";
  });
}

export function productsText(window, weights, written) {
  let terms = Array.from(window, (value, entry) => [value, weights[entry], written[entry]]);
  if (terms.length > WRITTEN_TERMS) terms = terms.filter(([value, weight]) => value * weight);
  if (terms.length > WRITTEN_TERMS) return `sum of the ${window.length} products`;
  if (!terms.length) return window.length > 1 ? `all ${window.length} products are 0` : "0";
  const texts = terms.map(([value, , text]) => `${signed(number(value))}·${signed(text)}`);
  const lost = window.length - terms.length;
  return [...texts, ...(lost ? [`${lost} terms that are 0`] : [])].join(" + ");
}

// One sentence a step of a pooling.
export function maximumSentences({ geometry, picture, windows, ties, output, average }) {
  const averages = averageTexts(picture, windows, average);
  return windows.map((window, step) => {
    const inside = window.filter((value) => value !== -Infinity).map(number);
    const tied = ties[step].filter(Boolean).length;
    const place = placeOf(step, geometry), largest = number(output[step]);
    let line = inside.length
      ? `${place}: max(${inside.join(", ")}) = ${largest}`
      : `${place}: the window sees padding alone, so its maximum is ${largest}`;
    if (tied) line += `; ${tied + 1} cells tie, the first in reading order wins`;
    if (!averages) return line;
    const counted = inside.length < window.length ? ", padding counted as 0" : "";
    return `${line}; average ${averages[step]}${counted}`;
  });
}

function averageTexts(picture, windows, average) {
  if (average === null) return null;
  const fractions = asFractions(picture);
  return Array.from(average, (value, step) => {
    const isExact = fractions === null
      ? isShownExactly(value)
      : isWhole(windows[step], fractions.denominator);
    return isExact ? number(value) : `≈ ${number(value)}`;
  });
}

function isWhole(window, denominator) {
  const numerators = window.map((value) => {
    return value === -Infinity ? 0 : Math.round(value * denominator);
  });
  const sum = numerators.reduce((total, one) => total + one, 0);
  return (sum * 100) % (window.length * denominator) === 0;
}
