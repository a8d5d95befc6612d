import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { paintCells } from "../../../app/components/grids/cells.js";
import { nameOf } from "../../../app/components/grids/save_menu.js";
import { captionOf, csvOf, svgOf } from "../../../app/components/grids/saving.js";
import { SvgPen } from "../../../app/components/grids/svg_pen.js";
import { animated } from "../../../app/components/grids/webp.js";
import { floats, gridData, integers, picture, stageOf } from "./fixtures.mjs";

const DRAWING = "http://www.w3.org/2000/svg", LINK = "http://www.w3.org/1999/xlink";
const ROOM = { scale: 2, screenScale: 2, dots: 1, root: {}, canvas: {} };
const EMPTY = { namespaceURI: DRAWING, attributes: [{ namespaceURI: LINK }] };

// As much of a canvas's pen as measures type: "middle" lies 4 units above the letters' own line.
const measure = () => ({
  textBaseline: "alphabetic",
  measureText(text) {
    const actualBoundingBoxAscent = this.textBaseline === "middle" ? 3 : 7;
    return { width: 5 * text.length, actualBoundingBoxAscent };
  },
});

beforeEach(() => {
  globalThis.getComputedStyle = () => ({ color: "#111111", getPropertyValue: () => "#fffffe" });
  globalThis.document = { createElement: () => ({ getContext: measure, firstChild: EMPTY }) };
});

function stage(changes = {}, step = 2) {
  const made = stageOf({ picture: picture(changes), ...ROOM }, { step, visibleStep: step });
  made.cells = function cells(pen, grid, at, hidden) {
    paintCells(pen, this, grid, { step: at, hidden });
  };
  return made;
}

const found = (text, pattern) => [...text.matchAll(pattern)].map((match) => match[1]);

test("a drawing has every cell as a shape and every number as text", () => {
  const svg = svgOf(stage());
  const texts = found(svg, /<text[^>]*>([^<]*)<\/text>/g);
  for (const text of ["Input", "Kernel", "Products", "Window", "9", "16"]) {
    assert.ok(texts.includes(text), text);
  }
  assert.ok(found(svg, /<(rect) /g).length > 9 + 4 + 4 + 4);
  assert.ok(!svg.includes("<image"));
});

test("a drawing has a margin, the page's paper, and its caption", () => {
  const svg = svgOf(stage(), "@font-face{}");
  assert.ok(svg.startsWith(`<svg xmlns="${DRAWING}" xmlns:xlink="${LINK}" viewBox=`));
  assert.match(svg, / viewBox="-8 -8 116 66" width="116" height="66"/);
  assert.ok(svg.includes('<rect x="-8" y="-8" width="116" height="66" fill="#fffffe"/>'));
  assert.ok(svg.includes("<title>Convolution</title><desc>One sentence. 4 + 16 = 20.</desc>"));
  assert.ok(svg.includes("<style>@font-face{}</style>"));
});

test("what a picture is called stays text", () => {
  const svg = svgOf(stage({ title: 'a <b> & "c"</title><script>' }));
  const title = "a &lt;b&gt; &amp; &quot;c&quot;&lt;/title&gt;&lt;script&gt;";
  assert.ok(svg.includes(`<title>${title}</title>`));
});

