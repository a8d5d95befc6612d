import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { paintCells } from "../../../app/components/grids/cells.js";
import { paintFrame } from "../../../app/components/grids/paint.js";
import { unpack } from "../../../app/components/grids/unpack.js";
import { COLOURS, floats, gridData, integers, pictureData, stageOf } from "./fixtures.mjs";

const SILENT = ["save", "restore", "beginPath", "rect", "clip", "moveTo", "lineTo", "stroke"];
const SIGN = { x: 10, y: 20, size: 20, bold: false, align: "center", secret: false };
let calls;
let canvases;

// A pen that keeps, in their order, the calls that put something onto the canvas.
function penOf() {
  const pen = { globalAlpha: 1, dash: [], setLineDash(dash) { this.dash = dash; } };
  for (const name of SILENT) pen[name] = () => {};
  for (const name of ["setTransform", "clearRect", "drawImage", "putImageData"]) {
    pen[name] = (...values) => calls.push({ name, values });
  }
  pen.bezierCurveTo = (...values) => calls.push({ name: "link", values });
  pen.fillRect = (...values) => {
    const wipes = pen.globalCompositeOperation === "destination-out";
    calls.push({ name: wipes ? "wipe" : "fillRect", values });
  };
  pen.strokeRect = (...values) => {
    calls.push({ name: "strokeRect", values, line: pen.lineWidth, dash: pen.dash });
  };
  pen.fillText = (...values) => calls.push({ name: "fillText", values, font: pen.font });
  pen.measureText = (text) => ({ width: 5 * text.length });
  return pen;
}

beforeEach(() => {
  [calls, canvases] = [[], []];
  globalThis.document = { createElement: () => {
    canvases.push({ getContext: () => penOf() });
    return canvases.at(-1);
  } };
  globalThis.ImageData = class {
    constructor(pixels, width, height) { Object.assign(this, { pixels, width, height }); }
  };
});

function frame(data, changes = {}, player = {}) {
  const picture = unpack({ ...pictureData(), ...data });
  const stage = stageOf({ picture, canvas: { width: 200, height: 100 }, ...changes }, player);
  stage.pen = penOf();
  stage.cells = (pen, grid, step, hidden) => paintCells(pen, stage, grid, { step, hidden });
  paintFrame(stage, 0);
  return stage;
}

const named = (name) => calls.filter((call) => call.name === name).map(({ values }) => values);
const texts = () => named("fillText").map(([text]) => text);

test("a frame wipes the whole canvas and scales the picture to its dots", () => {
  frame({ grids: [], marks: [] }, { scale: 1.5, dots: 2 });
  assert.deepEqual(calls.map(({ values }) => values), [
    [1, 0, 0, 1, 0, 0],
    [0, 0, 200, 100],
    [3, 0, 0, 3, 0, 0],
  ]);
});

test("a revealed answer that its cell has no room for stands over it", () => {
  const puzzle = { order: [3], question: "?" };
  const [canvas, solved] = [{ width: 200, height: 100 }, { solved: true }];
  frame({ puzzle }, { canvas, scale: 0.5 }, { step: 3 });
  assert.deepEqual(texts().filter((text) => text === "23"), ["23"]);
  for (const hidden of [{ secret: true }, { puzzle: solved }]) {
    calls = [];
    frame({ puzzle }, { canvas, scale: 0.5, ...hidden }, { step: 3 });
    assert.ok(!texts().includes("23"));
  }
  calls = [];
  frame({}, { canvas, scale: 0.5 }, { step: 3 });
  assert.ok(!texts().includes("23"), "no puzzle");
});

test("no link runs behind a sign", () => {
  const link = { grid: 1, sources: [0], colours: COLOURS, kernels: null, cells: false };
  const signs = ["left", "center", "right"].map((align) => ({ ...SIGN, text: "+=", align }));
  frame({ links: [link], signs });
  const wiped = [[0, 8, 30, 24], [-5, 8, 30, 24], [-10, 8, 30, 24]];
  assert.deepEqual(named("wipe"), wiped, "their text and half a letter on both sides");
  const [drawn, cleared, written] = ["link", "wipe", "fillText"].map((name) => {
    return calls.findIndex((call) => call.name === name);
  });
  assert.ok(drawn < cleared && cleared < written);
  calls = [];
  frame({ signs });
  assert.deepEqual(named("wipe"), []);
});

test("every grid has its title above it", () => {
  frame({});
  const titles = named("fillText").filter(([text]) => text.length > 2);
  const places = [["Input", 0, -7, 32], ["Kernel", 40, -7, 22], ["Products", 70, -7, 30]];
  const below = [["Output", 40, 23, 22], ["Window", 70, 23, 30]];
  assert.deepEqual(titles, [...places, ...below], "and ends before the next one begins");
});

test("cells that stay are drawn once, on whole pixels; those that change, each time", () => {
  const stage = frame({}, { scale: 1.27 });
  assert.equal(canvases.length, 2, "input and kernel");
  assert.deepEqual([canvases[0].width, canvases[0].height], [38, 38]);
  paintFrame(stage, 16);
  assert.equal(canvases.length, 2);
  assert.equal(named("drawImage").length, 4);
  for (const other of [{ dots: 2 }, { ink: "#ffffff" }, { screenScale: 3 }]) {
    const before = canvases.length;
    paintFrame(Object.assign(stage, other), 32);
    assert.equal(canvases.length, before + 2, "anew in another size or theme");
  }
});

