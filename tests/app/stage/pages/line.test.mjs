import assert from "node:assert/strict";
import { test } from "node:test";
import { asked, keep, keyOf } from "../../../../app/stage/pages/line.js";

const REFUSING = { getItem() { throw new Error("no"); }, setItem() { throw new Error("no"); } };

function browser(localStorage, address) {
  globalThis.localStorage = localStorage;
  globalThis.location = new URL(address);
  globalThis.history = { state: null, replaceState() {} };
}

test("a browser that keeps nothing knows the key while its window is open", () => {
  browser(REFUSING, "http://localhost/present?lecture=short");
  assert.deepEqual(asked(), { room: "", key: "", lecture: "short" });
  keep("ABCD", "secret");
  assert.equal(keyOf("ABCD"), "secret");
  assert.equal(keyOf("EFGH"), "");
});

test("a browser that keeps something knows it later, too", () => {
  const kept = {};
  const storage = {
    getItem: (name) => kept[name] ?? null, setItem: (name, value) => { kept[name] = value; },
  };
  browser(storage, "http://localhost/notes?room=ijkl");
  keep("IJKL", "other");
  assert.deepEqual(kept, { "lecture IJKL": "other" });
  assert.deepEqual(asked(), { room: "IJKL", key: "other", lecture: "" });
});