test("a pen's paths, clips, dashes and wiped places are SVG", () => {
  const pen = new SvgPen(measure(), "#ffffff");
  Object.assign(pen, { fillStyle: "#000000", strokeStyle: "#123456", font: "600 12px Sans" });
  pen.save();
  pen.beginPath();
  pen.rect(1, 2, 3, 4);
  pen.clip();
  pen.beginPath();
  pen.moveTo(0, 0);
  pen.bezierCurveTo(1, 1, 2, 2, 3.333, 4);
  pen.stroke();
  pen.restore();
  pen.setLineDash([2, 1]);
  pen.strokeRect(0, 0, 1, 1);
  pen.globalCompositeOperation = "destination-out";
  pen.fillRect(0, 0, 1, 1);
  pen.textBaseline = "middle";
  pen.fillText("x", 5, 10);
  pen.drawImage({ toDataURL: () => "data:" }, 0, 0, 1, 1);
  const svg = pen.text({ width: 9, height: 9, margin: 0, title: "", says: "" });
  assert.ok(svg.includes('<clipPath id="clip1"><path d="M1 2h3v4h-3z"/></clipPath>'));
  assert.ok(svg.includes('<path d="M0 0C1 1 2 2 3.33 4" fill="none" stroke="#123456"'));
  assert.equal(found(svg, /(<g )/g).length, found(svg, /(<\/g>)/g).length);
  assert.ok(svg.includes('stroke-dasharray="2 1"'));
  assert.match(svg, /<image [^>]*xlink:href="data:"/);
  assert.match(svg, /<rect[^>]*fill="#ffffff" shape-rendering/);
  assert.match(svg, /<text x="5" y="14" [^>]*font-weight="600" font-size="12" font-family="Sans"/);
});

test("text is told its width, and is set closer where it is wider than its room", () => {
  const pen = new SvgPen(measure(), "#ffffff");
  Object.assign(pen, { fillStyle: "#000000", font: "400 12px Sans" });
  pen.fillText("abcd", 0, 0, 19);
  pen.fillText("abcd", 0, 0, 20);
  pen.fillText("abcd", 0, 0);
  const set = pen.parts.map((part) => /textLength="(\d+)" lengthAdjust=/.exec(part)[1]);
  assert.deepEqual(set, ["19", "20", "20"]);
});

test("the numbers are one line for each cell on the screen, padding told", () => {
  const grids = [
    gridData({ title: 'In, "x"', values: floats([1.5, -2, 1 / 3, 0]), outside: integers([3]) }),
    gridData({ title: "Out", values: floats([1, 2, 3, 4]), visited: true }),
  ];
  const made = stage({ grids, marks: [] });
  made.visited[1] = 1;
  assert.deepEqual(csvOf(made).split("\r\n"), [
    "grid,row,column,value,padding",
    '"In, ""x""",1,1,1.5,0',
    '"In, ""x""",1,2,-2,0',
    '"In, ""x""",2,1,0.333333,0',
    '"In, ""x""",2,2,0,1',
    "Out,1,2,2,0",
    "",
  ]);
});

test("a file is called as the picture, with the step", () => {
  assert.equal(nameOf(stage(), "svg"), "convolution-step-3.svg");
  assert.equal(nameOf(stage(), "webp"), "convolution.webp");
  assert.equal(nameOf(stage({ title: "3 × 3, “/..”" }), "csv"), "3-3-step-3.csv");
});

test("a caption is what the picture is and its sentence", () => {
  assert.equal(captionOf(stage({ alt: "A layer" })), "A layer. 4 + 16 = 20.");
});

test("an animation holds every still picture with its time", () => {
  const still = (byte) => Uint8Array.from([
    ...Buffer.from("RIFF????WEBPVP8 "), 3, 0, 0, 0, byte, byte, byte, 0,
  ]);
  const frames = [{ file: still(7), milliseconds: 500 }, { file: still(9), milliseconds: 2000 }];
  const file = Buffer.from(animated(frames, 300, 2));
  assert.equal(file.readUInt32LE(4), file.length - 8);
  assert.equal(file.toString("latin1", 8, 16), "WEBPVP8X");
  assert.equal(file.readUIntLE(24, 3), 299);
  const starts = [file.indexOf("ANMF"), file.lastIndexOf("ANMF")];
  assert.deepEqual(starts.map((at) => file.readUIntLE(at + 8 + 12, 3)), [500, 2000]);
  assert.deepEqual(starts.map((at) => file[at + 8 + 16 + 8]), [7, 9]);
});
