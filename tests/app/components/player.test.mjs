import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Player } from "../../../app/components/grids/player.js";
import { time } from "./fixtures.mjs";

const NINE = { steps: 9, step: 0, pinned: false, version: null };
let clock;
let player;

beforeEach(() => {
  clock = time();
  player = new Player({
    clock: () => clock.now,
    pause: () => 1000 * clock.seconds,
    lessMotion: () => clock.lessMotion,
    changed: () => { clock.changes += 1; },
  });
  player.take(NINE);
});

// The steps that are there after each of so many milliseconds.
function wait(...times) {
  return times.map((milliseconds) => {
    clock.now += milliseconds;
    player.tick(clock.now);
    return player.step;
  });
}

test("it starts paused, at the step that Python names, with those before it seen", () => {
  const other = new Player({});
  other.take({ ...NINE, step: 3, pinned: true });
  assert.deepEqual([other.step, other.playing, other.pinned], [3, false, true]);
  assert.deepEqual([...other.visited], [1, 1, 1, 1, 0, 0, 0, 0, 0]);
});

test("the step stays in a picture of other settings, where there is such a step", () => {
  player.go(7);
  player.take({ ...NINE, step: 2 });
  assert.equal(player.step, 7, "Python's step counts only when it says so");
  player.take({ ...NINE, steps: 4 });
  assert.equal(player.step, 3);
  assert.deepEqual([...player.visited], [1, 1, 1, 1]);
  player.take({ ...NINE, steps: 4, step: 1, version: "another" });
  assert.equal(player.step, 1);
});

test("the same picture follows where the address says so, not what was pinned meanwhile", () => {
  player.pin(4);
  player.follow({ step: 2, pinned: false, version: null });
  assert.deepEqual([player.step, player.pinned], [4, true]);
  player.follow({ step: 2, pinned: false, version: "another" });
  assert.deepEqual([player.step, player.pinned], [2, false]);
});

test("a step that Python names in another picture is pinned where it says so", () => {
  player.take({ steps: 4, step: 3, pinned: true, version: "another" });
  assert.deepEqual([player.step, player.pinned], [3, true]);
  player.take({ steps: 4, step: 1, pinned: false, version: "a third" });
  assert.deepEqual([player.step, player.pinned], [1, false]);
});

test("a pinned step stays pinned as long as there are as many steps", () => {
  player.pin(4);
  player.take({ ...NINE, pinned: false });
  assert.equal(player.pinned, true);
  player.take({ ...NINE, steps: 4 });
  assert.equal(player.pinned, false);
});

test("a cell each pause, whatever the pause is", () => {
  for (const seconds of [0.25, 0.5, 1, 2]) {
    clock.seconds = seconds;
    player.go(0);
    player.play();
    const almost = 1000 * seconds - 1;
    assert.deepEqual(wait(almost, 1, almost, 1, almost, 1), [0, 1, 1, 2, 2, 3], `${seconds} s`);
    player.stop();
    assert.deepEqual(wait(5000), [3]);
  }
});

test("late frames do not slow it down, and it does not run to catch up after a long sleep", () => {
  player.play();
  assert.deepEqual(wait(510, 495, 495), [1, 2, 3], "each is due 500 ms after the last one was due");
  assert.deepEqual(wait(3000, 1), [4, 5], "what is long due comes at once");
  assert.deepEqual(wait(1), [5], "but one step only");
});

test("it stops at the end, and begins anew from there", () => {
  player.go(7);
  player.play();
  assert.deepEqual(wait(500, 500), [8, 8]);
  assert.equal(player.playing, false);
  player.visited.fill(1);
  player.play();
  assert.deepEqual([player.step, player.playing], [0, true]);
  assert.deepEqual([...player.visited], Array(9).fill(0));
});

test("the window slides to a step beside this one, and jumps to any other", () => {
  player.go(1);
  assert.deepEqual(player.slide, { from: 0, start: 1000, length: 220 });
  wait(219);
  assert.notEqual(player.slide, null);
  wait(1);
  assert.equal(player.slide, null);
  player.go(3);
  assert.equal(player.slide, null);
  player.go(2);
  assert.deepEqual(player.slide, { from: 3, start: 1220, length: 220 });
});

test("it never slides for those who want less motion", () => {
  clock.lessMotion = true;
  player.go(1);
  assert.equal(player.slide, null);
  assert.equal(player.step, 1);
});

test("a slide is over before the next step is due", () => {
  clock.seconds = 0.25;
  player.play();
  wait(250);
  assert.equal(player.slide.length, 150);
});

test("a slide begins and ends slowly", () => {
  player.go(1);
  const progress = [0, 55, 110, 165, 220, 400].map((passed) => player.progress(1000 + passed));
  assert.deepEqual(progress, [0, 0.15625, 0.5, 0.84375, 1, 1]);
});

test("no step is before the first or after the last", () => {
  player.go(-1);
  assert.equal(player.step, 0);
  player.last();
  player.go(9);
  assert.equal(player.step, 8);
  assert.deepEqual([...player.visited], Array(9).fill(1));
});

test("hover shows a step without going there, and pauses", () => {
  player.play();
  player.hover({ step: 5 });
  assert.deepEqual([player.visibleStep, player.step, player.playing], [5, 0, false]);
  player.hover(null);
  assert.equal(player.visibleStep, 0);
});

test("nothing is drawn again while the pointer stays in one cell", () => {
  player.hover({ feeds: [1, 2], cell: 4, grid: 0 });
  const { changes } = clock;
  player.hover({ feeds: [1, 2], cell: 4, grid: 0 });
  assert.equal(clock.changes, changes);
  player.hover({ feeds: [1, 2], cell: 5, grid: 0 });
  assert.equal(clock.changes, changes + 1);
});

test("a pinned step stays under the pointer, a second click lets it go", () => {
  player.pin(4);
  player.hover({ step: 6 });
  assert.deepEqual([player.visibleStep, player.pinned], [4, true]);
  player.hover({ entries: 0, entry: 1 });
  assert.notEqual(player.hovered, null, "a weight can still be looked at");
  player.pin(6);
  assert.deepEqual([player.step, player.pinned], [6, true]);
  player.pin(6);
  assert.equal(player.pinned, false);
});

test("Escape lets a pinned step go, and it stays", () => {
  player.pin(4);
  player.unpin();
  assert.deepEqual([player.step, player.pinned], [4, false]);
});

test("scrubbing fills what it passes and lets everything go", () => {
  player.pin(1);
  player.scrub(5);
  player.scrub(2);
  assert.deepEqual([player.step, player.pinned, player.playing], [2, false, false]);
  assert.deepEqual([...player.visited], [1, 1, 1, 1, 1, 1, 0, 0, 0]);
});

test("frames go on while something moves, and no longer", () => {
  assert.equal(player.moving, false);
  player.go(1);
  assert.equal(player.moving, true);
  wait(220);
  assert.equal(player.moving, false);
  player.play();
  assert.equal(player.moving, true);
});