test("cells that are nothing but their colour are a pixel each", () => {
  const small = { rows: 2, columns: 3, width: 3, height: 3, largest: 2 };
  const values = floats([-2, -1, 0, 1, 2, 9]);
  frame({ grids: [gridData({ ...small, values })], marks: [] });
  assert.deepEqual([canvases[0].width, canvases[0].height], [3, 2]);
  const [{ pixels, width, height }, ...place] = named("putImageData")[0];
  assert.deepEqual([width, height, ...place], [3, 2, 0, 0]);
  const colours = [
    [255, 0, 0], [255, 128, 128], [255, 255, 255], [128, 128, 255], [0, 0, 255], [0, 0, 255],
  ];
  assert.deepEqual([...pixels], colours.flatMap((colour) => [...colour, 255]));
  assert.equal(named("drawImage").length, 1);
});

test("small cells that are hatched or on no scale are drawn as large ones are", () => {
  const small = { rows: 2, columns: 3, width: 3, height: 3 };
  const [values, infinite] = [floats([1, 2, 3, 4, 5, 6]), floats([1, 2, Infinity, 4, 5, NaN])];
  for (const odd of [{ values, outside: integers([2]) }, { values: infinite }]) {
    [calls, canvases] = [[], []];
    frame({ grids: [gridData({ ...small, ...odd })], marks: [] });
    assert.deepEqual([canvases[0].width, canvases[0].height], [9, 6]);
    assert.deepEqual(named("putImageData"), []);
  }
});

test("outlines lie over the cells, black in a white rim", () => {
  frame({}, {}, { step: 1, hovered: { feeds: [0], cell: 0, grid: 0 } });
  const lines = calls.slice(-8).map(({ values, line, dash }) => [values, line, dash]);
  assert.deepEqual(lines, [
    [[10, 0, 20, 20], 3.8, []], [[10, 0, 20, 20], 2, []],
    [[50, 30, 10, 10], 4.4, []], [[50, 30, 10, 10], 2.6, []],
    [[0, 0, 10, 10], 4.8, []], [[0, 0, 10, 10], 3, []],
    [[40, 30, 10, 10], 3.4000000000000004, []], [[40, 30, 10, 10], 1.6, [3, 2]],
  ]);
});

test("what was chosen has a frame around it, beside its edge", () => {
  const { values } = pictureData().grids[1];
  for (const framed of [false, true]) {
    calls = [];
    frame({ grids: [gridData({ x: 10, y: 10, values, framed })], marks: [] });
    const boxes = named("strokeRect").filter(([, , width]) => width >= 20);
    assert.deepEqual(boxes, [[10, 10, 20, 20], ...(framed ? [[7, 7, 26, 26]] : [])]);
  }
});

test("a legend prints the smallest number, zero and the largest, side by side", () => {
  const { each } = pictureData().grids[2];
  frame({ grids: [gridData({ legend: true, each, largest: 2.5 })], marks: [] });
  const printed = named("fillText").slice(-3);
  assert.deepEqual(printed, [["−2.50", 17, 35.5], ["0", 71, 35.5], ["2.50", 105, 35.5]]);
});

test("a sign is the same at every step, or each step's own", () => {
  const each = ["a", "b", "c", "d"];
  const signs = [{ ...SIGN, text: "=" }, { ...SIGN, each, bold: true }];
  frame({ grids: [], marks: [], signs }, {}, { step: 2 });
  assert.deepEqual(texts(), ["=", "c"]);
  const fonts = calls.slice(-2).map(({ font }) => font);
  assert.deepEqual(fonts, ["400 20px sans-serif", "600 20px sans-serif"]);
});

test("a puzzle hides the secret signs and cells, and nothing else", () => {
  const signs = [{ ...SIGN, text: "Σ" }, { ...SIGN, text: "11", secret: true }];
  const grids = pictureData().grids.map((grid) => ({ ...grid, width: 40, height: 40 }));
  frame({ grids, signs }, { secret: true }, { step: 3 });
  assert.deepEqual(texts().slice(-2), ["Σ", "?"]);
  assert.equal(texts().filter((text) => text === "?").length, 4 + 1 + 1, "products, output, sign");
  assert.ok(texts().includes("9"), "the window is there to be multiplied");
});

test("what appears with the answer is drawn with it, and not before", () => {
  const grids = pictureData().grids.map((grid) => ({ ...grid, appears: grid.title === "Kernel" }));
  const titles = (secret) => {
    calls = [];
    frame({ grids }, { secret });
    return calls.filter(({ name }) => name === "fillText").map(({ values }) => values[0]);
  };
  assert.ok(!titles(true).includes("Kernel"));
  assert.ok(titles(false).includes("Kernel"));
});

test("a grid may have a larger title, and larger numbers where its cells have the room", () => {
  const [grid] = pictureData().grids;
  const large = { ...grid, titled: 19, digits: 40, width: 50, height: 50 };
  frame({ grids: [large], marks: [] });
  const fonts = calls.filter(({ name }) => name === "fillText").map(({ font }) => font);
  assert.ok(fonts.some((font) => font.startsWith("600 19px")));
  assert.ok(fonts.some((font) => font.startsWith("400 26px")), fonts.join());
});
