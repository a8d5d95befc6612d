// The picture of the layer that the settings of "Convolution" describe, or what is wrong with them.
import { convolutionScene } from "../layer/convolution_scene.js";
import { convolution, pooling } from "../layer/explained.js";
import { geometryOf } from "../layer/geometry.js";
import { gradientScene, poolingScene } from "../layer/pooling_scenes.js";
import { matricesOf } from "../layer/typed.js";
import { channelOf, pictureOf } from "./step_pictures.js";

const LARGEST_KERNEL = 7;
const LEARNED = /^Learned (\d) of \d$/;
export const OWN = "own";
export const MOST_FILTERS = 4;
export const LISTED = "|"; // between the names of further filters

// The first layer's kernels of the small CNN, by name, with their biases.
export function learnedOf({ networks }) {
  const [{ weight, bias }] = networks.cnn.layers;
  return Object.fromEntries([...bias].map((one, index) => {
    const kernel = Float32Array.from(weight.subarray(9 * index, 9 * index + 9));
    return [`Learned ${index + 1} of ${bias.length}`, { kernel, bias: one }];
  }));
}

// A scene with its `caption`, or {error}. `own`: pictures that were drawn or read from a file.
export function stepped(site, settings, own) {
  const picture = pictureOf(site, settings, own);
  if (picture.error) return picture;
  if (settings.layer === "pool") return pooled(site, settings, picture);
  const filters = filtersOf(site, settings, picture.channels);
  if (filters.error) return filters;
  const setting = { ...settingOf(settings, picture, filters.size), relu: settings.relu === "yes" };
  const fault = faultOf(setting);
  if (fault) return fault;
  const isLearned = LEARNED.test(settings.kernel) && picture.isPixels; // not own numbers
  const values = isLearned ? picture.values.map((grey) => grey / 255) : picture.values;
  const { channels, name } = picture;
  const { bias, names } = filters;
  const explained = convolution(values, filters.weights, { ...setting, channels, bias });
  const index = Math.min(settings.filter, names.length) - 1;
  const given = { index, name: names[index], names };
  const scene = convolutionScene(explained, given, site.look(), site.colours);
  const many = names.length > 1 ? `, filter ${index + 1} of ${names.length}` : "";
  const seen = isLearned ? "; pixels from 0 to 1, as its network sees them" : "";
  const after = setting.relu ? ", ReLU" : "";
  const line = `${name}; ${names[index]}${many}: ${words(setting)}${after}${seen}`;
  return { ...scene, caption: `${line}; output ${explained.geometry.output.join(" × ")}` };
}

function pooled(site, settings, picture) {
  const { values, size, name } = channelOf(picture, settings.channel);
  const setting = settingOf(settings, { size }, [settings.window, settings.window]);
  if (setting.padding > Math.floor(settings.window / 2)) {
    return { error: "Max pooling takes at most half its window as padding: choose less padding." };
  }
  const fault = faultOf(setting);
  if (fault) return fault;
  const explained = pooling(values, setting);
  const scene = settings.view === "steps"
    ? poolingScene(explained, site.look(), site.colours)
    : gradientScene(explained, settings.view === "sum", site.look(), site.colours);
  const what = { steps: "Max pooling", one: "Gradient of one output cell through max pooling" };
  const title = what[settings.view] ?? "Gradient of the sum of all output cells of max pooling";
  const output = explained.geometry.output.join(" × ");
  return { ...scene, caption: `${name}; ${title}: ${words(setting)}; output ${output}` };
}

const settingOf = ({ stride, padding, dilation }, { size }, kernel) => {
  return { size, kernel, stride, padding, dilation };
};

const words = ({ kernel, stride, padding, dilation }) => {
  const size = kernel.join(" × ");
  return `kernel ${size}, stride ${stride}, padding ${padding}, dilation ${dilation}`;
};

function faultOf(setting) {
  if (Math.min(...geometryOf(setting).output) >= 1) return null;
  return { error: "The kernel fits nowhere: choose a smaller one, or more padding." };
}

// The names of a preset and of those that were added to it.
function presets(site, { kernel, filters }) {
  const others = filters.split(LISTED).filter((one) => site.kernels[one] && one !== kernel);
  return [kernel, ...others].slice(0, MOST_FILTERS);
}

export function filterCount(site, settings) {
  return site.kernels[settings.kernel] ? presets(site, settings).length : 1;
}

// {weights, size, bias, names}: one kernel, or several of one size, each for every channel.
function filtersOf(site, { kernel, weights, filters, bias }, channels) {
  if (kernel === OWN) {
    const found = matricesOf(weights, "kernel", LARGEST_KERNEL, channels);
    return { ...found, weights: found.values, bias: [bias], names: ["own kernel"] };
  }
  const learned = learnedOf(site)[kernel];
  if (learned && channels > 1) {
    return { error: `“${kernel}” needs one channel: choose a digit, or another kernel.` };
  }
  if (learned) {
    const offset = learned.bias + bias;
    return { weights: learned.kernel, size: [3, 3], bias: [offset], names: [kernel] };
  }
  const names = presets(site, { kernel, filters });
  const each = names.flatMap((name) => {
    return Array.from({ length: channels }, () => site.kernels[name].flat()).flat();
  });
  return { weights: Float32Array.from(each), size: [3, 3], bias: names.map(() => bias), names };
}
