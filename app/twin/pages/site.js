// The entry of the site: what a page says in its body is drawn, with what the networks need.
import { attack, methodOf } from "../engine/attacks.js";
import { forward, network, sharesOf, toInput } from "../engine/networks.js";
import { bytesOf, floatsOf } from "../engine/packed.js";
import { channels } from "../../components/grids/colours.js";
import { drawPage } from "./draw.js";
import { attacked, foolPage } from "./fool.js";
import { ATTACKS } from "./fool_words.js";
import { listenToKeys } from "./keys.js";
import { lookPage } from "./look.js";
import { networkPage, traceOf } from "./network.js";
import { stepPage } from "./step.js";
import { stepped } from "./step_layer.js";

const PAGES = {
  draw: drawPage, fool: foolPage, look: lookPage, network: networkPage, step: stepPage,
};
const [SIDE, PHOTO] = [28 * 28, 3 * 32 * 32]; // numbers of a digit and of a photo

function unpacked({ networks, digits, photos, start, colours, lines, kernels, cnn, rates }) {
  const [images, pixels] = [digits, photos].map((one) => bytesOf(one.images));
  return {
    networks: Object.fromEntries(Object.entries(networks).map(([name, one]) => {
      return [name, network(one.kind, floatsOf(one.weights), one.factor)];
    })),
    digits: digits.labels.map((label, index) => {
      return { label, image: images.subarray(index * SIDE, (index + 1) * SIDE) };
    }),
    photos: photos.labels.map((label, index) => {
      return { label, image: pixels.subarray(index * PHOTO, (index + 1) * PHOTO) };
    }),
    kernels,
    cnn,
    rates,
    start: Float64Array.from(floatsOf(start)),
    colours: {
      ...colours, valuesRgb: colours.values.map(channels),
      evidence: colours.evidence.map(channels),
    },
    look: () => lines[matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"],
    redraw: () => {},
  };
}

export default function () {
  const page = PAGES[document.body.dataset.page];
  if (!page) return;
  const site = unpacked(globalThis.site);
  // What a page computes with, for whoever opens the browser's console.
  globalThis.twin = {
    attack, attacked, ATTACKS, forward, methodOf, sharesOf, site, stepped, toInput, traceOf,
  };
  const main = document.querySelector("#page");
  main.replaceChildren();
  page(main, site);
  listenToKeys();
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", () => site.redraw());
}
