import assert from "node:assert/strict";
import { test } from "node:test";
import { actionOf, isForPicture, takeFocusBack } from "../../../app/components/grids/keys.js";

const PLAYED = { player: true, puzzle: null };
const ASKED = { player: false, puzzle: { order: [1] } };
const QUIET = { player: false, puzzle: null };
const QUIZ = { player: false, puzzle: null, quiz: { question: 0 } };

test("a picture that plays pins its step, and leaves what every page means to the page", () => {
  assert.equal(actionOf("Enter", PLAYED), "pin");
  assert.equal(actionOf("Escape", PLAYED), "unpin");
  for (const key of [" ", "ArrowRight", "PageDown", "Home"]) {
    for (const picture of [PLAYED, ASKED, QUIZ]) assert.equal(actionOf(key, picture), undefined);
  }
  assert.equal(actionOf("Enter", QUIET), undefined);
});

test("a puzzle hears Enter, Y and N, small or capital", () => {
  const keys = { Enter: "reveal", y: "right", Y: "right", n: "wrong", N: "wrong" };
  for (const [key, name] of Object.entries(keys)) {
    assert.equal(actionOf(key, ASKED), name);
    assert.notEqual(actionOf(key, PLAYED), name, key);
  }
  assert.equal(actionOf("x", ASKED), undefined);
});

test("a question hears 1 to 4 and Enter", () => {
  for (const [key, name] of Object.entries({ 1: "choose1", 4: "choose4", Enter: "next" })) {
    assert.equal(actionOf(key, QUIZ), name);
  }
  for (const key of ["5", "0", "y"]) assert.equal(actionOf(key, QUIZ), undefined);
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
