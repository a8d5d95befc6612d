// What "Convolution" offers: for each setting only what counts, and what fits the others.
import { options } from "./dom.js";
import { filterCount, learnedOf, OWN } from "./step_layer.js";
import { NUMBERS } from "./step_pictures.js";

export const MOST = {
  window: [1, 4], stride: [1, 4], padding: [0, 3], dilation: [1, 3], filter: [1, 4],
};

const isPhoto = (picture, own) => {
  return picture.startsWith("photo") || own[picture]?.image.length > 28 * 28;
};

// Kernels with one channel are none of a photo.
function kernelsFor({ picture }, site, own) {
  const learned = isPhoto(picture, own) ? [] : Object.keys(learnedOf(site));
  return [...Object.keys(site.kernels), ...learned];
}

// The largest padding: of max pooling half the window, as torch has it.
function mostPadding({ layer, window }) {
  return layer === "pool" ? Math.floor(window / 2) : MOST.padding[1];
}

// The settings that are another one where what was chosen is not offered.
export function fitted(settings, site, own) {
  const kernels = [...kernelsFor(settings, site, own), OWN];
  const kernel = kernels.includes(settings.kernel) ? settings.kernel : kernels[0];
  return {
    kernel, padding: Math.min(settings.padding, mostPadding(settings)),
    filter: Math.min(settings.filter, filterCount(site, { ...settings, kernel })),
  };
}

export function offer(controls, settings, site, own) {
  const named = kernelsFor(settings, site, own).map((name) => [name, name]);
  const offered = {
    kernel: [...named, [OWN, "Own kernel"]], padding: options([0, mostPadding(settings)]),
    filter: options([1, filterCount(site, settings)]),
  };
  for (const [name, list] of Object.entries(offered)) {
    const shown = JSON.stringify(list);
    if (controls[name].dataset.offered !== shown) controls[name].offer(list);
    controls[name].dataset.offered = shown;
    controls[name].put(String(settings[name]));
  }
  hide(controls, settings, site, own);
}

// What does not count for a setting is not offered.
function hide(controls, { layer, picture, kernel, filters }, site, own) {
  const isPool = layer === "pool";
  const isPreset = Boolean(site.kernels[kernel]);
  const hidden = {
    view: !isPool, channel: !(isPool && isPhoto(picture, own)), window: !isPool, kernel: isPool,
    relu: isPool, bias: isPool, part: picture === NUMBERS, numbers: picture !== NUMBERS,
    weights: isPool || kernel !== OWN, filters: isPool || !isPreset,
    filter: isPool || !isPreset || !filters,
  };
  for (const [name, isHidden] of Object.entries(hidden)) controls[name].hidden = isHidden;
}
