import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import component, { Panel } from "../../../app/components/panel/panel.js";

const STATE = "stSidebarCollapsed-";
let kept, clicked, heard, collapsed;

beforeEach(() => {
  [kept, clicked, heard, collapsed] = [new Map(), [], {}, "false"];
  globalThis.panel = undefined;
  globalThis.innerWidth = 1280;
  globalThis.localStorage = {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => kept.set(name, value),
  };
  globalThis.addEventListener = (name, handle) => { heard[name] = handle; };
  globalThis.document = {
    querySelector: (selector) => {
      if (selector === "[data-testid=stSidebar]") return { dataset: { collapsed } };
      return { click: () => clicked.push(selector.match(/st[A-Z]\w+/)[0]) };
    },
  };
});

function resize(width) {
  globalThis.innerWidth = width;
  heard.resize();
  return kept.get(STATE);
}

test("the panel is open in a wide window and begins closed in a narrow one", () => {
  component();
  assert.equal(kept.get(STATE), "false");
  assert.deepEqual(clicked, []);
  assert.equal(resize(853), "true");
  assert.equal(resize(1280), "false");
});

test("a page that opens in a narrow window closes it", () => {
  globalThis.innerWidth = 390;
  component();
  assert.deepEqual(clicked, ["stSidebarCollapseButton"]);
});

test("what was chosen holds for windows of the same kind", () => {
  component();
  kept.set(STATE, "true"); // somebody closed it
  assert.equal(resize(853), "true");
  kept.set(STATE, "false"); // and opened it in the narrow window
  assert.equal(resize(640), "false");
  assert.equal(resize(1280), "true");
  assert.equal(resize(1024), "false");
});

test("a closed one stays closed on the next page, and after a reload", () => {
  component();
  kept.set(STATE, "true");
  component();
  assert.deepEqual([kept.get(STATE), clicked], ["true", ["stSidebarCollapseButton"]]);
  [collapsed, clicked, globalThis.panel] = ["true", [], undefined];
  component();
  assert.deepEqual([kept.get(STATE), clicked], ["true", []]);
});

test("a browser that keeps nothing leaves it as it is", () => {
  Object.defineProperty(globalThis, "localStorage", {
    configurable: true, get() { throw new Error("denied"); },
  });
  const panel = new Panel();
  Object.defineProperty(globalThis, "localStorage", { configurable: true, writable: true });
  panel.fit();
  panel.click();
  assert.deepEqual(clicked, []);
});

test("a picture with its code has the panel's room until it is opened", async () => {
  component();
  const after = () => new Promise((done) => setTimeout(done, 80));
  globalThis.panel.makeRoom(true);
  await after();
  assert.deepEqual([kept.get(STATE), clicked], ["true", ["stSidebarCollapseButton"]]);
  kept.set(STATE, "false"); // somebody opens it there
  [collapsed, clicked] = ["false", []];
  globalThis.panel.makeRoom(false); // another view takes the code away and brings its own
  globalThis.panel.makeRoom(true);
  await after();
  assert.deepEqual([kept.get(STATE), clicked], ["false", []]);
  globalThis.panel.makeRoom(false);
  await after();
  kept.set(STATE, "false");
  globalThis.panel.makeRoom(true);
  await after();
  assert.equal(kept.get(STATE), "true", "it begins closed whenever the code is opened");
});

test("in a narrow window the code changes nothing", async () => {
  globalThis.innerWidth = 853;
  component();
  kept.set(STATE, "false");
  globalThis.panel.makeRoom(true);
  await new Promise((done) => setTimeout(done, 80));
  assert.equal(kept.get(STATE), "false");
});
