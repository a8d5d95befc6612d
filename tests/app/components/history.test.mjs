import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import mount from "../../../app/components/history/history.js";

const SLIDER = { matches: (selector) => selector.includes("[role=slider]") };
const STEPPER = { matches: (selector) => selector.includes("stNumberInput") };
const BUTTON = { matches: () => false };
const BODY = { matches: () => false };
let entries;
let hear;
let asked;
let opened;
let sockets;

beforeEach(() => begin("/attack"));

function begin(url, { link = url, state = null, activeElement = BODY } = {}) {
  entries = [url];
  globalThis.document = { activeElement, body: BODY };
  hear = {};
  asked = [];
  opened = [{ name: `http://here${link}` }];
  sockets = [];
  mock.restoreAll();
  mock.method(performance, "getEntriesByType", () => opened);
  mock.method(globalThis, "setTimeout", (call) => call());
  globalThis.WebSocket = class {
    constructor(address) { sockets.push({ address, socket: this }); }

    addEventListener(name, handle) { this[name] = handle; }
  };
  globalThis.history = {
    state,
    back: () => asked.push("back"),
    pushState: (_state, _title, url) => entries.push(url),
    replaceState: (_state, _title, url) => entries.splice(-1, 1, url),
  };
  Object.defineProperty(globalThis, "location", {
    configurable: true, get: () => ({ href: `http://here${entries.at(-1)}` }),
  });
  globalThis.addEventListener = (name, handle) => { (hear[name] ??= []).push(handle); };
  for (const name of ["pointerdown", "keydown", "click", "popstate"]) {
    hear[name] = [];
    hear[`on${name}`] = (event = {}) => hear[name].forEach((handle) => handle(event));
  }
  mount({ setTriggerValue: (...told) => asked.push(told) });
}

function touch(...path) {
  hear.onpointerdown({ composedPath: () => path });
}

function click(path, more = {}) {
  touch(link(path));
  hear.onclick({ composedPath: () => [BUTTON, link(path)], ...more });
}

function change(...urls) {
  for (const url of urls) globalThis.history.pushState({}, "", url);
}

test("what a page does to its address by itself is no entry", () => {
  change("/attack?epsilon=8");
  assert.deepEqual(entries, ["/attack?epsilon=8"]);
});

test("a click is one entry, whatever follows from it", () => {
  touch(BUTTON);
  change("/attack?network=B", "/attack?network=B&epsilon=8");
  assert.deepEqual(entries, ["/attack", "/attack?network=B&epsilon=8"]);
  touch(BUTTON);
  change("/attack?network=M");
  assert.equal(entries.length, 3);
});

test("a slider that is dragged and then moved by keys is one entry", () => {
  touch(SLIDER);
  change("/attack?epsilon=25", "/attack?epsilon=26");
  hear.onkeydown({ composedPath: () => [SLIDER] });
  change("/attack?epsilon=27");
  assert.deepEqual(entries, ["/attack", "/attack?epsilon=27"]);
});

test("the two buttons of a stepper move the same number", () => {
  touch(BUTTON, STEPPER);
  change("/attack?image=1");
  touch({ matches: () => false }, STEPPER);
  change("/attack?image=2");
  assert.deepEqual(entries, ["/attack", "/attack?image=2"]);
});

test("another control between two moves ends the entry, and so does Back", () => {
  for (const end of [() => touch(BUTTON), () => hear.onpopstate()]) {
    touch(SLIDER);
    change("/attack?epsilon=25");
    const before = entries.length;
    end();
    change("/attack?epsilon=25&network=B");
    touch(SLIDER);
    change("/attack?epsilon=26&network=B");
    assert.ok(entries.length > before);
  }
});

test("another page is an entry, and what it opens with is not", () => {
  touch(BUTTON);
  change("/cam", "/cam?view=The+sum");
  assert.deepEqual(entries, ["/attack", "/cam?view=The+sum"]);
  touch(BUTTON);
  change("/cam?view=Map");
  assert.equal(entries.length, 3);
});

