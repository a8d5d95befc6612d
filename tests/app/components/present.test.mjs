import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Address, namesIn, saying } from "../../../app/components/keys/present/address.js";
import { selectorsOf, styleOf } from "../../../app/components/keys/present/controls.js";
import { largest } from "../../../app/components/keys/present/fit.js";
import { isStages } from "../../../app/components/keys/present/stage.js";
import { Mode } from "../../../app/components/keys/present/mode.js";
import { scaleOf, zoomOf } from "../../../app/components/grids/geometry.js";

const HERE = "http://a.test/cam";
let heard, written, root;

beforeEach(() => {
  [heard, written, root] = [{}, [], { dataset: {}, style: new Map() }];
  root.style.setProperty = root.style.set;
  root.style.removeProperty = root.style.delete;
  const write = (state, title, url) => {
    written.push(url);
    globalThis.location = new URL(url, HERE);
  };
  Object.assign(globalThis, {
    location: new URL(HERE),
    history: { pushState: write, replaceState: write },
    addEventListener: (name, handle) => { heard[name] = handle; },
    requestAnimationFrame: () => 1,
    ResizeObserver: class { observe() {} disconnect() {} },
    MutationObserver: class { observe() {} },
    document: {
      documentElement: root,
      fonts: { ready: Promise.resolve() },
      head: { append() {} },
      getElementById: () => null,
      createElement: () => ({}),
      querySelector: () => null,
      querySelectorAll: () => [],
    },
  });
  globalThis.parent = globalThis;
});

const element = (found = "") => ({
  matches: (selector) => selector === found,
  closest: (selector) => (selector.includes(found || "nothing") ? {} : null),
});
const press = (mode, key, more) => mode.hear({ key, target: element(), ...more });

test("an address says whether the page is presented, and is left alone where it does", () => {
  assert.equal(saying("?stride=2", true, HERE), "/cam?stride=2&present=1");
  assert.equal(saying("/cam?image=3&present=1#x", false, HERE), "/cam?image=3#x");
  for (const same of ["/cam?a=b%20c&present=1", "?present=1"]) {
    assert.equal(saying(same, true, HERE), same);
  }
  assert.equal(saying("/cam?a=b%20c", false, HERE), "/cam?a=b%20c");
});

test("whatever is written into the address, and Back, keep what the screen shows", () => {
  let isOn = true;
  const address = new Address(() => isOn);
  history.pushState(null, "", "/attack?epsilon=8");
  history.replaceState(null, "", "/attack?epsilon=9");
  assert.deepEqual(written, ["/attack?epsilon=8&present=1", "/attack?epsilon=9&present=1"]);
  globalThis.location = new URL("http://a.test/cam?image=2");
  heard.popstate();
  assert.equal(location.search, "?image=2&present=1");
  isOn = false;
  address.write();
  assert.equal(location.search, "?image=2");
  history.pushState(null, "");
  assert.equal(written.at(-1), undefined, "without an address it stays as it is");
});

test("controls are named in a list, and nothing else than names comes into a style", () => {
  assert.deepEqual(namesIn("?controls=stride,+pool_size,"), ["stride", "pool_size"]);
  assert.deepEqual(namesIn("?controls=a{},]x,Y"), []);
  assert.equal(styleOf([]), "");
  assert.match(selectorsOf("stride")[0], /class\$="-stride"/);
  assert.ok(styleOf(["stride", "padding"]).includes('[class$="-padding"]'));
});

test("a picture is as high as its room lets it, and no lower where that would not help", () => {
  const measure = (height) => 200 + Math.min(height, 600);
  const between = { low: 120, high: 1000 };
  const found = largest(measure, { ...between, room: 700 });
  assert.ok(found <= 500 && found > 496);
  assert.equal(largest(measure, { ...between, room: 800 }), 1000, "it has no more to take");
  assert.equal(largest(() => 900, { ...between, room: 700 }), 1000, "the rest is too high alone");
});

test("a presented picture takes what is left, and its text is 1.4 times as large", () => {
  const picture = { width: 100, height: 50, around: 20, share: 0.5 };
  assert.equal(scaleOf(picture, { room: 2000, windowHeight: 1000, left: 500 }), 5);
  assert.equal(scaleOf(picture, { room: 2000, windowHeight: 1000 }), 5);
  assert.equal(scaleOf(picture, { room: 2000, windowHeight: 1000, left: 800 }), 8);
  const laptop = { innerWidth: 1280, devicePixelRatio: 1 };
  assert.equal(zoomOf(laptop), 1.4 * zoomOf(laptop, 500));
});

test("P enters, Escape leaves, and the address follows", () => {
  const mode = new Mode();
  assert.ok(!press(mode, "Escape") && !press(mode, "b"), "nothing to leave");
  assert.ok(press(mode, "P"));
  assert.deepEqual([mode.isOn, location.search], [true, "?present=1"]);
  assert.ok(!press(mode, "p"), "no second time");
  assert.ok(press(mode, "Escape"));
  assert.deepEqual([mode.isOn, location.search], [false, ""]);
  globalThis.location = new URL(`${HERE}?present=1`);
  assert.ok(new Mode().isOn, "a link does as well");
});

test("the screen is black until one of some keys is pressed, and no key turns anything", () => {
  const mode = new Mode();
  press(mode, "p");
  for (const key of ["b", "B", "Escape", "PageDown", "PageUp"]) {
    assert.ok(press(mode, "b") && mode.isBlank);
    assert.ok(press(mode, "ArrowRight") && mode.isBlank);
    assert.ok(press(mode, key) && !mode.isBlank && mode.isOn, key);
  }
});

test("who types or holds Ctrl keeps the keys, and so does an open list", () => {
  const mode = new Mode();
  assert.ok(!press(mode, "p", { target: element("textarea") }));
  assert.ok(!press(mode, "p", { target: element("[role=listbox]") }));
  assert.ok(!press(mode, "p", { ctrlKey: true }));
  assert.ok(!mode.isOn);
});

test("on the stage of a lecture some keys are the stage's", () => {
  assert.ok(!isStages("PageDown"));
  globalThis.parent = { document: { documentElement: { dataset: { stage: "" } } } };
  for (const key of ["PageDown", "PageUp", "Escape", "P", "b"]) assert.ok(isStages(key), key);
  assert.ok(!isStages("ArrowRight") && !isStages("?"));
  globalThis.parent = { document: { documentElement: { dataset: {} } } };
  assert.ok(!isStages("PageDown"), "another page that holds it");
  globalThis.parent = { get document() { throw new Error("another origin"); } };
  assert.ok(!isStages("PageDown"));
});
