// Asked by test_layers.py: pictures of layers step by step. In and out: JSON.
import { readFileSync } from "node:fs";
import { convolution, pooling } from "../../../app/twin/layer/explained.js";
import { convolutionScene, poolingScene } from "../../../app/twin/layer/scenes.js";

const { cases, colours, look } = JSON.parse(readFileSync(0, "utf-8"));

const scenes = cases.map(({ picture, weights, ...setting }) => {
  const pixels = Float32Array.from(picture);
  if (!weights) return poolingScene(pooling(pixels, setting), look, colours);
  const explained = convolution(pixels, Float32Array.from(weights), setting);
  return convolutionScene(explained, "Own", look, colours);
});
console.log(JSON.stringify(scenes));
