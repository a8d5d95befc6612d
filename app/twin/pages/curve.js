// Success over epsilon as it was measured on all test digits, with the slider's epsilon as a line.
import { element, percent } from "./dom.js";

const NAMESPACE = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, LEFT, TOP, BELOW] = [330, 168, 44, 10, 40];
const [RIGHT, MOST] = [316, 128]; // end of the axis, which is the slider's
const DASHES = { A: "", B: "7 3", M: "" };
const UNDER = "M"; // its line lies under A's, which it follows, and is wider
const DRAWN = ["M", "A", "B"];

const x = (epsilon) => LEFT + ((RIGHT - LEFT) * epsilon) / MOST;
const y = (rate) => TOP + (HEIGHT - TOP - BELOW) * (1 - rate);

function drawn(name, attributes, text = "") {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

function axes() {
  const line = (x1, y1, x2, y2) => drawn("line", { x1, y1, x2, y2, class: "axis" });
  const across = [0, 32, 64, 96, 128].map((epsilon) => {
    return drawn("text", { x: x(epsilon), y: HEIGHT - BELOW + 16, class: "middle" }, epsilon);
  });
  const up = [0, 0.5, 1].flatMap((rate) => {
    const label = drawn("text", { x: LEFT - 6, y: y(rate) + 4, class: "end" }, `${100 * rate}%`);
    return [line(LEFT, y(rate), RIGHT, y(rate)), label];
  });
  const name = { x: (LEFT + RIGHT) / 2, y: HEIGHT - 6, class: "middle" };
  return [...up, ...across, drawn("text", name, "epsilon, grey values")];
}

// `names`: of the networks. `draw` takes of an attack network to [epsilon, share], and `of` what
// they are shares; undefined where none was measured.
export function curves(names) {
  const svg = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", class: "curve" });
  const said = element("p", { className: "caption" });
  const key = element("p", { className: "curvekey" }, ...["A", "B", "M"].map((name) => {
    return element("span", { className: `key network${name}`, textContent: names[name] });
  }));
  const title = element("p", { className: "barhead" });
  const words = element("div", {}, title, key, said);
  const whole = element("section", { className: "curves" }, svg, words);
  whole.draw = (rates, { network, epsilon }) => {
    [svg.style.display, key.hidden] = [rates ? "" : "none", !rates];
    title.textContent = `Success on ${rates ? `all ${rates.of}` : "all test digits"}`;
    if (!rates) {
      said.textContent = "Of this attack no success was measured over all test digits.";
      return;
    }
    const lines = DRAWN.map((name) => drawn("polyline", {
      points: rates[name].map(([at, rate]) => `${x(at)},${y(rate)}`).join(" "),
      class: `network${name}${name === UNDER ? " under" : ""}`, "stroke-dasharray": DASHES[name],
    }));
    const now = drawn("line", {
      x1: x(epsilon), x2: x(epsilon), y1: TOP, y2: HEIGHT - BELOW, class: "now",
    });
    svg.replaceChildren(...axes(), ...lines, now);
    said.textContent = sentenceOf(rates[network], network, epsilon, rates.of);
    svg.setAttribute("aria-label", `Success over epsilon. ${said.textContent}`);
  };
  return whole;
}

function sentenceOf(points, network, epsilon, goal) {
  const [least, most] = [points.filter(([at]) => at <= epsilon).at(-1), points.at(-1)];
  const exact = least[0] === epsilon;
  if (exact) return `At epsilon ${epsilon} it fools ${network} on ${percent(least[1])} of ${goal}.`;
  if (epsilon > most[0]) {
    return `At epsilon ${most[0]}, the largest measured, it fools ${network} on ` +
      `${percent(most[1])} of ${goal}.`;
  }
  const next = points.find(([at]) => at > epsilon);
  return `It fools ${network} on ${percent(least[1])} at epsilon ${least[0]} and ` +
    `${percent(next[1])} at ${next[0]}, of ${goal}.`;
}
