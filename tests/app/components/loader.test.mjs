import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const LOADER = readFileSync(new URL("../../../app/components/loader.js", import.meta.url), "utf-8");
const tick = () => new Promise((done) => setTimeout(done, 20));

// A component that says what it is given; it is a data URL, which `new URL` takes as it is.
async function load(name) {
  globalThis.window ??= { location: { origin: "http://localhost" } };
  globalThis.said = [];
  const script = `export default (given) => {
    globalThis.said.push(given.name);
    return () => globalThis.said.push("end of " + given.name);
  }; // ${name}`;
  const text = LOADER.replace("ADDRESS", JSON.stringify(`data:text/javascript,${script}`));
  return (await import(`data:text/javascript,${encodeURIComponent(text)}`)).default;
}

function given(name) {
  const host = { dataset: {} };
  return { name, host, parentElement: { getRootNode: () => ({ host }) } };
}

test("what comes before the script is there is drawn when it is", async () => {
  const component = await load("before");
  component(given("first"));
  component(given("second"));
  assert.deepEqual(globalThis.said, []);
  await tick();
  assert.deepEqual(globalThis.said, ["first", "second"]);
  const end = component(given("third"));
  assert.deepEqual(globalThis.said.at(-1), "third");
  end();
  assert.equal(globalThis.said.at(-1), "end of third");
});

test("a component whose place has gone meanwhile is not drawn", async () => {
  const component = await load("gone");
  component(given("first"))();
  await tick();
  assert.deepEqual(globalThis.said, []);
});

test("its end is the component's own, also when it was drawn late", async () => {
  const component = await load("late");
  const end = component(given("first"));
  await tick();
  end();
  assert.deepEqual(globalThis.said, ["first", "end of first"]);
});

test("it is to be seen once it has started, and not before", async () => {
  const component = await load("seen");
  const [early, late] = [given("early"), given("late")];
  component(early);
  assert.deepEqual(early.host.dataset, {});
  await tick();
  component(late);
  assert.deepEqual([early.host.dataset, late.host.dataset], [{ started: "" }, { started: "" }]);
});
