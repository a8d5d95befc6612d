import assert from "node:assert/strict";
import { test } from "node:test";
import { inRows, wrapped } from "../../../app/components/page_files/layout.js";

const PARTS = [30, 40, 50, 10, 200, 5].map((room) => ({ room }));

test("a row takes as many parts as have room, and one that is too wide stands alone", () => {
  const rows = inRows(PARTS, 100).map((row) => row.map(({ room }) => room));
  assert.deepEqual(rows, [[30, 40], [50, 10], [200], [5]]);
});

test("no part is no row", () => assert.deepEqual(inRows([], 100), []));

test("a text is broken between words only", () => {
  const measure = (text, size) => text.length * size;
  assert.deepEqual(wrapped("one two  three\nfour", 10, 1, measure), ["one two", "three four"]);
  assert.deepEqual(wrapped("unbreakable a", 3, 1, measure), ["unbreakable", "a"]);
});
