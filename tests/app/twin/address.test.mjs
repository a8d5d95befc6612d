// Run: node --test tests/app/twin/address.test.mjs
import assert from "node:assert/strict";
import test from "node:test";
import { between, keep, settingsOf, SHARE } from "../../../app/twin/pages/address.js";

test("what counts is whole, a share may have decimals", () => {
  const fits = between(1, 20);
  assert.deepEqual(["1", "20", "21", "0", "1.5", "", "-1", "1e1"].map(fits),
    [true, true, false, false, false, false, false, false]);
  assert.deepEqual(["0", "0.25", "1", "1.1", "."].map(between(0, 1, SHARE)),
    [true, true, true, false, false]);
});

test("a link that is put into the address of the open page opens it", async () => {
  const heard = {};
  globalThis.addEventListener = (name, act) => { heard[name] = act; };
  await import("../../../app/twin/pages/address.js?anew");
  let loads = 0;
  globalThis.location = { reload: () => { loads += 1; } };
  heard.hashchange();
  assert.equal(loads, 1);
});

test("the address is written where it changes, and a refusal ends nothing", () => {
  const written = [];
  globalThis.location = { pathname: "/fool.html", search: "", hash: "#epsilon=3" };
  globalThis.history = { replaceState: (_, __, to) => { written.push(to); throw new Error("100"); } };
  keep({ epsilon: 3 }, { epsilon: 1 });
  keep({ epsilon: 4 }, { epsilon: 1 });
  keep({ epsilon: 1 }, { epsilon: 1 });
  assert.deepEqual(written, ["/fool.html#epsilon=4", "/fool.html"]);
  assert.deepEqual(settingsOf({ epsilon: 1 }, { epsilon: between(0, 80) }), { epsilon: 3 });
});
