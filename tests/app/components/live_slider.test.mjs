import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Clock } from "./clock.mjs";
import mount from "../../../app/components/live_slider/live_slider.js";

const DATA = { label: "Epsilon", unit: "of 255", low: 0, high: 64, step: 1 };
let slider;
let output;
let sent;
let clock;

beforeEach(() => {
  clock = new Clock();
  sent = [];
  slider = { isConnected: true, setAttribute(name, value) { this[name] = value; } };
  output = {};
  answer(0, 8);
});

// Python has heard of so many moves: the component is mounted again.
function answer(count, value = 8, version = "a 1") {
  const elements = { input: slider, output, ".name": {} };
  const parentElement = { querySelector: (selector) => elements[selector] };
  const setStateValue = (name, state) => sent.push([clock.now, name, state]);
  mount({ data: { ...DATA, value, version, count }, parentElement, setStateValue });
}

const wait = (milliseconds) => clock.wait(milliseconds);

function drag(value) {
  slider.value = String(value);
  slider.oninput();
}

test("it begins where Python says, with its ends, and sends nothing", () => {
  wait(500);
  assert.deepEqual([slider.min, slider.max, slider.step, slider.value], [0, 64, 1, 8]);
  assert.equal(slider["aria-label"], "Epsilon");
  assert.equal(output.textContent, "8 of 255");
  assert.deepEqual(sent, []);
});

test("it writes each value at once and sends the first at once", () => {
  drag(9);
  assert.equal(output.textContent, "9 of 255");
  wait(1);
  assert.deepEqual(sent, [[1, "moved", { value: 9, count: 1 }]]);
});

test("one value is on its way at a time, and the next one sent is the latest", () => {
  drag(9);
  wait(10);
  for (const value of [10, 11, 12]) drag(value);
  wait(1000);
  assert.equal(sent.length, 1, "Python has not answered yet");
  answer(1);
  assert.equal(slider.value, "12", "an answer does not move what is dragged");
  wait(1);
  assert.deepEqual(sent.slice(1), [[1011, "moved", { value: 12, count: 2 }]]);
});

test("at most ten values a second, however fast Python answers", () => {
  for (let value = 9; value < 60; value++) {
    drag(value);
    wait(20);
    answer(sent.length);
  }
  wait(200);
  const gaps = sent.slice(1).map(([time], index) => time - sent[index][0]);
  assert.ok(gaps.every((gap) => gap >= 100), `${gaps}`);
  assert.ok(sent.length >= 8, `${sent.length}`);
  assert.equal(sent.at(-1)[2].value, 59, "the last one is always sent");
});

test("what was answered before is no answer to what is on its way", () => {
  drag(9);
  wait(10);
  drag(10);
  answer(0);
  wait(1000);
  assert.equal(sent.length, 1);
});

test("back where it was: nothing is to be sent", () => {
  drag(9);
  drag(8);
  wait(500);
  assert.deepEqual(sent, []);
});

test("an answer that never comes is not waited for", () => {
  drag(9);
  wait(10);
  drag(10);
  wait(2900);
  assert.equal(sent.length, 1);
  wait(200);
  assert.deepEqual(sent.at(-1).slice(1), ["moved", { value: 10, count: 2 }]);
});

test("a link, Back or another session moves it, and it is heard again", () => {
  drag(9);
  wait(10);
  answer(1, 9);
  answer(0, 40, "b 1"); // a restarted server knows of no move
  assert.deepEqual([slider.value, output.textContent], [40, "40 of 255"]);
  wait(500);
  assert.equal(sent.length, 1);
  drag(41);
  wait(101);
  assert.deepEqual(sent.at(-1).slice(1), ["moved", { value: 41, count: 2 }]);
});

test("a move that is on its way when another session begins is the later one", () => {
  drag(9);
  wait(10);
  answer(0, 40, "b 1"); // drawn before the move is heard
  assert.equal(slider.value, "9");
  answer(1, 9, "b 1"); // it is heard
  wait(5000);
  assert.deepEqual([slider.value, sent.length], ["9", 1]);
});

test("a move that another session never hears of is sent again", () => {
  drag(9);
  wait(10);
  answer(0, 40, "b 1");
  wait(3000);
  assert.deepEqual(sent.at(-1).slice(1), ["moved", { value: 9, count: 2 }]);
});

test("a link that answers the move on its way moves it", () => {
  drag(9);
  wait(10);
  answer(1, 40, "a 2");
  wait(5000);
  assert.deepEqual([slider.value, sent.length], [40, 1]);
});

test("once its page was left it sends nothing more, and again nothing", () => {
  drag(9);
  wait(10);
  drag(20);
  slider.isConnected = false;
  wait(10_000);
  assert.deepEqual(sent.map(([, , { value }]) => value), [9]);
});
