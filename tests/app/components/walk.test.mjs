import assert from "node:assert/strict";
import { test } from "node:test";
import { Turner } from "../../../app/components/keys/turner.js";
import { Walk } from "../../../app/components/play/walk.js";

// A turner over four epochs whose Python answers when it is told to.
function epochs(at) {
  const clock = { now: 0 };
  const turner = new Turner(() => clock.now);
  const sent = [];
  const draw = (place, heard) => {
    const data = { at: place, count: 4, heard, plays: true };
    turner.take(data, (name, { target, count }) => sent.push({ target, count }));
  };
  draw(at, 0);
  const answer = () => draw(sent.at(-1).target, sent.at(-1).count);
  const tick = (walk, now) => {
    clock.now = now;
    walk.tick({ turner, now });
  };
  return { turner, sent, answer, tick };
}

const targets = ({ sent }) => sent.map(({ target }) => target);

test("one step after the other, each when the one before is drawn and its time has come", () => {
  const page = epochs(0);
  const walk = new Walk();
  walk.start({ turner: page.turner, now: 0 });
  page.tick(walk, 0);
  assert.deepEqual(targets(page), [1]);
  page.tick(walk, 900);
  assert.deepEqual(targets(page), [1], "Python has not drawn it");
  page.answer();
  page.tick(walk, 950);
  page.answer();
  page.tick(walk, 1000);
  assert.deepEqual(targets(page), [1, 2], "it is to be seen for a moment");
  page.tick(walk, 1600);
  page.answer();
  assert.ok(walk.isPlaying);
  page.tick(walk, 2300);
  assert.deepEqual(targets(page), [1, 2, 3]);
  assert.ok(!walk.isPlaying, "it ends at the last");
});

test("from the last one it begins at the first", () => {
  const page = epochs(3);
  const walk = new Walk();
  walk.start({ turner: page.turner, now: 0 });
  assert.deepEqual(targets(page), [0]);
  page.answer();
  page.tick(walk, 700);
  assert.deepEqual(targets(page), [0, 1]);
});

test("it stops where somebody else turns, and where nothing is turned any more", () => {
  const page = epochs(0);
  const walk = new Walk();
  walk.start({ turner: page.turner, now: 0 });
  page.tick(walk, 0);
  page.answer();
  page.turner.go(3);
  page.tick(walk, 700);
  assert.ok(!walk.isPlaying);
  assert.deepEqual(targets(page), [1, 3]);
  walk.start({ turner: page.turner, now: 800 });
  walk.tick({ turner: undefined, now: 900 });
  assert.ok(!walk.isPlaying);
});
