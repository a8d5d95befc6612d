import assert from "node:assert/strict";
import { test } from "node:test";
import { Pointed, isForPage, isTyping } from "../../../app/components/keys/focus.js";
import { rowsOf } from "../../../app/components/keys/help.js";
import {
  goesOn, meaningOf, slidTo, targetOf, viewOf,
} from "../../../app/components/keys/meaning.js";
import { Turner } from "../../../app/components/keys/turner.js";

test("a key means the same everywhere, with Shift a view", () => {
  const names = {
    PageDown: "pageNext", PageUp: "pagePrevious", ArrowRight: "next", ArrowLeft: "previous",
    ArrowDown: "down", ArrowUp: "up", Home: "first", End: "last", " ": "play",
  };
  for (const [key, what] of Object.entries(names)) assert.deepEqual(meaningOf({ key }), { what });
  const views = { PageDown: "next", ArrowRight: "next", PageUp: "previous", End: "last" };
  for (const [key, view] of Object.entries(views)) {
    assert.deepEqual(meaningOf({ key, shiftKey: true }), { view });
  }
  assert.equal(meaningOf({ key: "ArrowDown", shiftKey: true }), null);
  assert.deepEqual(meaningOf({ key: "?", shiftKey: true }), { help: true });
  assert.equal(meaningOf({ key: "Enter" }), null);
});

test("a sequence is turned to its ends and no further, a gallery by arrows alone", () => {
  const epochs = { at: 3, count: 5, sequence: true };
  const targets = {
    next: 4, play: 4, pageNext: 4, previous: 2, pagePrevious: 2, first: 0, last: 4,
  };
  for (const [what, target] of Object.entries(targets)) {
    assert.equal(targetOf(what, epochs), target);
  }
  assert.equal(targetOf("pageNext", { ...epochs, at: 4 }), null);
  assert.equal(targetOf("previous", { ...epochs, at: 0 }), null);
  assert.equal(targetOf("down", epochs), null);
  const pictures = { ...epochs, sequence: false };
  assert.equal(targetOf("next", pictures), 4);
  assert.equal(targetOf("pageNext", pictures), null);
  assert.equal(targetOf("next", { ...pictures, at: -1 }), 0, "what stands outside comes in");
});

test("a slider goes by 1, with a page key by 8, and stays within its ends", () => {
  const slider = { value: "124", min: "0", max: "128" };
  assert.equal(slidTo("next", slider), 125);
  assert.equal(slidTo("pageNext", slider), 128);
  assert.equal(slidTo("pagePrevious", slider), 116);
  assert.equal(slidTo("first", slider), 0);
  assert.equal(slidTo("pageNext", { ...slider, value: "128" }), null);
});

test("views follow each other over the border of a chapter; a held key stops before it", () => {
  const here = { at: 4, count: 6, first: 2, last: 4 };
  const targets = { next: 5, previous: 3, first: 2, last: null };
  for (const [view, target] of Object.entries(targets)) assert.equal(viewOf(view, here), target);
  assert.equal(viewOf("next", { ...here, at: 5 }), null);
  assert.equal(viewOf("previous", { ...here, at: 0 }), null);
  assert.equal(goesOn("pageNext", false), "next");
  assert.equal(goesOn("pagePrevious", false), "previous");
  assert.equal(goesOn("pageNext", true), null);
  assert.equal(goesOn("next", false), null);
});

// An element as far as it is asked: what it matches, by the simplest selectors.
function element(tag, { role = "", type = "", expanded = "", stage, open = false } = {}) {
  const isA = (one) => {
    const [, name, not] = /^([a-z]*)(?::not\((.*)\))?/.exec(one);
    if (not) return name === tag && !not.split(",").some((each) => each.includes(`=${type}]`));
    const [, about, value] = /\[(\w+)=(\w+)\]/.exec(one) ?? [];
    if (name && name !== tag) return false;
    return !about || { role, type }[about] === value;
  };
  const split = (selector) => selector.split(/,(?![^(]*\))/).map((one) => one.trim());
  return {
    stage,
    matches: (selector) => split(selector).some((one) => one !== "a[href]" && isA(one)),
    closest: () => (open ? {} : null),
    getAttribute: () => expanded,
  };
}

const press = (key, target, more) => isForPage({ key, target, ...more });

test("who types text keeps the keys, but page keys mean nothing in one line", () => {
  for (const type of ["text", "number", "search"]) {
    const field = element("input", { type });
    assert.ok(isTyping(field));
    for (const key of ["ArrowLeft", "Home", " ", "?"]) {
      assert.ok(!press(key, field, { isPointed: true }), `${key} in ${type}`);
    }
    assert.ok(press("PageDown", field));
  }
  const area = element("textarea");
  assert.ok(isTyping(area));
  assert.ok(!press("PageDown", area, { isPointed: true }));
});

