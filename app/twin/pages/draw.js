// "Draw a digit": the maps of the small CNN while it is drawn.
import { centredDigit } from "../engine/digits.js";
import { softmax } from "../engine/layers.js";
import { classOf, forward, logitsOf, toInput } from "../engine/networks.js";
import { between, keep, settingsOf } from "./address.js";
import { bars } from "./bars.js";
import { articled, capital, element, mounted, percent } from "./dom.js";
import { networkScene } from "./network_scene.js";
import { drawingOf, fileField } from "./own_file.js";
import { digitRow } from "./pictures.js";

const USUAL = { digit: 1 };

export function drawPage(place, site) {
  const settings = settingsOf(USUAL, { digit: between(1, site.digits.length) });
  const maps = mounted("grids");
  const shares = bars(["after"], "Probability");
  const said = element("p", { className: "said" });
  said.setAttribute("role", "status");
  const caption = element("p", { className: "caption" });
  let image = null;
  let name = "";
  const draw = () => {
    const steps = forward(site.networks.cnn, toInput(site.networks.cnn, image));
    const probabilities = softmax(logitsOf(steps));
    const seen = classOf(probabilities);
    maps.draw(networkScene(steps, site.look(), site.colours.values));
    shares.draw(probabilities);
    said.textContent = `The small CNN sees ${articled(seen)}, ${percent(probabilities[seen])}.`;
    caption.textContent = `${name}; small CNN, 39,248 weights, computed in this browser.`;
  };
  const row = digitRow(site.digits, (index) => choose(index));
  function choose(index) {
    settings.digit = index + 1;
    keep(settings, USUAL);
    row.mark(index);
    ({ image } = site.digits[index]);
    name = `Digit ${site.digits[index].label} (no. ${index})`;
    draw();
  }
  const take = (pixels, title) => {
    const digit = pixels.length ? centredDigit(pixels) : null;
    if (digit === null) return;
    row.mark(null);
    [image, name] = [digit, `${capital(title)}, centred as MNIST's are`];
    draw();
  };
  const pad = mounted("pad", (_, pixels) => take(pixels, "drawn digit"));
  const file = fileField("Or a picture file of one digit", drawingOf, take);
  const hint = element("p", { textContent: "Draw on the black square, or choose a digit:" });
  const left = element("div", { className: "panel" }, pad, hint, row, file);
  const right = element("div", { className: "beside" }, said, shares);
  const hero = element("div", { className: "hero" }, maps, caption);
  place.append(element("div", { className: "columns three" }, left, hero, right));
  pad.draw({ pixels: [], live: true });
  choose(settings.digit - 1);
  site.redraw = draw;
}
