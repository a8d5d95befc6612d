import assert from "node:assert/strict";
import { test } from "node:test";
import { Back, addNone } from "../../../../app/stage/pages/back.js";

// A browser's history, and what is heard when it goes back.
function browser() {
  const entries = [null], heard = [];
  globalThis.history = {
    get state() { return entries.at(-1); },
    pushState: (state) => entries.push(state),
  };
  globalThis.addEventListener = (_, act) => heard.push(act);
  const goBack = () => {
    entries.pop();
    if (entries.length) for (const act of heard) act();
    return entries.length > 0;
  };
  return { entries, goBack };
}

test("Back goes through the states before, and leaves the stage at the first one", () => {
  const { entries, goBack } = browser();
  let index = 0;
  const back = new Back((what) => {
    assert.equal(what, "previous");
    index -= 1;
    back.follow(index > 0);
  });
  for (index of [0, 1, 2]) back.follow(index > 0);
  assert.equal(entries.length, 2, "one entry, however many states were shown");
  assert.deepEqual([goBack(), index], [true, 1]);
  assert.deepEqual([goBack(), index], [true, 0]);
  assert.equal(goBack(), false, "the stage is left");
});

test("a page in a frame changes its address and adds no entry", () => {
  const said = [];
  const history = {
    pushState: () => assert.fail("An entry is added."), replaceState: (...what) => said.push(what),
  };
  addNone({ history });
  history.pushState({ a: 1 }, "", "convolution?step=2");
  assert.deepEqual(said, [[{ a: 1 }, "", "convolution?step=2"]]);
});
