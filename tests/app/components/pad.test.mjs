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

const at = (x, y, more = {}) => ({
  clientX: x, clientY: y, pointerId: 1, button: 0, buttons: 1, ...more,
});
const hovering = { button: -1, buttons: 0 };
const lines = () => named("lineTo").length;
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
  canvas.onpointermove(at(25, 15, hovering));
  assert.deepEqual(named("lineTo"), [], "nothing is drawn before the pointer is down");
  canvas.onpointerdown(at(20, 10));
  canvas.onpointermove(at(90, 45));
  assert.deepEqual(named("moveTo"), [["moveTo", 0, 0]]);
  assert.deepEqual(named("lineTo"), [["lineTo", 0.1, 0], ["lineTo", 140, 70]]);
  assert.deepEqual(sent, []);
  small.image.data.set([7, 7, 7, 255], 4 * 3);
  canvas.onpointerup(at(90, 45));
  const [[name, pixels]] = sent;
  assert.deepEqual([name, pixels.length, pixels[3], pixels[4]], ["pixels", COUNT, 7, 0]);
  canvas.onpointermove(at(30, 20, hovering));
  assert.equal(lines(), 2, "the stroke has ended");
});

for (const ending of ["pointercancel", "lostpointercapture", "pointerleave", "pointerup"]) {
  test(`after ${ending} nothing draws, and what was drawn has reached Python once`, () => {
    draw([]);
    canvas.onpointerdown(at(20, 10));
    canvas.onpointermove(at(40, 30));
    small.image.data.set([9, 9, 9, 255], 0);
    canvas[`on${ending}`](at(40, 30, { buttons: 0 }));
    assert.equal(sent.length, 1);
    assert.equal(sent[0][1][0], 9);
    for (const buttons of [0, 1]) canvas.onpointermove(at(90, 90, { buttons }));
    canvas.onpointerup(at(90, 90, { buttons: 0 }));
    canvas.onlostpointercapture(at(90, 90, { buttons: 0 }));
    assert.deepEqual([lines(), sent.length], [2, 1]);
    canvas.onpointerdown(at(50, 50));
    assert.equal(lines(), 3, "the next stroke draws");
  });
}

for (const [name, button, buttons] of [["middle", 1, 4], ["right", 2, 2], ["eraser", 5, 32]]) {
  test(`the ${name} button does not draw`, () => {
    draw([]);
    canvas.onpointerdown(at(20, 10, { button, buttons }));
    canvas.onpointermove(at(40, 30, { button: -1, buttons }));
    canvas.onpointerup(at(40, 30, { button, buttons: 0 }));
    assert.deepEqual([lines(), sent], [0, []]);
  });
}

test("another button neither begins a stroke within one nor ends it", () => {
  draw([]);
  canvas.onpointerdown(at(20, 10));
  canvas.onpointerdown(at(30, 10, { button: 2, buttons: 3 }));
  canvas.onpointerup(at(30, 10, { button: 2, buttons: 1 }));
  canvas.onpointermove(at(40, 30));
  assert.deepEqual([lines(), sent], [2, []]);
  canvas.onpointermove(at(60, 60, { button: 0, buttons: 2 }));
  assert.deepEqual([lines(), sent.length], [2, 1], "the main button was let go under the other");
});

test("a second finger neither draws nor ends the first one's stroke", () => {
  draw([]);
  const second = { pointerId: 2 };
  canvas.onpointerdown(at(20, 10));
  canvas.onpointerdown(at(90, 90, second));
  canvas.onpointermove(at(95, 95, second));
  for (const ending of ["onpointerup", "onpointercancel", "onpointerleave"]) {
    canvas[ending](at(95, 95, second));
  }
  assert.deepEqual([lines(), sent], [1, []]);
  canvas.onpointermove(at(40, 30));
  canvas.onpointerup(at(40, 30, { buttons: 0 }));
  assert.deepEqual([lines(), sent.length], [2, 1]);
});

test("a button that was let go unheard ends the stroke at the next move", () => {
  draw([]);
  canvas.onpointerdown(at(20, 10));
  canvas.onpointermove(at(90, 90, hovering));
  assert.deepEqual([lines(), sent.length], [1, 1]);
});

test("Clear within a stroke leaves nothing of it", () => {
  draw([]);
  canvas.onpointerdown(at(20, 10));
  button.onclick();
  canvas.onpointermove(at(40, 30));
  const names = canvas.calls.map(([name]) => name);
  assert.ok(names.lastIndexOf("beginPath") > names.indexOf("stroke"));
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
