import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Clock } from "./clock.mjs";
import mount from "../../../app/components/blend/blend.js";

const DATA = {
  photo: "data:photo", map: "data:map", colours: "data:colours", scale: "Orange to blue",
  captions: ["Photo", "Map", "Both with alpha = ALPHA"], low: "−1", high: "1", alpha: 0.4,
  version: "a 1", count: 0,
};
let elements;
let sent;
let clock;

beforeEach(() => {
  const photos = [{}, {}];
  const over = { style: {} };
  elements = { photos, over, maps: [{}, over], input: { isConnected: true } };
  for (const name of ["output", "first", "second", "third", "low", "high", "colours"]) {
    elements[name] = {};
  }
  sent = [];
  clock = new Clock();
  draw(DATA);
});

function drag(value) {
  elements.input.value = String(value);
  elements.input.oninput();
}

function letGo(value) {
  drag(value);
  elements.input.onchange();
  clock.wait(200);
}

function draw(data) {
  const parentElement = {
    querySelector: (selector) => elements[selector.replace(".", "")],
    querySelectorAll: (selector) => elements[`${selector.replace(".", "")}s`],
  };
  mount({ data, parentElement, setStateValue: (...state) => sent.push(state) });
}

test("both photos and both maps have their source and their words", () => {
  for (const photo of elements.photos) assert.deepEqual(photo, { src: "data:photo", alt: "Photo" });
  assert.deepEqual(elements.maps[0], { src: "data:map", alt: "Map" });
  assert.equal(elements.over.src, "data:map");
  assert.deepEqual(elements.colours, { src: "data:colours", alt: "Orange to blue" });
  const written = ["first", "second", "low", "high"].map((name) => elements[name].textContent);
  assert.deepEqual(written, ["Photo", "Map", "−1", "1"]);
});

test("the opacity is that of the slider, in the picture and in the caption", () => {
  assert.deepEqual([elements.input.value, elements.over.style.opacity], [0.4, 0.4]);
  assert.equal(elements.third.textContent, "Both with alpha = 0.40");
  elements.input.value = "0.65";
  elements.input.oninput();
  assert.equal(elements.over.style.opacity, 0.65);
  assert.equal(elements.output.textContent, "0.65");
  assert.equal(elements.third.textContent, "Both with alpha = 0.65");
});

test("Python hears of it when it is let go", () => {
  drag(0.65);
  clock.wait(5000);
  assert.deepEqual(sent, []);
  letGo(0.65);
  assert.deepEqual(sent, [["moved", { value: 0.65, count: 1 }]]);
  draw({ ...DATA, count: 1 });
  clock.wait(5000);
  assert.equal(sent.length, 1, "Python has answered");
});

test("where it was let go while Python works, Python hears of it after that", () => {
  letGo(0.65);
  letGo(0.7);
  drag(0.8);
  assert.equal(sent.length, 1);
  draw({ ...DATA, count: 1 });
  clock.wait(200);
  assert.deepEqual(sent.slice(1), [["moved", { value: 0.7, count: 2 }]]);
});

test("another picture leaves the slider where it is", () => {
  elements.input.value = "0.65";
  draw({ ...DATA, photo: "data:other", captions: ["Other", "Map", "Now ALPHA"] });
  assert.equal(elements.photos[1].src, "data:other");
  assert.equal(elements.over.style.opacity, 0.65);
  assert.equal(elements.third.textContent, "Now 0.65");
});

test("a link, Back or another session moves it", () => {
  letGo(0.65);
  draw({ ...DATA, alpha: 0.1, version: "a 2", count: 1 });
  assert.deepEqual([elements.input.value, elements.over.style.opacity], [0.1, 0.1]);
  draw({ ...DATA, alpha: 0.3, version: "b 1", count: 0 });
  assert.deepEqual([elements.input.value, elements.input.count], [0.3, 1]);
});

test("a move on its way to a server that was restarted is kept, and sent again", () => {
  letGo(0.65);
  draw({ ...DATA, version: "b 1" }); // drawn before the move is heard
  assert.deepEqual([elements.input.value, elements.over.style.opacity], ["0.65", 0.65]);
  clock.wait(3000);
  assert.deepEqual(sent.at(-1), ["moved", { value: 0.65, count: 2 }]);
});
