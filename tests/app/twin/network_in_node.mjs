// Asked by test_network.py: pictures of the small CNN and of one number's way. In and out: JSON.
import { readFileSync } from "node:fs";
import { network, toInput } from "../../../app/twin/engine/networks.js";
import { detailScene } from "../../../app/twin/network/detail_scene.js";
import { overviewScene } from "../../../app/twin/network/overview_scene.js";
import { stripScene } from "../../../app/twin/network/strip_scene.js";
import { followingOf, strongestOf, traced } from "../../../app/twin/network/traced.js";
import { cellNamed, linkOf, sentenceOf } from "../../../app/twin/network/words.js";

const { cases, weights, cnn, colours, look } = JSON.parse(readFileSync(0, "utf-8"));
const net = network("MnistCNN", Float32Array.from(weights));

console.log(JSON.stringify(cases.map(({ image, link, label, chosen }) => {
  const trace = traced(net, cnn.layers, toInput(net, image));
  const cell = cellNamed(link);
  const sentence = sentenceOf(trace, cell, label);
  const [before, after] = [strongestOf(trace, cell), followingOf(trace, cell)];
  return {
    sentence, link: linkOf(trace, cell), before: before && linkOf(trace, before),
    after: after && linkOf(trace, after),
    overview: overviewScene(cnn.overview, trace.steps, chosen, look),
    strip: stripScene(cnn.strip, trace, cell, sentence, look),
    detail: detailScene(trace, cell, look, colours),
  };
})));
