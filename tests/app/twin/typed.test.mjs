// Run: node --test tests/app/twin/typed.test.mjs
import assert from "node:assert/strict";
import test from "node:test";
import { matricesOf, matrixOf } from "../../../app/twin/layer/typed.js";

test("rows of numbers, ratios and true minus signs are read", () => {
  const { values, size } = matrixOf("1, −2; 1/4 .5", "kernel", 7);
  assert.deepEqual([...values], [1, -2, 0.25, 0.5]);
  assert.deepEqual(size, [2, 2]);
});

test("a fault is one sentence that says what to mend", () => {
  const faults = [" \n", "1 2\n3", "1 2 3 4", "1 1/0", "1 1e9", "2000000"].map((text) => {
    return matrixOf(text, "kernel", 3).error;
  });
  assert.deepEqual(faults.map((fault) => fault.split(":")[0]), [
    "The kernel is empty",
    "Row 2 of the kernel has 1 and row 1 has 2 numbers",
    "The kernel is 1 × 4",
    "“1/0” in row 1 of the kernel is no number up to 10,000",
    "“1e9” in row 1 of the kernel is no number up to 10,000",
    "“2000000” in row 1 of the kernel is no number up to 10,000",
  ]);
});

test("a kernel is one for all channels, or one for each", () => {
  const one = matricesOf("1 2\n3 4", "kernel", 7, 3);
  assert.deepEqual([...one.values], [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]);
  const each = matricesOf("1 2\n\n3 4", "kernel", 7, 2);
  assert.deepEqual([...each.values, ...each.size], [1, 2, 3, 4, 1, 2]);
  const faults = ["1\n\n2", "1 2\n\n3\n\n4", ""].map((text) => {
    return matricesOf(text, "kernel", 7, 3).error;
  });
  assert.match(faults[0], /^The kernel has 2 matrices, the picture 3 channels: give one for all/);
  assert.match(faults[1], /differ in size/);
  assert.match(faults[2], /is empty/);
});
