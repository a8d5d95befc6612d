import assert from "node:assert/strict";
import { test } from "node:test";
import { actionOf, isForPicture, takeFocusBack } from "../../../app/components/grids/keys.js";

const PLAYED = { player: true, puzzle: null, columns: 4, steps: 12 };
const ASKED = { player: false, puzzle: { order: [1] }, columns: 4, steps: 12 };
const QUIET = { player: false, puzzle: null, columns: 4, steps: 12 };

test("the keys of the README, each with its action", () => {
  const names = {
    " ": "play", ArrowLeft: "back", ArrowRight: "forward",
    Home: "first", End: "last", Escape: "unpin", Enter: "pin",
  };
  for (const [key, name] of Object.entries(names)) {
    assert.deepEqual(actionOf(key, PLAYED, 5), { name });
    if (key !== "Enter") assert.equal(actionOf(key, ASKED, 5), null, `${key} in a puzzle`);
    assert.equal(actionOf(key, QUIET, 5), null, `${key} in a picture that does not play`);
  }
});

test("up and down are a row, and nothing where there is none", () => {
  assert.deepEqual(actionOf("ArrowUp", PLAYED, 5), { step: 1 });
  assert.deepEqual(actionOf("ArrowDown", PLAYED, 5), { step: 9 });
  assert.deepEqual(actionOf("ArrowUp", PLAYED, 4), { step: 0 });
  assert.equal(actionOf("ArrowUp", PLAYED, 3), null);
  assert.equal(actionOf("ArrowDown", PLAYED, 8), null);
  assert.equal(actionOf("ArrowDown", ASKED, 5), null);
});

test("a puzzle hears Enter, Y and N, small or capital", () => {
  const keys = { Enter: "reveal", y: "right", Y: "right", n: "wrong", N: "wrong" };
  for (const [key, name] of Object.entries(keys)) {
    assert.deepEqual(actionOf(key, ASKED, 5), { name });
    assert.notDeepEqual(actionOf(key, PLAYED, 5), { name }, key);
  }
  assert.equal(actionOf("x", ASKED, 5), null);
});

test("a question hears 1 to 4, and what goes on goes to the next answer or question", () => {
  const quiz = { player: false, puzzle: null, quiz: { question: 0 }, columns: 4, steps: 12 };
  const keys = {
    1: "choose1", 4: "choose4", ArrowRight: "next", PageDown: "next", " ": "next", Enter: "next",
    ArrowLeft: "previous", PageUp: "previous",
  };
  for (const [key, name] of Object.entries(keys)) {
    assert.deepEqual(actionOf(key, quiz, 5), { name });
  }
  for (const key of ["5", "0", "y", "ArrowDown"]) assert.equal(actionOf(key, quiz, 5), null);
});

const element = (tagName, more = {}) => ({ tagName, ...more });

function page(...inside) {
  const [body, documentElement] = [element("BODY"), element("HTML")];
  return {
    contains: (target) => inside.includes(target),
    ownerDocument: { body, documentElement },
  };
}

function isHeard(key, target, root, more = {}) {
  return isForPicture({ key, composedPath: () => [target], ...more }, root);
}

test("keys are the picture's while nothing else has the focus", () => {
  const [canvas, field] = [element("CANVAS"), element("INPUT")];
  const root = page(canvas);
  assert.ok(isHeard("ArrowRight", canvas, root));
  assert.ok(isHeard("ArrowRight", root.ownerDocument.body, root));
  assert.ok(isHeard("ArrowRight", root.ownerDocument.documentElement, root));
  assert.ok(!isHeard("ArrowRight", field, root), "a field elsewhere on the page");
});

test("the browser keeps its shortcuts, and what was handled is not handled again", () => {
  const canvas = element("CANVAS");
  const root = page(canvas);
  for (const taken of ["ctrlKey", "metaKey", "altKey", "defaultPrevented"]) {
    assert.ok(!isHeard("Home", canvas, root, { [taken]: true }), taken);
  }
});

test("the picture's own button is pressed by space and Enter, its list takes every key", () => {
  const [button, list] = [element("BUTTON"), element("SELECT")];
  const root = page(button, list);
  assert.ok(!isHeard(" ", button, root));
  assert.ok(!isHeard("Enter", button, root));
  assert.ok(isHeard("ArrowRight", button, root));
  assert.ok(!isHeard("ArrowDown", list, root));
});

function isReleased(activeElement, host = {}) {
  let released = false;
  if (activeElement) activeElement.blur = () => { released = true; };
  takeFocusBack({ ownerDocument: { activeElement }, getRootNode: () => ({ host }) });
  return released;
}

test("a clicked switch or button lets its focus go, a field to write in keeps it", () => {
  for (const control of [
    element("BUTTON"), element("LABEL"), element("DIV"),
    element("INPUT", { type: "radio" }), element("INPUT", { type: "checkbox" }),
  ]) assert.ok(isReleased(control), `${control.tagName} ${control.type}`);
  for (const field of [
    element("TEXTAREA"), element("SELECT"),
    element("INPUT", { type: "text" }), element("INPUT", { type: "number" }),
  ]) assert.ok(!isReleased(field), `${field.tagName} ${field.type}`);
});

test("the picture's own focus stays, and no focus is no fault", () => {
  const host = element("DIV");
  assert.ok(!isReleased(host, host));
  assert.ok(!isReleased(null));
});
