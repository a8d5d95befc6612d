// The arithmetic of every output cell of a convolution as a sentence, as app/ui/arithmetic.py has
// it: products of one channel, or one sum a channel.
import { number } from "../../components/grids/numbers.js";
import { asFractions, isShownExactly } from "./fractions.js";
import { placeOf } from "./geometry.js";
import { productsText, signed, weightTexts } from "./sums.js";

const WHITE = 255; // the largest grey value

// One sentence a step; `names`: of the channels.
export function sumSentences(explained, index, names) {
  const { geometry, relu, filters } = explained;
  const { bias, sums, output } = filters[index];
  const added = bias ? ` ${bias < 0 ? "−" : "+"} ${number(Math.abs(bias))} (bias)` : "";
  const terms = names.length > 1
    ? partialSums(explained, index, names.map((name) => name.toLowerCase()))
    : products(explained, index);
  const exact = exactSums(explained, index);
  return terms.map(({ text, isRounded, note }, step) => {
    let sign = exact[step] ? " =" : " ≈";
    const isLost = isRounded || (added && !isShownExactly(bias));
    if (exact[step] && isLost) sign = ", each rounded, =";
    if (text.startsWith("all")) sign = ":";
    const line = `${placeOf(step, geometry)}: ${text}${added}${sign} ${number(sums[step])}`;
    const after = `, ReLU: max(0, ${number(sums[step])}) = ${number(output[step])}`;
    return `${line}${relu ? after : ""}${note}`;
  });
}

function products({ windows: [windows], filters }, index) {
  const [weights] = filters[index].weights;
  const written = weightTexts(weights);
  const fractions = written.some((text) => text.includes("/"));
  const lostWeights = weights.map((value) => !fractions && !isShownExactly(value));
  return windows.map((window) => {
    const isRounded = window.some((value, entry) => {
      return value * weights[entry] && (lostWeights[entry] || !isShownExactly(value));
    });
    const text = productsText(window, weights, written);
    return { text, isRounded: isRounded && !text.startsWith("sum of"), note: "" };
  });
}

function partialSums({ picture, filters }, index, names) {
  const { partial, output } = filters[index];
  const grey = picture.every((value) => value >= 0 && value <= WHITE) &&
    picture.some((value) => value > 1);
  return output.map((result, step) => {
    const row = partial.map((steps) => steps[step]);
    const together = row.reduce((total, value) => total + value, 0); // whatever the bias adds
    const isBeyond = grey && Math.min(result, together) > WHITE &&
      row.every((value) => value <= WHITE);
    return {
      text: row.map((value, channel) => `${signed(number(value))} from ${names[channel]}`)
        .join(" + "),
      isRounded: !row.every(isShownExactly),
      note: isBeyond ? `; above ${WHITE}, since ${names.length} channels add up` : "",
    };
  });
}

// Which sums two decimals show as they are: nine ninths of 11 are 11, whatever a float makes of it.
function exactSums({ picture, windows, filters }, index) {
  const { weights, bias, sums } = filters[index];
  const kernel = asFractions(weights.flatMap((one) => [...one]));
  const [pixels, offset] = [asFractions(picture), asFractions([bias])];
  if ([pixels, kernel, offset].includes(null)) return sums.map(isShownExactly);
  const whole = pixels.denominator * kernel.denominator;
  const size = weights[0].length;
  return sums.map((_, step) => {
    const total = windows.reduce((sum, steps, channel) => {
      return steps[step].reduce((sum, value, entry) => {
        const grey = Math.round(value * pixels.denominator);
        return sum + grey * kernel.numerators[channel * size + entry];
      }, sum);
    }, 0);
    const numerator = total * offset.denominator + offset.numerators[0] * whole;
    return (numerator * 100) % (whole * offset.denominator) === 0;
  });
}
