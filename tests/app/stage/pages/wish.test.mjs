import assert from "node:assert/strict";
import { test } from "node:test";
import { Wish } from "../../../../app/stage/pages/wish.js";

const STATE = { index: 1, phase: "state" };

// A wish that was heard at time 0, for state 1.
function heard() {
  const clock = { now: 0 };
  const wish = new Wish(() => clock.now);
  wish.hear({ wants: 3, index: 1 });
  wish.hear({ wants: 4, index: 1 });
  return { wish, clock };
}

test("what was asked for before this window was open is past", () => {
  const wish = new Wish(() => 0);
  wish.hear({ wants: 3, index: 1 });
  wish.hear({ wants: 3, index: 1 });
  assert.equal(wish.isDue(STATE, true), false);
});

test("a picture is asked once, when it is there", () => {
  const { wish, clock } = heard();
  assert.equal(wish.isDue(STATE, false), false, "it is on its way");
  clock.now = 10_000;
  assert.equal(wish.isDue(STATE, true), true);
  assert.equal(wish.isDue(STATE, true), false);
});

test("nobody waits for ever, nor in another state, nor while the room votes", () => {
  const late = heard();
  late.clock.now = 10_001;
  assert.equal(late.wish.isDue(STATE, true), false);
  for (const elsewhere of [{ ...STATE, index: 2 }, { ...STATE, phase: "vote" }]) {
    const { wish } = heard();
    assert.equal(wish.isDue(elsewhere, false), false);
    assert.equal(wish.isDue(STATE, true), false, "it does not come back with its state");
  }
});
