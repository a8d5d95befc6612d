// How the map of a class is the sum of channels, and adds up to the logit: maps as links.
import { number } from "../../components/grids/numbers.js";
import { isShownExactly } from "../layer/fractions.js";
import { plus } from "../layer/convolution_scene.js";
import { percent } from "./dom.js";
import { grid, limit, scene, sign } from "./scene.js";

const [TILE, MAP, LOGIT] = [150, 300, 84]; // sides of a channel's map, of the class's, of a logit
const [ACROSS, DOWN, TOP] = [178, 232, 26]; // from one channel's map to the next
const LINE = 19; // between two lines of text

// `map`: as a case gives it; `label`: its class.
export function sumScene(found, map, label, share, look, { values: colours }) {
  const name = found.classes[label];
  const columns = Math.ceil(map.parts.length / 2);
  const most = limit(...map.parts.map(({ values }) => values));
  const unit = { rows: map.side, columns: map.side };
  const tiles = map.parts.map(({ title, values }, index) => grid({
    ...unit, title, values, largest: most, width: TILE / map.side, says: title,
    x: (index % columns) * ACROSS, y: TOP + Math.floor(index / columns) * DOWN,
    written: map.side < 5, legend: false,
  }, colours));
  const notes = map.parts.flatMap((part, index) => part.notes.map((text, line) => {
    const y = TOP + Math.floor(index / columns) * DOWN + TILE + 16 + line * LINE;
    return sign((index % columns) * ACROSS, y, text, 14);
  }));
  const left = columns * ACROSS + 80;
  const whole = grid({
    ...unit, title: `= Map of ${name}`, values: map.values, x: left, y: TOP + 30,
    width: MAP / map.side, largest: limit(map.values), legend: true, says: `Map of ${name}`,
  }, colours);
  const right = left + MAP + 90;
  const logit = grid({
    title: `Logit of ${name}`, rows: 1, columns: 1, x: right, y: TOP + 30 + (MAP - LOGIT) / 2,
    width: LOGIT, values: [found.logits[label]], largest: limit(found.logits), says: "Logit",
  }, colours);
  const chance = sign(right, TOP + 30 + (MAP + LOGIT) / 2 + 20, percent(share), 15);
  const others = map.others.map((text, line) => sign(left - 92, TOP + 196 + line * LINE, text, 14));
  return scene({
    title: "The sum", alt: `Channels, the map of ${name}, and its logit`, look, around: 22.5,
    width: right + 190, height: TOP + DOWN + TILE + 60, grids: [...tiles, whole, logit],
    signs: [...notes, ...others, chance],
    links: linksOf(tiles.length, found, name, map.others.length > 0),
    sentence: sumLine(found, map, label, share),
  });
}

function linksOf(count, { isMean, said }, name, hasOthers) {
  const plain = {
    kernels: null, rows: 1, columns: 1, largest: 1, colours: ["#000000", "#ffffff", "#000000"],
    side: 27, cells: false, names: [],
  };
  const of = hasOthers ? "all channels, of which the strongest are drawn" : "its six channels";
  const all = `${isMean ? "mean" : "sum"} of the map and ${said}`;
  return [
    {
      ...plain, grid: count, sources: [...Array(count).keys()],
      text: `Map of ${name}, PLACE: VALUE; here the sum over ${of}.`,
    },
    { ...plain, grid: count + 1, sources: [count], text: `Logit of ${name}: VALUE; the ${all}.` },
  ];
}

// From the map to the logit and the probability, with the numbers.
export function sumLine({ bias, said, isMean, logits }, { values }, label, share) {
  const sum = values.reduce((total, value) => total + value, 0);
  const whole = isMean ? sum / values.length : sum;
  const logit = Math.fround(logits[label]);
  const sign = isShownExactly(logit) ? "=" : "≈";
  const line = `The ${isMean ? "mean" : "sum"} of these ${values.length} is ${number(whole)}; ` +
    `${number(whole)} ${plus(bias[label])} (${said}) ${sign} logit ${number(logit)}; softmax ` +
    `over all classes gives ${percent(share)}.`;
  const none = " Every number is negative: no place speaks for this class.";
  return values.every((value) => value < 0) ? line + none : line;
}
