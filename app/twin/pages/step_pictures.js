// The pictures that a layer can be applied to: own numbers, digits, photos, a drawing, a file.
import { matrixOf } from "../layer/typed.js";

const LARGEST = 28; // cells a side of own numbers
// By the side of a picture: where its parts begin and end.
const MIDDLES = {
  28: { detail: [9, 19], whole: [0, 28] }, 32: { detail: [11, 21], whole: [2, 30] },
};
const COLOURS = ["red", "green", "blue"];

export const NUMBERS = "own";
export const DRAWN = "drawn";
export const FILE = "file";

// [key, title] of each to choose; what is drawn and one's own file once they are there.
export function choicesOf({ digits, photos }, own) {
  return [
    [NUMBERS, "Own numbers"],
    ...digits.map(({ label }, index) => [`${index + 1}`, `Digit ${label} (no. ${index})`]),
    ...photos.map(({ label }, index) => [`photo${index}`, `Photo ${label} (no. ${index})`]),
    ...Object.entries(own).map(([key, { name }]) => [key, name]),
  ];
}

// {values, size, channels, name}, or {error}.
export function pictureOf(site, { picture, numbers, part }, own = {}) {
  if (picture === NUMBERS) {
    const found = matrixOf(numbers, "picture", LARGEST);
    return found.error ? found : { ...found, channels: 1, name: "own numbers" };
  }
  const { image, name } = chosen(site, picture, own);
  const channels = image.length % 3 === 0 && image.length > 28 * 28 ? 3 : 1;
  const side = Math.sqrt(image.length / channels);
  const [first, last] = MIDDLES[side][part];
  const size = [last - first, last - first];
  const values = Float32Array.from({ length: channels * size[0] ** 2 }, (_, index) => {
    const [line, column] = [Math.floor(index / size[0]), index % size[0]];
    const [channel, row] = [Math.floor(line / size[0]), line % size[0]];
    return image[(channel * side + first + row) * side + first + column];
  });
  const cut = size[0] === side ? "whole" : `middle ${size.join(" × ")}`;
  return { values, size, channels, name: `${name}, ${cut}`, isPixels: true };
}

function chosen({ digits, photos }, picture, own) {
  if (own[picture]) return own[picture];
  const index = Number(picture.replace("photo", ""));
  if (picture.startsWith("photo")) {
    const { image, label } = photos[index];
    return { image, name: `photo ${label} (no. ${index})` };
  }
  const { image, label } = digits[index - 1];
  return { image, name: `digit ${label} (no. ${index - 1})` };
}

// One channel of a photo: a pooling treats each by itself.
export function channelOf({ values, size, channels, name }, channel) {
  if (channels === 1) return { values, size, name };
  const count = size[0] * size[1];
  const index = COLOURS.indexOf(channel);
  const own = values.subarray(index * count, (index + 1) * count);
  return { values: own, size, name: `${name}, ${channel}` };
}
