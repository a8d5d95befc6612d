// "Convolution": a layer step by step, with one's own numbers, kernel and setting.
import { geometryOf } from "../layer/geometry.js";
import { convolution, pooling } from "../layer/explained.js";
import { convolutionScene, poolingScene } from "../layer/scenes.js";
import { matrixOf } from "../layer/typed.js";
import { among, between, keep, settingsOf } from "./address.js";
import { choice, element, mounted } from "./dom.js";

const NUMBERS = "0 0 1 0 0\n0 1 2 1 0\n1 2 3 2 1\n0 1 2 1 0\n0 0 1 0 0";
const OWN_KERNEL = "1 0 -1\n1 0 -1\n1 0 -1";
const [LARGEST_PICTURE, LARGEST_KERNEL] = [12, 7];
const OWN = "own";
const LAYERS = [["conv", "Convolution"], ["pool", "Max pooling"]];
const USUAL = {
  layer: "conv", picture: OWN, numbers: NUMBERS, kernel: "Vertical edges (Sobel)",
  weights: OWN_KERNEL, window: 2, stride: 1, padding: 0, dilation: 1, relu: "no",
};
const MOST = { window: [1, 4], stride: [1, 3], padding: [0, 3], dilation: [1, 2] };

const NARROW = [...Object.keys(MOST), "relu"]; // controls

const options = ([low, high]) => Array.from({ length: high - low + 1 }, (_, index) => {
  return [String(low + index), String(low + index)];
});

// The picture of the layer that the settings describe, or {error}.
export function stepped(site, settings) {
  const picture = pictureOf(site, settings);
  if (picture.error) return picture;
  const pools = settings.layer === "pool";
  const kernel = pools ? { size: [settings.window, settings.window] } : kernelOf(site, settings);
  if (kernel.error) return kernel;
  const { stride, padding, dilation } = settings;
  const setting = { size: picture.size, kernel: kernel.size, stride, padding, dilation };
  const geometry = geometryOf(setting);
  if (pools && padding > Math.floor(settings.window / 2)) {
    return { error: "Max pooling takes at most half its window as padding: choose less padding." };
  }
  if (Math.min(...geometry.output) < 1) {
    return { error: "The kernel fits nowhere: choose a smaller one, or more padding." };
  }
  const look = site.look();
  if (pools) return poolingScene(pooling(picture.values, setting), look, site.colours);
  const explained = convolution(picture.values, kernel.values, {
    ...setting, relu: settings.relu === "yes",
  });
  const name = settings.kernel === OWN ? "Own kernel" : settings.kernel;
  return convolutionScene(explained, name, look, site.colours);
}

function pictureOf(site, { picture, numbers }) {
  if (picture === OWN) return matrixOf(numbers, "picture", LARGEST_PICTURE);
  const values = Float32Array.from(site.digits[Number(picture) - 1].image);
  return { values, size: [28, 28] };
}

function kernelOf(site, { kernel, weights }) {
  if (kernel === OWN) return matrixOf(weights, "kernel", LARGEST_KERNEL);
  const rows = site.kernels[kernel];
  return { values: Float32Array.from(rows.flat()), size: [rows.length, rows[0].length] };
}

export function stepPage(place, site) {
  const kernels = Object.keys(site.kernels);
  const pictures = site.digits.map(({ label }, index) => {
    return [String(index + 1), `Test digit ${index + 1}, a ${label}`];
  });
  const ranges = Object.fromEntries(Object.entries(MOST).map(([name, ends]) => {
    return [name, between(...ends)];
  }));
  const any = (text) => text.length <= 2000;
  const settings = settingsOf(USUAL, {
    ...ranges, layer: among(["conv", "pool"]), kernel: among([...kernels, OWN]), numbers: any,
    weights: any, picture: among([OWN, ...pictures.map(([key]) => key)]),
    relu: among(["yes", "no"]),
  });
  const grids = mounted("grids");
  const said = element("p", { className: "said" });
  said.setAttribute("role", "status");
  const caption = element("p", { className: "caption" });
  const draw = () => {
    keep(settings, USUAL);
    const isPool = settings.layer === "pool";
    controls.numbers.hidden = settings.picture !== OWN;
    controls.kernel.hidden = controls.relu.hidden = isPool;
    controls.window.hidden = !isPool;
    controls.weights.hidden = isPool || settings.kernel !== OWN;
    const made = stepped(site, settings);
    said.textContent = made.error ?? captionOf(settings, made);
    grids.hidden = Boolean(made.error);
    caption.textContent = "Point at a cell, play, or step with the buttons; the link keeps all.";
    if (!made.error) grids.draw(made);
  };
  const set = (key) => (value) => {
    settings[key] = typeof USUAL[key] === "number" ? Number(value) : value;
    draw();
  };
  const pick = (key, label, list) => choice(label, list, String(settings[key]), set(key));
  const own = (key, label) => typed(label, settings[key], set(key));
  const controls = {
    layer: pick("layer", "Layer", LAYERS),
    picture: pick("picture", "Picture", [[OWN, "Own numbers"], ...pictures]),
    numbers: own("numbers", "Numbers"),
    kernel: pick("kernel", "Kernel", [...kernels.map((name) => [name, name]), [OWN, "Own kernel"]]),
    weights: own("weights", "Kernel's numbers"),
    window: pick("window", "Window", options(MOST.window)),
    stride: pick("stride", "Stride", options(MOST.stride)),
    padding: pick("padding", "Padding", options(MOST.padding)),
    dilation: pick("dilation", "Dilation", options(MOST.dilation)),
    relu: pick("relu", "ReLU after it", [["no", "no"], ["yes", "yes"]]),
  };
  for (const [name, control] of Object.entries(controls)) {
    if (!NARROW.includes(name)) control.classList.add("wide");
  }
  const panel = element("div", { className: "panel small" }, ...Object.values(controls));
  const hero = element("div", { className: "hero" }, said, grids, caption);
  place.append(element("div", { className: "columns two" }, panel, hero));
  draw();
  site.redraw = draw;
}

function captionOf({ layer, stride, padding, dilation, relu }, { title, columns, steps }) {
  const after = layer === "conv" && relu === "yes" ? ", ReLU" : "";
  return `${title}: stride ${stride}, padding ${padding}, dilation ${dilation}${after}; ` +
    `output ${steps / columns} × ${columns}`;
}

function typed(label, value, changed) {
  const field = element("textarea", { value, rows: 5, spellcheck: false });
  field.oninput = () => changed(field.value);
  return element("label", { className: "choice" }, label, field);
}
