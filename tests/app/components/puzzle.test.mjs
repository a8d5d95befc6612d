import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Player } from "../../../app/components/grids/player.js";
import { Puzzle } from "../../../app/components/grids/puzzle.js";
import { tallyOf } from "../../../app/components/grids/sentences.js";

const ASKED = { id: "7", order: [5, 2, 8], question: "What comes out at PLACE?", tally: {} };
let player;
let puzzle;
let sent;

beforeEach(() => {
  player = new Player({ clock: () => 0, pause: () => 500, lessMotion: () => true, changed() {} });
  player.take({ steps: 9, step: 4, pinned: true, version: null });
  sent = [];
  puzzle = new Puzzle(player, (tally) => sent.push(tally));
  puzzle.take(ASKED);
});

function answer(right) {
  puzzle.reveal();
  puzzle.judge(right);
}

test("it asks for the first step, with nothing seen and the answer hidden", () => {
  assert.deepEqual([player.step, player.pinned, puzzle.secret], [5, false, true]);
  assert.deepEqual([...player.visited], Array(9).fill(0));
  assert.equal(tallyOf(puzzle), "Right 0 of 0; question 1 of 3");
});

test("an answer counts once it was revealed, and only once", () => {
  puzzle.judge(1);
  assert.deepEqual(puzzle.tally, { right: 0, asked: 0 });
  answer(1);
  assert.deepEqual([player.step, puzzle.secret], [2, true]);
  puzzle.judge(1);
  assert.deepEqual(sent, [{ right: 1, asked: 1 }]);
  answer(0);
  assert.deepEqual(sent.at(-1), { right: 1, asked: 2 });
  assert.equal(tallyOf(puzzle), "Right 1 of 2; question 3 of 3");
});

test("what was asked stays filled", () => {
  answer(1);
  answer(0);
  assert.deepEqual([...player.visited], [0, 0, 1, 0, 0, 1, 0, 0, 0]);
});

test("after the last question nothing is hidden and nothing counts", () => {
  [1, 0, 1].forEach(answer);
  assert.deepEqual([puzzle.solved, puzzle.secret, player.step], [true, false, 8]);
  assert.equal(tallyOf(puzzle), "All 3 asked: right 2 of 3");
  answer(1);
  assert.equal(sent.length, 3);
});

test("Start again forgets the tally and tells Python", () => {
  [1, 0, 1].forEach(answer);
  puzzle.restart();
  assert.deepEqual(sent.at(-1), { right: 0, asked: 0 });
  assert.deepEqual([player.step, puzzle.solved, puzzle.secret], [5, false, true]);
});

test("Python's tally is where the room goes on", () => {
  puzzle.take({ ...ASKED, id: "8", tally: { right: 1, asked: 2 } });
  assert.deepEqual([player.step, puzzle.tally.right], [8, 1]);
});

test("the same puzzle on another layer keeps its tally, another puzzle does not", () => {
  answer(1);
  puzzle.take({ ...ASKED, order: [1, 3, 4], tally: {} });
  assert.deepEqual([player.step, puzzle.tally.right], [3, 1]);
  puzzle.take({ ...ASKED, id: "8" });
  assert.deepEqual([player.step, puzzle.tally.right], [5, 0]);
});

test("after the puzzle the steps are there to be walked through, none of them seen", () => {
  answer(1);
  puzzle.take(null);
  assert.equal(puzzle.secret, false);
  assert.deepEqual([...player.visited], Array(9).fill(0));
});

test("a picture that was never a puzzle keeps what was seen", () => {
  const other = new Puzzle(player, () => {});
  player.visited.fill(1, 0, 3);
  other.take(null);
  assert.deepEqual([...player.visited], [1, 1, 1, 0, 0, 0, 0, 0, 0]);
});
