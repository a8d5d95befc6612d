import assert from "node:assert/strict";
import { test } from "node:test";
import { Frames, linkOf } from "../../../../app/stage/pages/frames.js";

const STATES = ["a", "b", "c", "d", "e"].map((link) => ({ link, title: link, controls: [] }));

// A browser in which a page is there when a test says so.
function browser() {
  const waiting = [];
  globalThis.setTimeout = (act) => waiting.push(act);
  globalThis.focus = () => {};
  globalThis.document = {
    createElement: () => {
      const classes = new Set();
      return {
        page: { isReady: false, hasFault: false, isPending: false, hosts: [] },
        classList: { toggle: (name, is) => (is ? classes.add(name) : classes.delete(name)) },
        isFront: () => classes.has("front"),
        remove() { this.isGone = true; },
        get contentDocument() {
          const { isReady, hasFault, isPending, hosts } = this.page;
          const is = (what) => (what.includes("stException") ? hasFault
            : what.includes("Skeleton") ? isPending : isReady);
          return { querySelector: is, querySelectorAll: () => hosts };
        },
      };
    },
  };
  const look = () => { for (const act of waiting.splice(0)) act(); };
  const made = [], good = [], opened = [];
  const frames = new Frames({ append: (frame) => made.push(frame) }, {
    opened: (there) => opened.push(there), good: (index) => good.push(index),
  });
  const ready = (index, hasFault = false) => {
    Object.assign(frames.frames.get(index).page, { isReady: true, hasFault });
    look();
  };
  return { frames, made, good, opened, ready, there: () => [...frames.frames.keys()].sort() };
}

test("a link is opened as the stage shows it, with the controls that it names", () => {
  assert.equal(linkOf({ link: "cam", controls: [] }), "cam?present=1");
  const link = { link: "convolution?stride=2", controls: ["stride", "padding"] };
  assert.equal(linkOf(link), "convolution?stride=2&present=1&controls=stride,padding");
});

test("the next two are loaded ahead, one after the other, once the picture is there", () => {
  const { frames, good, ready, there } = browser();
  frames.show(STATES, 0, 0);
  assert.deepEqual(there(), [0]);
  ready(0);
  assert.deepEqual([there(), good], [[0, 1], [0]]);
  ready(1);
  assert.deepEqual(there(), [0, 1, 2]);
  ready(2);
  assert.deepEqual([there(), good], [[0, 1, 2], [0]], "what nobody has seen is not yet good");
});

test("the picture that a key shows is there already, and far ones go", () => {
  const { frames, made, good, ready, there } = browser();
  frames.show(STATES, 0, 0);
  for (const index of [0, 1, 2]) ready(index);
  frames.show(STATES, 1, 0);
  assert.equal(made.length, 4, "only the one behind the next was made");
  assert.deepEqual([made[1].isFront(), made[0].isFront(), good], [true, false, [0, 1]]);
  for (const index of [3]) ready(index);
  frames.show(STATES, 3, 0);
  assert.deepEqual(there(), [2, 3, 4]);
  assert.equal(made[0].isGone, true);
});

test("keys are heard in a page as soon as it is ready, and once", () => {
  const { frames, made, opened, ready } = browser();
  frames.show(STATES, 0, 0);
  const pages = [{}, {}].map(() => ({ querySelector: () => null, querySelectorAll: () => [] }));
  let page = pages[0];
  page.querySelector = (what) => (/Exception|Skeleton/.test(what) ? null : {});
  Object.defineProperty(made[0], "contentDocument", { get: () => page });
  made[0].contentWindow = { focus() {} };
  ready(0);
  assert.equal(opened.length, 1, "before all that it names has come");
  made[0].onload();
  assert.equal(opened.length, 1);
  page = pages[1];
  made[0].onload();
  assert.equal(opened.length, 2, "the page was loaded anew");
});

test("a page with an error is not good", () => {
  const { frames, good, ready } = browser();
  frames.show(STATES, 0, 0);
  ready(0, true);
  assert.deepEqual(good, []);
});

