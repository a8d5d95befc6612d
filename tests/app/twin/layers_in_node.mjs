// Asked by test_layers.py: pictures of layers step by step. In and out: JSON.
import { readFileSync } from "node:fs";
import { convolutionScene } from "../../../app/twin/layer/convolution_scene.js";
import { convolution, pooling } from "../../../app/twin/layer/explained.js";
import { gradientScene, poolingScene } from "../../../app/twin/layer/pooling_scenes.js";

const { cases, colours, look } = JSON.parse(readFileSync(0, "utf-8"));

const scenes = cases.map(({ picture, weights, everything, ...setting }) => {
  const pixels = Float32Array.from(picture);
  if (weights) {
    const explained = convolution(pixels, Float32Array.from(weights), setting);
    return convolutionScene(explained, setting, look, colours);
  }
  const explained = pooling(pixels, setting);
  if (everything === undefined) return poolingScene(explained, look, colours);
  return gradientScene(explained, everything, look, colours);
});
console.log(JSON.stringify(scenes));
