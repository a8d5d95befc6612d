// Asked by test_engine.py: node in_node.mjs FOLDER, where question.json says what, and files have
// the numbers.
import { readFileSync } from "node:fs";
import { attack, METHODS } from "../../../app/twin/engine/attacks.js";
import { centredDigit } from "../../../app/twin/engine/digits.js";
import { forward, network, toInput } from "../../../app/twin/engine/networks.js";
import { attacked, layerDifferences } from "./compare.mjs";

const engine = { attack, forward, METHODS, network, toInput };
const folder = process.argv[2];
const bytesOf = (name) => new Uint8Array(readFileSync(`${folder}/${name}.bin`)).buffer;
const kinds = { Float32Array, Float64Array, Uint8Array };
const { what, files, ...question } = JSON.parse(readFileSync(`${folder}/question.json`, "utf-8"));
const numbers = Object.fromEntries(Object.entries(files).map(([name, kind]) => {
  return [name, new kinds[kind](bytesOf(name))];
}));

function drawings(_, { side }, { images }) {
  return Array.from({ length: images.length / side ** 2 }, (_, index) => {
    const digit = centredDigit(images.subarray(index * side ** 2, (index + 1) * side ** 2));
    return digit && Array.from(digit);
  });
}

const answers = { attacked, drawings, layerDifferences };
console.log(JSON.stringify(answers[what](engine, question, numbers)));
