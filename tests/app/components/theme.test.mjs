// The page is asked for anew where it has another theme than it was drawn for, and once.
import assert from "node:assert/strict";
import test from "node:test";
import theme from "../../../app/components/theme/theme.js";

function page() {
  const app = { colorScheme: "light" }, asked = [];
  globalThis.document = { querySelector: () => app };
  globalThis.getComputedStyle = (one) => one;
  globalThis.MutationObserver = class {
    constructor(seen) { app.seen = seen; }

    observe() {}
  };
  const draw = (drawn) => theme({ data: { drawn }, setTriggerValue: () => asked.push(drawn) });
  const take = (colorScheme) => { app.colorScheme = colorScheme; app.seen(); };
  return { app, asked, draw, take };
}

test("another theme asks once, and back asks again", () => {
  const { asked, draw, take } = page();
  draw("light");
  assert.deepEqual(asked, []);
  take("dark");
  take("dark");
  assert.deepEqual(asked, ["light"]);
  draw("dark");
  take("light");
  assert.deepEqual(asked, ["light", "dark"]);
});

test("a theme that was taken before this was there is asked for", () => {
  const { app, asked, draw } = page();
  app.colorScheme = "dark";
  draw("light");
  assert.deepEqual(asked, ["light"]);
});

test("a theme that is left while its page is on its way is made up for", () => {
  const { asked, draw, take } = page();
  draw("light");
  take("dark");
  take("light");
  draw("dark");
  assert.deepEqual(asked, ["light", "dark"]);
});

test("a server that knows no other theme is not asked for ever", () => {
  const { asked, draw, take } = page();
  draw("light");
  take("dark");
  for (let run = 0; run < 3; run++) draw("light");
  assert.deepEqual(asked, ["light"]);
});
