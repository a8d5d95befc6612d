// Asked by asking.py: node in_node.mjs WEIGHTS FOLDER..., where question.json of each folder says
// what, and files have the numbers.
import { readFileSync } from "node:fs";
import { attack, methodOf } from "../../../app/twin/engine/attacks.js";
import { centredDigit } from "../../../app/twin/engine/digits.js";
import { forward, network, sharesOf, toInput } from "../../../app/twin/engine/networks.js";
import { attacked, layerDifferences, mapDifferences } from "../../../benchmarks/twin/compare.mjs";

const [weights, ...folders] = process.argv.slice(2);
const bytesOf = (path) => new Uint8Array(readFileSync(path)).buffer;
const arrays = { Float32Array, Float64Array, Uint8Array };
const kinds = { cnn: "MnistCNN", A: "DigitNet", B: "DigitNet" };

function netOf(name) {
  if (name === "M") return network("DigitNet", new Float32Array(bytesOf(`${weights}/A.bin`)), 1e4);
  return network(kinds[name], new Float32Array(bytesOf(`${weights}/${name}.bin`)));
}

function drawings(_, { side }, { images }) {
  return Array.from({ length: images.length / side ** 2 }, (_, index) => {
    const digit = centredDigit(images.subarray(index * side ** 2, (index + 1) * side ** 2));
    return digit && Array.from(digit);
  });
}

const engine = { attack, forward, methodOf, netOf, sharesOf, toInput };
const functions = { attacked, drawings, layerDifferences, mapDifferences };

console.log(JSON.stringify(folders.map((folder) => {
  const { what, files, ...setting } = JSON.parse(readFileSync(`${folder}/question.json`, "utf-8"));
  const numbers = Object.fromEntries(Object.entries(files).map(([name, kind]) => {
    return [name, new arrays[kind](bytesOf(`${folder}/${name}.bin`))];
  }));
  return functions[what](engine, setting, numbers);
})));
