import assert from "node:assert/strict";
import { test } from "node:test";
import { listen, meaningOf } from "../../../../app/stage/pages/turner.js";

const picture = { matches: () => false };
const field = { matches: (selector) => selector.startsWith("input") };
const key = (name, more = {}) => ({ key: name, target: picture, ...more });

test("a page-turner's keys and a few letters mean something, small or capital", () => {
  const keys = {
    PageDown: "next", PageUp: "previous", b: "blank", B: "blank", ".": "blank", v: "vote",
    a: "answer", l: "live", r: "panic", R: "panic", n: "notes", t: "clock", Escape: "leave",
  };
  for (const [name, asked] of Object.entries(keys)) assert.equal(meaningOf(key(name)), asked);
});

test("arrows and all others are left to the picture, and so is what is pressed with others", () => {
  for (const name of ["ArrowRight", "ArrowLeft", " ", "Home", "Enter", "x", "1"]) {
    assert.equal(meaningOf(key(name)), undefined, name);
  }
  for (const other of ["ctrlKey", "metaKey", "altKey", "shiftKey"]) {
    assert.equal(meaningOf(key("r", { [other]: true })), undefined, other);
  }
});

test("who types keeps letters, and a page-turner still turns", () => {
  assert.equal(meaningOf(key("b", { target: field })), undefined);
  assert.equal(meaningOf(key("Escape", { target: field })), undefined);
  assert.equal(meaningOf(key("PageDown", { target: field })), "next");
});

test("nobody else hears a key that means something, and a key that is held counts once", () => {
  const calls = [], asked = [];
  const there = { addEventListener: (kind, act, first) => calls.push({ kind, act, first }) };
  listen(there, (what) => asked.push(what));
  const [{ kind, act, first }] = calls;
  assert.deepEqual([kind, first], ["keydown", true]);
  let stopped = 0;
  const event = (name, more) => ({
    ...key(name, more), preventDefault() {}, stopImmediatePropagation: () => { stopped += 1; },
  });
  for (const one of [event("PageDown"), event("PageDown", { repeat: true }), event("x")]) act(one);
  assert.deepEqual([asked, stopped], [["next"], 2]);
});
