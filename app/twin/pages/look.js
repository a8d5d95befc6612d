// "Where does it look?": the ResNet's maps for the bundled photos, and the small CNN's for digits.
import { among, between, keep, settingsOf, SHARE } from "./address.js";
import { choice, element, mounted, percent } from "./dom.js";
import { cnnCase, resnetCase, seenIn, shareIn } from "./look_cases.js";
import { sumScene } from "./look_scene.js";
import { ownDigit } from "./own_digit.js";
import { digitRow, photoRow } from "./pictures.js";

const USUAL = { network: "resnet", view: "map", photo: 1, digit: 1, class: -1, alpha: 0.5 };
const NETWORKS = [["resnet", "ResNet, photos"], ["cnn", "Small CNN, digits"]];
const VIEWS = [["map", "Map over the picture"], ["sum", "The sum to the logit"]];

const keysOf = (list) => among(list.map(([key]) => key));

export function lookPage(place, site) {
  const { photos, scale } = globalThis.photos;
  const settings = settingsOf(USUAL, {
    network: keysOf(NETWORKS), view: keysOf(VIEWS), photo: between(1, photos.length),
    digit: between(1, site.digits.length), class: between(0, 9), alpha: between(0, 1, SHARE),
  });
  const own = { digit: null };
  const set = (key) => (value) => {
    settings[key] = typeof USUAL[key] === "number" ? Number(value) : value;
    if (key === "digit") own.digit = null;
    draw();
  };
  const blend = blendView(settings, scale, () => keep(settings, USUAL));
  const grids = mounted("grids");
  const said = element("p", { className: "said" });
  said.setAttribute("role", "status");
  const caption = element("p", { className: "caption" });
  const rows = {
    resnet: photoRow(photos, (index) => set("photo")(index + 1)),
    cnn: digitRow(site.digits, (index) => set("digit")(index + 1)),
  };
  const drawn = ownDigit((image, name) => {
    own.digit = { image, name };
    draw();
  });
  const every = mapRow((label) => set("class")(label));
  const pick = choice("Class of the map", [], "", set("class"));
  const caseOf = () => {
    if (settings.network === "resnet") return resnetCase(globalThis.photos, settings.photo - 1);
    const { image, label } = site.digits[settings.digit - 1];
    const digit = own.digit ?? { image, name: `Digit ${label} (no. ${settings.digit - 1})` };
    return cnnCase(site, digit.image, digit.name);
  };
  const draw = () => {
    keep(settings, USUAL);
    const found = caseOf();
    const label = settings.class < 0 ? seenIn(found) : settings.class;
    const map = found.mapOf(label);
    const isSum = settings.view === "sum";
    const offered = found.classes.map((one, at) => [`${at}`, one]);
    pick.offer([["-1", "what the network sees"], ...offered]);
    pick.put(String(settings.class));
    for (const [name, row] of Object.entries(rows)) row.hidden = name !== settings.network;
    drawn.hidden = settings.network === "resnet";
    rows.resnet.mark(settings.photo - 1);
    rows.cnn.mark(own.digit ? null : settings.digit - 1);
    [blend.whole.hidden, grids.hidden] = [isSum, !isSum];
    const share = shareIn(found, label);
    if (isSum) grids.draw(sumScene(found, map, label, share, site.look(), site.colours));
    else blend.draw(found, map, label);
    every.draw(found, label);
    said.textContent = saidOf(found, label);
    caption.textContent = captionOf(found, map, label);
  };
  const panel = element(
    "div", { className: "panel" },
    choice("Network", NETWORKS, settings.network, set("network")),
    choice("Show", VIEWS, settings.view, set("view")), pick, rows.resnet, rows.cnn, drawn,
  );
  const parts = [said, blend.whole, grids, every.whole, caption];
  const hero = element("div", { className: "hero" }, ...parts);
  place.append(element("div", { className: "columns two" }, panel, hero));
  draw();
  site.redraw = draw;
}

// The app's slider between a picture and its map.
function blendView(settings, colours, moved) {
  let data = { colours, version: 0, count: 0 };
  const whole = mounted("blend", (_, { value, count }) => {
    settings.alpha = value;
    moved();
    data = { ...data, count };
    whole.draw(data);
  });
  const draw = ({ name, photo, classes }, { url, low, high }, label) => {
    data = {
      ...data, photo, map: url, low, high, version: data.version + 1, alpha: settings.alpha,
      captions: [`Input: ${name}`, `Map of ${classes[label]}`, "Blend, alpha ALPHA"],
      scale: `from ${low} to ${high}`,
    };
    whole.draw(data);
  };
  return { whole, draw };
}

// The maps of all ten classes, small: a click shows one.
function mapRow(picked) {
  const whole = element("div", { className: "maps" });
  whole.setAttribute("role", "group");
  whole.setAttribute("aria-label", "Maps of all classes");
  const draw = (found, label) => {
    const focused = [...whole.children].indexOf(document.activeElement);
    whole.replaceChildren(...found.classes.map((name, at) => {
      const image = element("img", { src: found.mapOf(at).url, alt: "" });
      const text = `${name} ${percent(shareIn(found, at))}`;
      const button = element("button", { type: "button", className: "thumb" }, image, text);
      button.setAttribute("aria-pressed", at === label);
      button.onclick = () => picked(at);
      return button;
    }));
    whole.children[focused]?.focus();
  };
  return { whole, draw };
}

function saidOf(found, label) {
  const seen = seenIn(found);
  const line = `${found.network} sees ${found.classes[seen]}, ${percent(shareIn(found, seen))}`;
  if (label === seen) return `${line}.`;
  const other = `${found.classes[label]}, ${percent(shareIn(found, label))}`;
  return `${line}; this is the map of ${other}.`;
}

function captionOf({ name, classes, method, computed }, { low, high }, label) {
  const [least, most] = [low.replace("against ", ""), high.replace(" for", "")];
  return `${name}; map of ${classes[label]}, ${method}; colours from ${least} to ${most}, clear ` +
    `at 0; small maps each on a scale of its own; ${computed}`;
}