test("the key in need loads the picture anew", () => {
  const { frames, made, ready } = browser();
  frames.show(STATES, 0, 0);
  ready(0);
  frames.show(STATES, 0, 1);
  assert.equal(made[0].isGone, true);
  assert.equal(frames.frames.get(0), made.at(-1));
});

test("a state that a saved file has changed, moved or left out is loaded anew", () => {
  const { frames, made, ready, there } = browser();
  frames.show(STATES, 0, 0);
  for (const index of [0, 1, 2]) ready(index);
  const [first, ...rest] = STATES;
  frames.show([first, { link: "new", title: "new", controls: [] }, ...rest], 0, 0);
  assert.deepEqual(there(), [0, 1]);
  assert.deepEqual([made[0].isGone, made[1].isGone, made[2].isGone], [undefined, true, true]);
  assert.equal(frames.frames.get(1).link, "new?present=1");
  frames.show([first], 0, 0);
  assert.deepEqual(there(), [0]);
});

test("after the last state nothing is loaded", () => {
  const { frames, ready, there } = browser();
  frames.show(STATES, 4, 0);
  ready(4);
  assert.deepEqual(there(), [4]);
});

test("a page is ready when nothing of it is on its way, and has come with its components", () => {
  const { frames, made, ready } = browser();
  assert.equal(frames.hasCome(), false);
  frames.show(STATES, 0, 0);
  made[0].page.isPending = true;
  ready(0);
  assert.deepEqual([made[0].isReady, frames.hasCome()], [false, false]);
  Object.assign(made[0].page, { isPending: false, hosts: [{ dataset: {} }] });
  ready(0);
  assert.deepEqual([made[0].isReady, frames.hasCome()], [true, false]);
  assert.deepEqual(frames.questions(), []);
  made[0].page.hosts[0].dataset.started = "";
  assert.equal(frames.hasCome(), true);
});

test("while the room votes a picture that asks by itself does not answer", () => {
  const { frames, made, ready } = browser();
  frames.show(STATES, 0, 0);
  ready(0);
  const drawn = [], classes = new Set();
  const stage = {
    picture: { quiz: {} }, scale: 1,
    paint: () => drawn.push("painted"), resize: () => drawn.push("sized"),
  };
  const classList = {
    contains: (name) => classes.has(name),
    toggle: (name, is) => (is ? classes.add(name) : classes.delete(name)),
  };
  const grids = { stage, classList, getClientRects: () => [{}] };
  const host = { dataset: { started: "" }, shadowRoot: { querySelector: () => grids } };
  made[0].page.hosts = [host];
  const held = ["vote", "result", "again", "answer", "state"].map((phase) => {
    frames.hold(phase);
    return [made[0].inert, classes.has("voted")];
  });
  const [open, shut, left] = [[true, true], [false, true], [false, false]];
  assert.deepEqual(held, [open, shut, open, shut, left]);
  assert.deepEqual(drawn, ["painted", "sized", "painted", "sized"], "once each way");
  made[0].page.hosts = [];
  frames.hold("vote");
  assert.equal(made[0].inert, false, "of no question of its own");
});

test("each question of a picture is asked in turn, and a new picture begins with its first", () => {
  const { frames } = browser();
  frames.show(STATES, 0, 0);
  const put = ["a", "b", "c"].map((name) => ({ name }));
  const asking = {
    querySelector: () => null,
    querySelectorAll: (selector) => (selector === "[data-questions]"
      ? [{ dataset: { questions: JSON.stringify(put) } }] : []),
  };
  for (const index of [0, 1]) {
    Object.defineProperty(frames.at(index), "contentDocument", { value: asking });
    frames.at(index).isReady = true;
  }
  const names = () => frames.questions().map(({ name }) => name).join("");
  const asked = [names()];
  for (const _ of put) {
    frames.turn();
    asked.push(names());
  }
  assert.deepEqual(asked, ["abc", "bca", "cab", "abc"]);
  frames.turn();
  frames.show(STATES, 1, 0);
  assert.equal(names(), "abc");
});
