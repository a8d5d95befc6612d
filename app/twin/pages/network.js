// "Networks": the small CNN as one picture, one number's way through it, and its layers in numbers.
import { softmax } from "../engine/layers.js";
import { classOf, toInput } from "../engine/networks.js";
import { detailScene } from "../network/detail_scene.js";
import { FOLLOWED, overviewScene } from "../network/overview_scene.js";
import { stripScene } from "../network/strip_scene.js";
import { cellOf, followingOf, strongestOf, traced } from "../network/traced.js";
import { cellNamed, linkOf, sentenceOf } from "../network/words.js";
import { among, between, keep, settingsOf } from "./address.js";
import { articled, choice, element, mounted, percent } from "./dom.js";
import { layersTable } from "./layers_table.js";
import { ownDigit } from "./own_digit.js";
import { digitRow } from "./pictures.js";

const VIEWS = [["maps", "Every map"], ["number", "One number"], ["table", "Layer by layer"]];
const USUAL = { view: "maps", digit: 1, cell: "pool2-4-6-4", class: "predicted" };
const CLASSES = ["predicted", ..."0123456789"].map((one) => [one, one]);
// What the page shows of a digit: its network, layer by layer.
export function traceOf(site, image) {
  const net = site.networks.cnn;
  return traced(net, site.cnn.layers, toInput(net, image));
}

export function networkPage(place, site) {
  const settings = settingsOf(USUAL, {
    view: among(VIEWS.map(([key]) => key)), digit: between(1, site.digits.length),
    cell: (text) => cellNamed(text) !== null, class: among(CLASSES.map(([key]) => key)),
  });
  const state = { image: null, name: "", chosen: null, trace: null };
  const set = (key) => (value) => {
    settings[key] = value;
    draw();
  };
  const follow = (cell) => {
    Object.assign(settings, { view: "number", cell: linkOf(state.trace, cell) });
    view.put("number");
    draw();
  };
  const choose = (index) => {
    settings.digit = index + 1;
    const { image, label } = site.digits[index];
    show({ image, name: `digit ${label} (no. ${index})`, chosen: index });
  };
  const show = (found) => {
    Object.assign(state, found, { trace: traceOf(site, found.image) });
    row.mark(state.chosen);
    draw();
  };
  const row = digitRow(site.digits, choose);
  const view = choice("View", VIEWS, settings.view, set("view"));
  const own = ownDigit((image, name) => show({ image, name, chosen: null }));
  const maps = mapsView(site, { follow, choose });
  const number = numberView(site, settings, { follow, set });
  const table = viewOf("table", layersTable(site.cnn.rows), () => {});
  const draw = () => {
    keep(settings, USUAL);
    for (const one of [maps, number, table]) one.hide(one.key !== settings.view);
    row.hidden = settings.view === "maps"; // whose picture has them
    said.textContent = verdict(state);
    ({ maps, number, table })[settings.view].draw(state);
  };
  const said = element("p", { className: "said" });
  said.setAttribute("role", "status");
  const panel = element("div", { className: "panel" }, view, ...number.controls, row, own);
  const hero = element("div", { className: "hero" }, said, maps.whole, number.whole, table.whole);
  place.append(element("div", { className: "columns two" }, panel, hero));
  choose(settings.digit - 1);
  site.redraw = draw;
}

function verdict({ name, trace: { logits } }) {
  const shares = softmax(logits);
  const seen = classOf(shares);
  return `The small CNN sees ${articled(seen)}, ${percent(shares[seen])}: ${name}`;
}

function viewOf(key, parts, draw, controls = []) {
  const whole = element("div", {}, ...parts);
  const hide = (isHidden) => {
    for (const one of [whole, ...controls]) one.hidden = isHidden;
  };
  return { key, whole, draw, hide, controls };
}

function mapsView(site, { follow, choose }) {
  const caption = "Click a cell to follow its number, a digit at the left to see another. Orange " +
    "below 0, blue above.";
  const grids = mounted("grids", (what, picked) => {
    if (what !== "picked") return;
    const [name, index] = picked.grid.split(" ");
    if (name === "picture") return choose(Number(index));
    const layer = FOLLOWED[name];
    const { shape: [, rows, columns] } = shown.layers[layer];
    follow(cellOf(shown, layer, Number(index) * rows * columns + picked.cell));
  });
  let shown = null;
  const draw = ({ trace, chosen }) => {
    shown = trace;
    grids.draw(overviewScene(site.cnn.overview, trace.steps, chosen, site.look()));
  };
  const line = element("p", { className: "caption", textContent: caption });
  return viewOf("maps", [grids, line], draw);
}

function numberView(site, settings, { follow, set }) {
  let shown = null;
  const strip = mounted("grids", (what, picked) => {
    if (what !== "picked") return;
    const [layer, channel, columns] = picked.grid.split(" ").map(Number);
    const row = Math.floor(picked.cell / columns);
    follow({ layer, channel, row, column: picked.cell % columns });
  });
  const detail = mounted("grids");
  const pixel = "A pixel of the picture, from 0 to 1. Click any cell of any layer to follow it.";
  const hint = element("p", { className: "caption", textContent: pixel });
  const go = (text, title, next) => {
    const button = element("button", { type: "button", textContent: text, title });
    button.onclick = () => follow(next(shown, cellNamed(settings.cell)));
    return button;
  };
  const before = "The cell before that adds most, or that won the window";
  const from = go("← From", before, strongestOf);
  const to = go("To →", "The next cell that it goes into", followingOf);
  const ways = element("div", { className: "ways" }, from, to);
  const share = choice("Share in the logit of", CLASSES, settings.class, set("class"));
  const draw = ({ trace }) => {
    shown = trace;
    const cell = cellNamed(settings.cell);
    const label = settings.class === "predicted" ? classOf(trace.logits) : Number(settings.class);
    const sentence = sentenceOf(trace, cell, label);
    strip.draw(stripScene(site.cnn.strip, trace, cell, sentence, site.look()));
    const made = detailScene(trace, cell, site.look(), site.colours);
    [detail.hidden, hint.hidden] = [!made, Boolean(made)];
    if (made) detail.draw(made);
    [from.disabled, to.disabled] = [!strongestOf(trace, cell), !followingOf(trace, cell)];
  };
  return viewOf("number", [strip, detail, hint], draw, [ways, share]);
}
