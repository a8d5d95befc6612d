import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import mount from "../../../app/components/pad/pad.js";

const COUNT = 56 * 56;
let canvas;
let button;
let small;
let sent;

// A canvas whose pen keeps its calls; its pixels are those that were put onto it.
function canvasOf(width, height) {
  const calls = [];
  const note = (name) => (...values) => calls.push([name, ...values]);
  const image = { data: new Uint8ClampedArray(4 * COUNT) };
  const pen = {
    fillRect: note("fillRect"), drawImage: note("drawImage"), beginPath: note("beginPath"),
    moveTo: note("moveTo"), lineTo: note("lineTo"), stroke: note("stroke"),
    createImageData: () => image, putImageData: note("putImageData"), getImageData: () => image,
  };
  const getBoundingClientRect = () => ({ left: 20, top: 10, width: 140, height: 140 });
  return {
    calls, pen, image, width, height, getBoundingClientRect,
    getContext: () => pen, setPointerCapture: note("setPointerCapture"),
  };
}

function draw(pixels) {
  const elements = { canvas, button };
  const parentElement = { querySelector: (name) => elements[name] };
  mount({ data: { pixels }, parentElement, setStateValue: (...state) => sent.push(state) });
}

beforeEach(() => {
  [canvas, small, button, sent] = [canvasOf(280, 280), canvasOf(56, 56), {}, []];
  globalThis.document = { createElement: () => small };
});

const at = (x, y) => ({ clientX: x, clientY: y, pointerId: 1 });
const named = (name) => canvas.calls.filter(([call]) => call === name);

test("it begins black and empty", () => {
  draw([]);
  assert.deepEqual(canvas.calls, [["fillRect", 0, 0, 280, 280]]);
  assert.equal(canvas.pen.fillStyle, "#000");
  assert.deepEqual(sent, []);
});

test("it begins with what was drawn before, each grey value in three colours", () => {
  draw(Array.from({ length: COUNT }, (_, index) => index % 200));
  const pair = small.image.data.slice(4 * 199, 4 * 201);
  assert.deepEqual([...pair], [199, 199, 199, 255, 0, 0, 0, 255]);
  assert.deepEqual(named("drawImage"), [["drawImage", small, 0, 0, 280, 280]]);
});

test("a stroke follows the pointer, scaled to the canvas, and is sent when it ends", () => {
  draw([]);
  canvas.onpointermove(at(25, 15));
  assert.deepEqual(named("lineTo"), [], "nothing is drawn before the pointer is down");
  canvas.onpointerdown(at(20, 10));
  canvas.onpointermove(at(90, 45));
  assert.deepEqual(named("moveTo"), [["moveTo", 0, 0]]);
  assert.deepEqual(named("lineTo"), [["lineTo", 0, 0], ["lineTo", 140, 70]]);
  assert.deepEqual(sent, []);
  small.image.data.set([7, 7, 7, 255], 4 * 3);
  canvas.onpointerup(at(90, 45));
  const [[name, pixels]] = sent;
  assert.deepEqual([name, pixels.length, pixels[3], pixels[4]], ["pixels", COUNT, 7, 0]);
  canvas.onpointermove(at(30, 20));
  assert.equal(named("lineTo").length, 2, "the stroke has ended");
});

test("Clear makes it black and tells Python of an empty list", () => {
  draw([]);
  button.onclick();
  assert.deepEqual(canvas.calls.at(-1), ["fillRect", 0, 0, 280, 280]);
  assert.deepEqual(sent, [["pixels", []]]);
});

test("another run of the page does not wipe what is drawn", () => {
  draw([]);
  const before = canvas.calls.length;
  draw(Array(COUNT).fill(9));
  assert.equal(canvas.calls.length, before);
});