test("a drag that began before this was there is an entry, and the next one is the same", () => {
  const root = { host: { ...BUTTON, parentNode: BODY } };
  root.activeElement = { ...SLIDER, parentNode: { ...BUTTON, parentNode: root } };
  root.host.shadowRoot = root;
  begin("/attack", { activeElement: root.host });
  change("/attack?epsilon=25");
  touch(root.activeElement);
  change("/attack?epsilon=26");
  assert.deepEqual(entries, ["/attack", "/attack?epsilon=26"]);
});

test("it takes the place of pushState once", () => {
  const { pushState } = globalThis.history;
  mount({});
  assert.equal(globalThis.history.pushState, pushState);
});

test("what the next page is told before it is there stands in its own address", () => {
  change("/attack?network=B");
  click("/convolution");
  change("/attack", "/attack?stride=2", "/convolution");
  assert.deepEqual(entries, ["/attack?network=B", "/convolution?stride=2"]);
  touch(BUTTON);
  change("/convolution?stride=3");
  assert.deepEqual(entries.slice(2), ["/convolution?stride=3"]);
});

test("a page that is left and says its address once more changes nothing of the next one", () => {
  click("/convolution");
  change("/attack?epsilon=8", "/attack?stride=2", "/convolution");
  assert.deepEqual(entries, ["/attack", "/convolution?stride=2"]);
});

test("a link to a page that has settings of its own keeps them", () => {
  click("/convolution");
  change("/attack?stride=2", "/convolution?stride=3");
  assert.deepEqual(entries, ["/attack", "/convolution?stride=3"]);
});

for (const [name, act] of [
  ["that is pressed and let go beside it", () => touch(link("/convolution"))],
  ["with Ctrl", () => click("/convolution", { ctrlKey: true })],
  ["with Cmd", () => click("/convolution", { metaKey: true })],
  ["with Shift", () => click("/convolution", { shiftKey: true })],
  ["with Alt", () => click("/convolution", { altKey: true })],
  ["to the page itself", () => click("/attack?network=B")],
]) {
  test(`a link ${name} holds nothing back`, () => {
    act();
    change("/attack?network=M");
    assert.deepEqual(entries, ["/attack", "/attack?network=M"]);
  });
}

test("a click beside the link after it holds nothing back", () => {
  click("/convolution");
  touch(BUTTON);
  hear.onclick({ composedPath: () => [BUTTON] });
  change("/attack?network=M");
  assert.deepEqual(entries, ["/attack", "/attack?network=M"]);
});

test("a new connection asks for the page, with the function of the last mounting", () => {
  const socket = new globalThis.WebSocket("ws://here/_stcore/stream");
  assert.equal(sockets[0].address, "ws://here/_stcore/stream");
  assert.deepEqual(asked, []);
  mount({ setTriggerValue: (...told) => asked.push(["again", ...told]) });
  socket.open();
  assert.deepEqual(asked, [["again", "connected", true]]);
});

test("Back goes past a link that was cleaned, and stops at every other entry", () => {
  begin("/attack?network=M", { link: "/attack?model=M", state: {} });
  let stopped = 0;
  const event = { stopImmediatePropagation: () => { stopped += 1; } };
  hear.onpopstate(event);
  assert.deepEqual([asked, stopped], [[], 0]);
  entries = ["/attack?model=M"];
  hear.onpopstate(event);
  assert.deepEqual([asked, stopped], [[], 0], "the page itself has written this entry");
  globalThis.history.state = null;
  hear.onpopstate(event);
  assert.deepEqual([asked, stopped], [["back"], 1]);
});

test("a link that was not cleaned is no dead entry", () => {
  begin("/attack?network=M");
  hear.onpopstate({ stopImmediatePropagation: assert.fail });
  assert.deepEqual(asked, []);
});

function link(path) {
  return { matches: (selector) => selector === "a[href]", href: `http://here${path}` };
}
