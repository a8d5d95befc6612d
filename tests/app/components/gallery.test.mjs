import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import mount from "../../../app/components/gallery/gallery.js";

const PICTURES = ["a", "b", "c"].map((name) => {
  return { name, url: `data:${name}`, title: `Digit ${name}` };
});
const page = { createElement: (tag) => element(tag) };
let root;
let sent;

function element(tag) {
  return {
    tag, children: [], ownerDocument: page,
    setAttribute(name, value) { this[name] = `${value}`; },
    append(child) { child.parent = this; this.children.push(child); },
    replaceChildren(...children) {
      this.children = children;
      this.filled = (this.filled ?? 0) + 1;
    },
    closest(wanted) { return this.tag === wanted ? this : this.parent?.closest(wanted) ?? null; },
  };
}

beforeEach(() => {
  [root, sent] = [element("div"), []];
  show({});
});

function show(changes) {
  const first = { id: "1", label: "Pictures", pictures: PICTURES, picked: "a", count: 0 };
  const data = { ...first, ...changes };
  const parentElement = { querySelector: () => root };
  mount({ data, parentElement, setStateValue: (name, state) => sent.push([name, state]) });
}

const framed = () => root.children.filter((one) => one["aria-pressed"] === "true");
const click = (index) => root.onclick({ target: root.children[index].children[0] });

test("each picture is a button with its name, and the picked one is framed", () => {
  assert.deepEqual(root.children.map(({ name, type, title }) => [name, type, title])[1],
    ["b", "button", "Digit b"]);
  assert.deepEqual(root.children.map(({ children: [image] }) => image.alt),
    ["Digit a", "Digit b", "Digit c"]);
  assert.equal(root["aria-label"], "Pictures");
  assert.deepEqual(framed().map(({ name }) => name), ["a"]);
});

test("a click frames its picture at once and tells Python, each click anew", () => {
  click(2);
  assert.deepEqual(framed().map(({ name }) => name), ["c"]);
  show({ picked: "b", count: 5 }); // chosen elsewhere
  click(2);
  assert.deepEqual(sent, [
    ["picked", { name: "c", count: 1 }], ["picked", { name: "c", count: 6 }],
  ]);
});

test("a click between two pictures is none", () => {
  root.onclick({ target: root });
  assert.deepEqual(sent, []);
});

test("the same pictures are not built again, others are", () => {
  show({ picked: "b" });
  assert.equal(root.filled, 1);
  assert.deepEqual(framed().map(({ name }) => name), ["b"]);
  show({ id: "2", pictures: PICTURES.slice(1), picked: "c" });
  assert.deepEqual([root.filled, root.children.length], [2, 2]);
});
