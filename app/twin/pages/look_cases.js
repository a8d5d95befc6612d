// What "Where does it look?" is about: a picture, the map of every class, what each is made of.
import { softmax } from "../engine/layers.js";
import { classOf, forward, logitsOf, sharesOf, toInput } from "../engine/networks.js";
import { floatsOf } from "../engine/packed.js";
import { parts } from "../layer/explained.js";
import { rounded } from "../../components/grids/numbers.js";
import { limit } from "./scene.js";
import { blank, paintDigit, pictureUrl } from "./pictures.js";

const POOL2 = 6; // the engine's number of the small CNN's last maps
const METHOD = "7 × 7, Pool 2 times the gradient of the logit, since it has no average pooling";
const [MAP_SIDE, CELL] = [7, 4]; // of these, and pixels of the digit below a cell

export const signed = (value, decimals = 2) => {
  const text = rounded(value, decimals);
  return text.startsWith("−") ? text : `+${text}`;
};

// A photo with the ResNet's maps, which came with the site.
export function resnetCase({ photos, classes, bias, weights }, index) {
  const { name, url, logits, maps } = photos[index];
  const mapOf = (label) => {
    const { low, high, channels, rest, values } = maps[label];
    const drawn = channels.map(({ index: channel, weight, share, values: own }) => {
      const notes = [`weight ${signed(weight, 3)}`, `adds ${signed(share)}`];
      return { title: `Channel ${channel + 1}`, values: floatsOf(own), notes };
    });
    return {
      url: maps[label].url, low, high, parts: drawn, values: floatsOf(values), side: 4,
      others: [`+ ${weights - channels.length} others`, `add ${signed(rest)}`],
    };
  };
  return {
    name, photo: url, classes, logits, mapOf, bias, network: "The ResNet",
    computed: "computed by the ResNet when this site was made", said: "bias", isMean: true,
    method: "bilinear",
  };
}

// A digit with the maps of the small CNN, computed here: what each cell of its last maps adds.
export function cnnCase(site, image, name) {
  const net = site.networks.cnn;
  const steps = forward(net, toInput(net, image));
  const logits = Array.from(logitsOf(steps));
  const mapOf = (label) => {
    const shares = parts(Float32Array.from(sharesOf(net, steps, label, POOL2)), 6);
    const values = shares[0].map((_, cell) => shares.reduce((sum, one) => sum + one[cell], 0));
    const most = limit(values);
    const drawn = shares.map((own, channel) => {
      const sum = own.reduce((total, value) => total + value, 0);
      return { title: `Channel ${channel + 1}`, values: own, notes: [`adds ${signed(sum)}`] };
    });
    return {
      url: mapUrl(values, most, site.colours.evidence), low: `against ${signed(-most)}`,
      high: `${signed(most)} for`, parts: drawn, values, side: MAP_SIDE, others: [],
    };
  };
  const bias = logits.map((logit, label) => {
    const values = sharesOf(net, steps, label, POOL2);
    return logit - values.reduce((sum, one) => sum + one, 0);
  });
  return {
    name, photo: paintDigit(blank(name), image).toDataURL(), classes: [..."0123456789"], logits,
    mapOf, bias, network: "The small CNN", computed: "computed in this browser",
    said: "what the biases behind it add", isMean: false,
    method: METHOD,
  };
}

// Against a class, for it, and clear where there is nothing.
function mapUrl(values, most, [against, forIt]) {
  return pictureUrl(MAP_SIDE * CELL, (pixel) => {
    const [row, column] = [Math.floor(pixel / (MAP_SIDE * CELL)), pixel % (MAP_SIDE * CELL)];
    const value = values[Math.floor(row / CELL) * MAP_SIDE + Math.floor(column / CELL)];
    return [...(value < 0 ? against : forIt), Math.round((255 * Math.abs(value)) / most)];
  });
}

export const seenIn = ({ logits }) => classOf(logits);

export const shareIn = ({ logits }, label) => softmax(logits)[label];
