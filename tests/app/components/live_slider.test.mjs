import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import mount from "../../../app/components/live_slider/live_slider.js";

const DATA = { label: "Epsilon", unit: "of 255", low: 0, high: 64, step: 1, value: 8 };
let slider;
let output;
let sent;
let now;
let timers;

beforeEach(() => {
  [now, timers, sent] = [0, [], []];
  mock.restoreAll();
  mock.method(performance, "now", () => now);
  mock.method(globalThis, "setTimeout", (call, wait) => {
    timers.push({ call, due: now + wait });
    return timers.at(-1);
  });
  mock.method(globalThis, "clearTimeout", (timer) => {
    timers = timers.filter((other) => other !== timer);
  });
  slider = { setAttribute(name, value) { this[name] = value; } };
  output = {};
  answer(8);
});

// Python draws a value: the component is mounted again with it.
function answer(value) {
  const elements = { input: slider, output, ".name": {} };
  const parentElement = { querySelector: (selector) => elements[selector] };
  const setStateValue = (name, state) => sent.push([now, name, state]);
  mount({ data: { ...DATA, value }, parentElement, setStateValue });
}

function wait(milliseconds) {
  for (const end = now + milliseconds; now < end; ) {
    now += 1;
    const due = timers.filter((timer) => timer.due <= now);
    timers = timers.filter((timer) => timer.due > now);
    for (const { call } of due) call();
  }
}

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
  assert.deepEqual(sent, [[1, "value", 9]]);
});

test("one value is on its way at a time, and the next one sent is the latest", () => {
  drag(9);
  wait(10);
  for (const value of [10, 11, 12]) drag(value);
  wait(1000);
  assert.equal(sent.length, 1, "Python has not answered yet");
  answer(9);
  assert.equal(slider.value, "12", "an answer does not move what is dragged");
  wait(1);
  assert.deepEqual(sent.slice(1), [[1011, "value", 12]]);
});

test("at most ten values a second, however fast Python answers", () => {
  for (let value = 9; value < 60; value++) {
    drag(value);
    wait(20);
    if (sent.length) answer(sent.at(-1)[2]);
  }
  wait(200);
  const gaps = sent.slice(1).map(([time], index) => time - sent[index][0]);
  assert.ok(gaps.every((gap) => gap >= 100), `${gaps}`);
  assert.ok(sent.length >= 8, `${sent.length}`);
  assert.equal(sent.at(-1)[2], 59, "the last one is always sent");
});

test("what was answered before is no answer to what is on its way", () => {
  drag(9);
  wait(10);
  drag(10);
  answer(8);
  wait(1000);
  assert.equal(sent.length, 1);
});

test("back where it was: nothing is to be sent", () => {
  drag(9);
  drag(8);
  wait(500);
  assert.deepEqual(sent, []);
});
