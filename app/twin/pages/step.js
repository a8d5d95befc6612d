// "Convolution": a layer step by step, with any picture, kernels and setting.
import { centredDigit } from "../engine/digits.js";
import { among, between, keep, settingsOf } from "./address.js";
import { capital, choice, element, mounted, options, several, typed } from "./dom.js";
import { fileField, photoOf } from "./own_file.js";
import { learnedOf, LISTED, MOST_FILTERS, OWN, stepped } from "./step_layer.js";
import { fitted, MOST, offer } from "./step_offers.js";
import { choicesOf, DRAWN, FILE, NUMBERS } from "./step_pictures.js";

const USUAL = {
  layer: "conv", view: "steps", picture: NUMBERS, part: "detail", channel: "red",
  numbers: "0 0 1 0 0\n0 1 2 1 0\n1 2 3 2 1\n0 1 2 1 0\n0 0 1 0 0",
  kernel: "Vertical edges (Sobel)", weights: "1 0 -1\n1 0 -1\n1 0 -1", filters: "", filter: 1,
  window: 2, stride: 1, padding: 0, dilation: 1, relu: "no", bias: 0,
};
const LAYERS = [["conv", "Convolution"], ["pool", "Max pooling"]];
const VIEWS = [["steps", "Maximum"], ["one", "Gradient, one cell"], ["sum", "Gradient, all cells"]];
const PARTS = [["detail", "Detail, 10 × 10"], ["whole", "Whole, 28 × 28"]];
const COLOURS = ["red", "green", "blue"].map((one) => [one, one]);
const OFFERED = []; // by `offer`, at every drawing
const NARROW = ["window", "stride", "padding", "dilation", "relu", "bias", "filter", "channel"];

function settingsHere(kernels, pictures) {
  const ranges = Object.fromEntries(Object.entries(MOST).map(([name, ends]) => {
    return [name, between(...ends)];
  }));
  const any = (text) => text.length <= 20_000;
  const keys = (list) => among(list.map(([key]) => key));
  return settingsOf(USUAL, {
    ...ranges, layer: keys(LAYERS), view: keys(VIEWS), part: keys(PARTS), channel: keys(COLOURS),
    picture: keys(pictures), kernel: among([...kernels, OWN]), numbers: any, weights: any,
    filters: any, relu: among(["yes", "no"]), bias: (text) => Math.abs(Number(text)) <= 1000,
  });
}

export function stepPage(place, site) {
  const own = {}; // what was drawn or read here
  const kernels = [...Object.keys(site.kernels), ...Object.keys(learnedOf(site))];
  const settings = settingsHere(kernels, choicesOf(site, own));
  const grids = mounted("grids", (what, { grid }) => {
    if (what === "picked") set("filter")(grid.replace("filter ", ""));
  });
  const said = element("p", { className: "said" });
  said.setAttribute("role", "status");
  const draw = () => {
    Object.assign(settings, fitted(settings, site, own));
    keep({ ...settings, picture: own[settings.picture] ? NUMBERS : settings.picture }, USUAL);
    offer(controls, settings, site, own);
    const made = stepped(site, settings, own);
    said.textContent = made.error ?? capital(made.caption);
    grids.hidden = Boolean(made.error);
    if (!made.error) grids.draw(made);
  };
  const set = (key) => (value) => {
    settings[key] = typeof USUAL[key] === "number" ? Number(value) : value;
    draw();
  };
  const take = (key, name, image) => {
    own[key] = { name, image };
    controls.picture.offer(choicesOf(site, own));
    controls.picture.put(key);
    set("picture")(key);
  };
  const controls = controlsOf(site, settings, set, take);
  for (const [name, control] of Object.entries(controls)) {
    if (!NARROW.includes(name)) control.classList.add("wide");
  }
  const panel = element("div", { className: "panel small" }, ...Object.values(controls));
  const hint = "Point at a cell, play, or step with the buttons; the link keeps all.";
  const caption = element("p", { className: "caption", textContent: hint });
  const hero = element("div", { className: "hero" }, said, grids, caption);
  place.append(element("div", { className: "columns two" }, panel, hero));
  draw();
  site.redraw = draw;
}

function controlsOf(site, settings, set, take) {
  const pick = (key, label, list) => choice(label, list, String(settings[key]), set(key));
  const write = (key, label) => typed(label, settings[key], set(key));
  const pad = mounted("pad", (_, pixels) => {
    const image = pixels.length ? centredDigit(pixels) : null;
    if (image) take(DRAWN, "drawn digit", image);
  });
  pad.draw({ pixels: [] });
  const file = fileField("Picture file", photoOf, (image, name) => take(FILE, name, image));
  const bias = element("input", { type: "number", step: 0.5, value: settings.bias });
  bias.oninput = () => set("bias")(Math.max(-1000, Math.min(1000, Number(bias.value) || 0)));
  const folded = (title, ...inside) => {
    return element("details", {}, element("summary", { textContent: title }), ...inside);
  };
  return {
    layer: pick("layer", "Layer", LAYERS),
    view: pick("view", "Show", VIEWS),
    picture: pick("picture", "Picture", choicesOf(site, {})),
    own: folded("Draw one, or a file of yours", pad, file),
    part: pick("part", "Part", PARTS),
    numbers: write("numbers", "Numbers"),
    channel: pick("channel", "Channel", COLOURS),
    kernel: pick("kernel", "Kernel", OFFERED),
    weights: write("weights", "Kernel's numbers"),
    filters: folded("More filters", several(
      Object.keys(site.kernels), settings.filters.split(LISTED), MOST_FILTERS - 1,
      (names) => set("filters")(names.join(LISTED)),
    )),
    filter: pick("filter", "Show filter", OFFERED),
    window: pick("window", "Window", options(MOST.window)),
    stride: pick("stride", "Stride", options(MOST.stride)),
    padding: pick("padding", "Padding", OFFERED),
    dilation: pick("dilation", "Dilation", options(MOST.dilation)),
    relu: pick("relu", "ReLU", [["no", "no"], ["yes", "yes"]]),
    bias: element("label", { className: "choice" }, "Bias", bias),
  };
}
