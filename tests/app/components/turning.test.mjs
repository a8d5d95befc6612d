import assert from "node:assert/strict";
import { test } from "node:test";
import { isTurned, pagedStep, turn } from "../../../app/components/grids/turning.js";
import { Player } from "../../../app/components/grids/player.js";
import { Quiz } from "../../../app/components/grids/quiz.js";

let running = false; // whether Python draws the page
globalThis.document = { querySelector: () => (running ? {} : null) };

function played(steps, columns) {
  const player = new Player({
    clock: () => 0, pause: () => 1000, lessMotion: () => true, changed: () => {},
  });
  player.take({ steps, step: 0, pinned: false, version: "" });
  const act = (name) => (name === "play" ? player.play() : player[name]());
  return { picture: { player: true, steps, columns }, player, act };
}

test("page keys go through the first row cell by cell, then row by row, and back", () => {
  const stage = played(12, 4);
  const there = [0];
  while (turn(stage, "pageNext")) there.push(stage.player.step);
  assert.deepEqual(there, [0, 1, 2, 3, 7, 11]);
  assert.ok(stage.player.visited.slice(0, 11).every(Boolean), "what is passed is filled");
  const back = [11];
  while (turn(stage, "pagePrevious")) back.push(stage.player.step);
  assert.deepEqual(back, there.reverse());
  assert.equal(pagedStep(5, 1, { columns: 4, steps: 12 }), 7);
  assert.equal(pagedStep(5, -1, { columns: 4, steps: 12 }), 3);
  assert.equal(pagedStep(2, 1, { columns: 1, steps: 4 }), 3);
});

test("a picture of one step has nothing to turn by page", () => {
  const stage = played(1, 1);
  assert.ok(!turn(stage, "pageNext"));
  assert.ok(!turn(stage, "pagePrevious"));
});

test("arrows are a step and a row, and nothing beyond the ends", () => {
  const stage = played(12, 4);
  for (const [what, step] of [["next", 1], ["down", 5], ["previous", 4], ["up", 0], ["last", 11]]) {
    assert.ok(turn(stage, what), what);
    assert.equal(stage.player.step, step);
  }
  assert.ok(!turn(stage, "next"));
  assert.ok(!turn(stage, "down"));
  assert.ok(turn(stage, "first"));
  assert.ok(!turn(stage, "previous"));
  assert.ok(!turn(stage, "up"));
  turn(stage, "play");
  assert.ok(stage.player.playing);
  turn(stage, "next");
  assert.ok(!stage.player.playing, "who steps has stopped it");
});

function asked(question, { answers = {}, count = 3 } = {}) {
  const told = [];
  const quiz = new Quiz(played(4, 4).player, ({ question: target }) => told.push(target));
  const take = (number) => {
    const data = { name: "Set", question: number, count, right: 0, step: 0 };
    quiz.take({ ...data, answers }, "");
  };
  take(question);
  return { stage: { picture: { quiz: {} }, quiz, draw: () => {} }, told, take };
}

test("a question is revealed, then the next one asked for, once", () => {
  const { stage, told, take } = asked(0);
  assert.ok(turn(stage, "pageNext"));
  assert.deepEqual(told, [0], "the answer");
  assert.ok(turn(stage, "next"));
  assert.ok(turn(stage, "next"));
  assert.ok(turn(stage, "play"));
  assert.deepEqual(told, [0, 1], "it is on its way");
  take(1);
  assert.ok(turn(stage, "pagePrevious"));
  assert.deepEqual(told, [0, 1, 0]);
});

test("a question is asked for again after 3 s, but not of a page that still runs", (context) => {
  let now = 0;
  running = true;
  context.mock.method(performance, "now", () => now);
  const { stage, told } = asked(0, { answers: { 0: { option: 0, right: true } } });
  turn(stage, "next");
  now = 14_999;
  turn(stage, "next");
  assert.equal(told.length, 1, "another message would begin the run anew");
  running = false;
  turn(stage, "next");
  assert.equal(told.length, 2);
});

test("before the first question and after the last answer nothing is turned", () => {
  const first = asked(0);
  assert.ok(!turn(first.stage, "pagePrevious"));
  assert.ok(!turn(first.stage, "first"));
  assert.ok(!turn(first.stage, "down"));
  const last = asked(2, { answers: { 2: { option: 0, right: true } } });
  assert.ok(!turn(last.stage, "pageNext"));
  assert.ok(!turn(last.stage, "last"));
  assert.deepEqual([first.told, last.told], [[], []]);
  assert.ok(turn(last.stage, "first"));
  assert.deepEqual(last.told, [0]);
});

test("a puzzle is revealed once; whether the room was right is for somebody to say", () => {
  const done = [];
  const act = (name) => done.push(name);
  const stage = { picture: { puzzle: {} }, puzzle: { secret: true }, act };
  assert.ok(!turn(stage, "previous"));
  assert.ok(turn(stage, "pageNext"));
  stage.puzzle.secret = false;
  assert.ok(!turn(stage, "pageNext"));
  assert.deepEqual(done, ["reveal"]);
});

test("a picture to pick from is none that keys turn", () => {
  const stage = { picture: { player: false, puzzle: null, quiz: null } };
  assert.ok(!isTurned(stage));
  assert.ok(!turn(stage, "next"));
  assert.ok(!isTurned({ picture: undefined }));
  assert.ok(isTurned(played(4, 4)));
});
