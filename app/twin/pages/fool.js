// "Fool the network": an attack on model A or B at any epsilon, while the slider moves.
import { attack, methodOf } from "../engine/attacks.js";
import { softmax } from "../engine/layers.js";
import { classOf, forward, logitsOf, toInput } from "../engine/networks.js";
import { among, between, keep, settingsOf } from "./address.js";
import { bars } from "./bars.js";
import { curves } from "./curve.js";
import { articled, capital, choice, element, mounted } from "./dom.js";
import { ownDigit } from "./own_digit.js";
import { blank, digitRow, figure, paintChange, paintDigit } from "./pictures.js";
import { ATTACKS, captionOf, otherSentence, verdictOf } from "./fool_words.js";

const USUAL = { network: "A", attack: "task1", target: "8", digit: 3, epsilon: 24 };
const LARGEST = 128;
const DIGITS = [..."0123456789"];

// The attack that the settings describe, on a digit {image, label}.
export function attacked(site, settings, { image, label }) {
  const { method, targeted, gradients } = ATTACKS[settings.attack];
  const net = site.networks[settings.network];
  const found = attack(net, toInput(net, image), {
    method: methodOf(method, gradients), label: targeted ? Number(settings.target) : label,
    targeted, epsilon: settings.epsilon, gradients, whole: true, noise: site.start, single: true,
  });
  const seenBy = (name, picture) => {
    return softmax(logitsOf(forward(site.networks[name], toInput(site.networks[name], picture))));
  };
  const others = ["A", "B"].filter((name) => name !== settings.network);
  const adversarial = Uint8Array.from(found.adversarial);
  return {
    ...found, adversarial, before: seenBy(settings.network, image),
    after: seenBy(settings.network, adversarial),
    elsewhere: Object.fromEntries(others.map((name) => [name, seenBy(name, adversarial)])),
  };
}

export function foolPage(place, site) {
  const settings = settingsOf(USUAL, {
    network: among(Object.keys(site.rates.names)), attack: among(Object.keys(ATTACKS)),
    target: among(DIGITS), digit: between(1, site.digits.length), epsilon: between(0, LARGEST),
  });
  const view = pictures(site);
  let digit = site.digits[settings.digit - 1];
  let name = "";
  const draw = () => {
    if (digit.title) see();
    target.hidden = !ATTACKS[settings.attack].targeted;
    view.draw(attacked(site, settings, digit), settings, digit, name);
    keep(settings, USUAL);
  };
  const set = (key) => (value) => { settings[key] = value; draw(); };
  const row = digitRow(site.digits, (index) => choose(index));
  function choose(index) {
    settings.digit = index + 1;
    row.mark(index);
    digit = site.digits[index];
    name = `Digit ${digit.label} (no. ${index})`;
    draw();
  }
  function see() { // nobody has labelled it: its class is what this network sees
    const net = site.networks[settings.network];
    digit.label = classOf(logitsOf(forward(net, toInput(net, digit.image))));
    name = `${capital(digit.title)}, seen as ${articled(digit.label)}`;
  }
  const own = ownDigit((image, title) => {
    row.mark(null);
    digit = { image, title };
    draw();
  });
  const target = choice("Target", DIGITS.map((one) => [one, one]), settings.target, set("target"));
  const networks = Object.entries(site.rates.names);
  const attacks = Object.entries(ATTACKS).map(([key, { title }]) => [key, title]);
  const panel = element(
    "div", { className: "panel" },
    choice("Network", networks, settings.network, set("network")),
    choice("Attack", attacks, settings.attack, set("attack")),
    target, row, own,
  );
  const slider = epsilonSlider(settings.epsilon, set("epsilon"));
  const hero = element("div", { className: "hero" }, slider, ...view.parts);
  place.append(element("div", { className: "columns three" }, panel, hero, view.shares));
  choose(settings.digit - 1);
}

// The app's slider; each of its moves is answered at once.
function epsilonSlider(value, moved) {
  const data = { label: "Epsilon", unit: "of 255", low: 0, high: LARGEST, step: 1, value };
  const slider = mounted("live_slider", (_, told) => {
    moved(told.value);
    queueMicrotask(() => slider.draw({ ...data, version: "", count: told.count }));
  });
  slider.draw({ ...data, version: "", count: 0 });
  return slider;
}

function pictures(site) {
  const names = ["Original", "Perturbation", "Adversarial"];
  const canvases = names.map((name) => blank(name));
  const figures = canvases.map((canvas, index) => figure(canvas, names[index]));
  const shares = bars(["before", "after"], "Probability ");
  const rates = curves(site.rates.names);
  const [verdict, other, caption] = ["said", "other", "caption"].map((className) => {
    return element("p", { className });
  });
  verdict.setAttribute("role", "status");
  const draw = (found, settings, { image, label }, name) => {
    const change = Array.from(found.adversarial, (grey, index) => grey - image[index]);
    const most = Math.max(1, settings.epsilon);
    paintDigit(canvases[0], image);
    paintChange(canvases[1], change, most, site.colours.valuesRgb);
    paintDigit(canvases[2], found.adversarial);
    figures[1].write(`Perturbation ×${(127.5 / most).toFixed(1)} (±${most})`);
    figures[2].write(`Adversarial, epsilon ${settings.epsilon}`);
    shares.draw(found.before, found.after);
    rates.draw(site.rates.measured[settings.attack], settings);
    verdict.textContent = verdictOf(found, settings, label);
    other.textContent = otherSentence(found);
    caption.textContent = captionOf(settings, name);
  };
  const row = element("div", { className: "pictures" }, ...figures);
  return { draw, shares, parts: [row, verdict, other, caption, rates] };
}
