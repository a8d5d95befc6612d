import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Player } from "../../../app/components/grids/player.js";
import { answered, Quiz } from "../../../app/components/grids/quiz.js";
import { sentenceOf } from "../../../app/components/grids/sentences.js";
import { picture } from "./fixtures.mjs";

const OPTIONS = [
  { text: "7", reason: "forgot the bias" },
  { text: "9", reason: "the bias is added once" },
  { text: "0", reason: "took the smallest" },
  { text: "2", reason: "left out the minus" },
];
const ASKED = {
  name: "Ten ideas 1", question: 0, count: 3, text: "What comes out?", options: OPTIONS,
  right: 1, step: 2, said: "1·9 = 9", answers: {},
};
let player;
let quiz;
let sent;

beforeEach(() => {
  player = new Player({ clock: () => 0, pause: () => 500, lessMotion: () => true, changed() {} });
  player.take({ steps: 4, step: 0, pinned: true, version: "a" });
  sent = [];
  quiz = new Quiz(player, (message) => sent.push(message));
  quiz.take(ASKED, "a");
});

test("a question hides its answer and stands at its cell", () => {
  assert.deepEqual([player.step, player.pinned, quiz.secret], [2, false, true]);
  assert.equal(quiz.standing(), "Question 1 of 3");
  assert.deepEqual([0, 1, 2, 3].map((option) => quiz.stateOf(option)), ["", "", "", ""]);
});

test("the first choice counts, and says why it is wrong", () => {
  quiz.choose(0);
  quiz.choose(1);
  assert.equal(quiz.secret, false);
  assert.deepEqual(sent, [
    { set: "Ten ideas 1", question: 0, answers: { 0: { option: 0, right: false } } },
  ]);
  assert.equal(quiz.verdict(), "✕ No: forgot the bias. 1·9 = 9");
  assert.deepEqual([0, 1, 2, 3].map((option) => quiz.stateOf(option)), ["wrong", "right", "", ""]);
  assert.equal(quiz.standing(), "Question 1 of 3; right 0 of 1");
});

test("the right choice is told with its sum", () => {
  quiz.choose(1);
  assert.equal(quiz.verdict(), "✓ Right. 1·9 = 9");
  assert.deepEqual(quiz.tally, { right: 1, asked: 1 });
});

test("next reveals first, which is no answer, and then goes on", () => {
  quiz.next();
  assert.equal(quiz.secret, false);
  assert.equal(quiz.verdict(), "1·9 = 9");
  assert.deepEqual(quiz.tally, { right: 0, asked: 0 });
  assert.equal(sent.at(-1).question, 0);
  quiz.next();
  assert.equal(sent.at(-1).question, 1);
});

test("before the first question and behind the last there is none", () => {
  quiz.previous();
  assert.deepEqual(sent, []);
  quiz.take({ ...ASKED, question: 2 }, "a");
  quiz.choose(1);
  quiz.next();
  assert.equal(sent.length, 1);
  assert.equal(quiz.isLast, true);
  quiz.previous();
  assert.equal(sent.at(-1).question, 1);
});

test("answers of a set stay on the way through it, whatever Python knows by then", () => {
  quiz.choose(1);
  quiz.take({ ...ASKED, question: 1, step: 3 }, "a");
  assert.deepEqual([player.step, quiz.secret], [3, true]);
  quiz.choose(0);
  quiz.take(ASKED, "a");
  assert.equal(quiz.secret, false);
  assert.equal(quiz.standing(), "Question 1 of 3; right 1 of 2");
});

test("what Python sent before it heard of all answers is too late, but not for another set", () => {
  const data = { quiz: ASKED, version: "a", heard: 3 };
  assert.equal(quiz.isAhead(data, 4), true);
  assert.equal(quiz.isAhead(data, 3), false);
  assert.equal(quiz.isAhead({ ...data, version: "b" }, 4), false);
  assert.equal(quiz.isAhead({ ...data, quiz: { ...ASKED, name: "Ten ideas 2" } }, 4), false);
  assert.equal(quiz.isAhead({ version: "a", heard: 3 }, 4), false);
  quiz.take(null, "a");
  assert.equal(quiz.isAhead(data, 4), false);
});

test("another set starts anew, and a link takes Python's answers", () => {
  quiz.choose(1);
  quiz.take({ ...ASKED, name: "Ten ideas 2" }, "a");
  assert.deepEqual([quiz.secret, quiz.tally.asked], [true, 0]);
  quiz.choose(0);
  quiz.take({ ...ASKED, name: "Ten ideas 2", answers: { 1: { option: 1, right: true } } }, "b");
  assert.deepEqual([quiz.secret, quiz.tally.right], [true, 1]);
});

test("Start again forgets all answers and goes to the first question", () => {
  quiz.take({ ...ASKED, question: 2 }, "a");
  quiz.choose(1);
  quiz.again();
  assert.deepEqual(sent.at(-1), { set: "Ten ideas 1", question: 0, answers: {} });
  assert.equal(quiz.secret, true);
});

test("the sentence below is the verdict, unless something else is under the pointer", () => {
  const stage = { picture: picture({ quiz: ASKED }), quiz, visibleStep: 2, hovered: null };
  assert.equal(sentenceOf({ ...stage, secret: true }), "");
  quiz.choose(1);
  assert.equal(sentenceOf({ ...stage, secret: false }), "✓ Right. 1·9 = 9");
  const hovered = { step: 1 };
  const other = sentenceOf({ ...stage, secret: false, hovered, visibleStep: 1 });
  assert.equal(other, "2 + 12 = 14");
});

test("after the questions nothing is hidden and no cell is seen", () => {
  quiz.choose(1);
  player.visited[2] = 1;
  quiz.take(null, "a");
  assert.equal(quiz.secret, false);
  assert.deepEqual([...player.visited], [0, 0, 0, 0]);
});

test("Python is told of an answer, and the next question is shown before it answers", () => {
  const [told, taken] = [[], []];
  const following = { id: "next", quiz: { ...ASKED, question: 1 } };
  const stage = {
    latest: { id: "now", quiz: ASKED, version: "a", heard: 3, following }, count: 3, send: "send",
    tell(name, state) { told.push([name, state.question]); this.count += 1; },
    take(data, send) { taken.push([data, send]); },
  };
  answered(stage, { question: 0, answers: {} });
  assert.deepEqual([told, taken], [[["answer", 0]], []]);
  answered(stage, { question: 1, answers: {} });
  assert.deepEqual(told.at(-1), ["answer", 1]);
  assert.deepEqual(taken, [
    [{ ...following, version: "a", heard: 5, following: null }, "send"],
  ]);
  answered({ ...stage, latest: { quiz: ASKED } }, { question: 1, answers: {} });
  assert.equal(taken.length, 1);
});