test("a box that a list was chosen from gives up all but letters and up and down", () => {
  const closed = element("input", { type: "text", role: "combobox", expanded: "false" });
  for (const key of ["PageDown", "PageUp", "ArrowRight", "ArrowLeft", "Home", "End", " "]) {
    assert.ok(press(key, closed), key);
  }
  for (const key of ["ArrowDown", "ArrowUp", "?"]) assert.ok(!press(key, closed), key);
  const open = element("input", { type: "text", role: "combobox", expanded: "true" });
  for (const key of ["PageDown", "ArrowRight", " "]) assert.ok(!press(key, open), key);
  assert.ok(!press("PageDown", element("div", { open: true })), "an open list or dialog");
});

test("a slider keeps its own keys, and what Tab has reached; what was clicked does not", () => {
  const widgets = [
    [element("button"), [" "], ["ArrowRight", "Home", "?"]],
    [element("input", { type: "range" }), ["ArrowRight", "Home"], ["?", " "]],
    [element("div", { role: "radio" }), ["ArrowDown", " "], ["?"]],
    [element("div", { stage: { picture: {} } }), ["ArrowDown", "Home"], ["?"]],
    [element("div", { stage: { picture: { player: true } } }), [], ["ArrowDown", " "]],
    [element("body"), [], ["ArrowDown", " "]],
  ];
  for (const [widget, own, others] of widgets) {
    for (const key of own) {
      assert.ok(!press(key, widget, { isPointed: false }), key);
      const isSlider = widget.matches("input[type=range]");
      assert.equal(press(key, widget, { isPointed: true }), !isSlider, key);
    }
    for (const key of [...others, "PageDown", "PageUp"]) assert.ok(press(key, widget), key);
  }
});

test("the browser keeps its shortcuts", () => {
  for (const held of ["ctrlKey", "metaKey", "altKey"]) {
    assert.ok(!press("PageDown", element("body"), { [held]: true }), held);
  }
});

test("what is focused while the pointer is down, or just after, was clicked", () => {
  const pointed = new Pointed();
  pointed.focus(0);
  assert.ok(!pointed.isPointed);
  pointed.down();
  pointed.focus(100);
  pointed.up(900);
  assert.ok(pointed.isPointed);
  pointed.focus(950);
  assert.ok(pointed.isPointed, "the page's own focus after a click");
  pointed.key("ArrowRight");
  assert.ok(pointed.isPointed);
  pointed.key("Tab");
  assert.ok(!pointed.isPointed);
  pointed.down();
  pointed.up(2000);
  pointed.focus(2500);
  assert.ok(!pointed.isPointed, "a screen reader's focus, later");
});

test("turns go ahead of Python, and end where it answers the last of them", () => {
  let now = 0;
  const sent = [];
  const turner = new Turner(() => now);
  const send = (name, state) => sent.push([name, state.target, state.count]);
  const data = { at: 2, count: 9, heard: 7 };
  turner.take(data, send);
  for (let press = 0; press < 2; press++) turner.go(targetOf("next", turner.state));
  assert.deepEqual(sent, [["turned", 3, 8], ["turned", 4, 9]]);
  turner.take({ ...data, at: 3, heard: 8 }, send);
  assert.equal(turner.state.at, 4);
  assert.ok(turner.isWaiting);
  turner.take({ ...data, at: 4, heard: 9 }, send);
  assert.ok(!turner.isWaiting);
  assert.equal(turner.state.at, 4);
  turner.go(4);
  assert.equal(sent.length, 2, "nothing is sent for nothing");
  turner.go(5);
  now = 60_000;
  assert.equal(turner.state.at, 4, "without an answer it stands where Python has it");
});

test("the list of keys is of the view", () => {
  const texts = (target) => rowsOf(target).flat().join("; ");
  assert.match(texts({ stage: { picture: { player: true } } }), /next and previous step/);
  assert.match(texts({ stage: { picture: { quiz: {} } } }), /the answer, then the next question/);
  assert.match(texts({ stage: { picture: { puzzle: {} } } }), /reveal/);
  assert.match(texts({ slider: {} }), /epsilon 8 up/);
  const epoch = texts({ turner: { data: { thing: "epoch", sequence: true } } });
  assert.match(epoch, /Page Down, →, Space; next epoch/);
  const played = texts({ turner: { data: { thing: "epoch", sequence: true, plays: true } } });
  assert.match(played, /Page Down, →; next epoch.*Space; play and pause/);
  const picture = texts({ turner: { data: { thing: "picture", sequence: false } } });
  assert.match(picture, /^→, Space; next picture/);
  assert.match(picture, /Page Down, Page Up; next and previous view/);
  const coded = rowsOf({ stage: { picture: { player: true } } }, {}).flat().join("; ");
  assert.match(coded, /C; the code of the picture/);
  assert.doesNotMatch(texts({ slider: {} }), /C; /);
  assert.match(texts(null), /^Page Down, Page Up; next and previous view/);
});
