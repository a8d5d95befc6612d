// A pen that writes SVG: as much of a canvas's pen as the pictures are drawn with. Lengths stay in
// the picture's own units; `measure` is a canvas's pen, which knows how wide and high type is.
import { namespaces } from "./namespaces.js";

const ESCAPED = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const ANCHORS = { left: "start", center: "middle", right: "end" };
const FONT = /^(\d+) ([\d.]+)px (.+)$/;

export const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => ESCAPED[sign]);

// Two decimals: a hundredth of a unit is less than a printer's dot.
const short = (length) => String(Number(length.toFixed(2)));

const attributes = (values) => Object.entries(values).map(([name, value]) => {
  return ` ${name}="${escaped(typeof value === "number" ? short(value) : value)}"`;
}).join("");

export class SvgPen {
  constructor(measure, paper) {
    Object.assign(this, { measure, paper, vector: true, parts: [], clips: 0, open: [0] });
    Object.assign(this, { globalAlpha: 1, lineWidth: 1, dash: [], path: "" });
    Object.assign(this, { textAlign: "left", textBaseline: "alphabetic" });
  }

  // Its units are the picture's, and its paper is new.
  setTransform() {}

  clearRect() {}

  setLineDash(dash) { this.dash = dash; }

  measureText(text) {
    this.measure.font = this.font;
    return this.measure.measureText(text);
  }

  add(name, values, content = "") {
    const opacity = this.globalAlpha < 1 ? { opacity: this.globalAlpha } : {};
    this.parts.push(`<${name}${attributes({ ...values, ...opacity })}>${content}</${name}>`);
  }

  // What a canvas wipes away is the paper's colour here.
  fillRect(x, y, width, height) {
    const wiped = this.globalCompositeOperation === "destination-out";
    const fill = wiped ? this.paper : this.fillStyle;
    this.add("rect", { x, y, width, height, fill, "shape-rendering": "crispEdges" });
  }

  strokeRect(x, y, width, height) {
    this.add("rect", { x, y, width, height, ...this.line() });
  }

  line() {
    const dash = this.dash.length ? { "stroke-dasharray": this.dash.join(" ") } : {};
    return { fill: "none", stroke: this.strokeStyle, "stroke-width": this.lineWidth, ...dash };
  }

  beginPath() { this.path = ""; }

  moveTo(...at) { this.path += `M${at.map(short).join(" ")}`; }

  lineTo(...at) { this.path += `L${at.map(short).join(" ")}`; }

  bezierCurveTo(...points) { this.path += `C${points.map(short).join(" ")}`; }

  rect(x, y, width, height) {
    const [across, back] = [short(width), short(-width)];
    this.path += `M${short(x)} ${short(y)}h${across}v${short(height)}h${back}z`;
  }

  stroke() { this.add("path", { d: this.path, ...this.line() }); }

  save() { this.open.push(0); }

  clip() {
    this.clips += 1;
    const name = `clip${this.clips}`;
    this.parts.push(`<clipPath id="${name}"><path d="${this.path}"/></clipPath>`);
    this.parts.push(`<g clip-path="url(#${name})">`);
    this.open[this.open.length - 1] += 1;
  }

  restore() { this.parts.push("</g>".repeat(this.open.pop())); }

  // Few programs know a baseline other than the letters' own. Every text is told its width: one
  // that is wider than its room is set closer, and so is all in a program that has another font.
  fillText(text, x, y, room = Infinity) {
    const [, weight, size, family] = FONT.exec(this.font);
    const type = { "font-weight": weight, "font-size": Number(size), "font-family": family };
    const place = { x, y: y + this.lowered(), "text-anchor": ANCHORS[this.textAlign] };
    const { width } = this.measureText(text);
    const set = { textLength: Math.min(width, room), lengthAdjust: "spacingAndGlyphs" };
    this.add("text", { ...place, ...type, ...set, fill: this.fillStyle }, escaped(text));
  }

  lowered() {
    if (this.textBaseline === "alphabetic") return 0;
    const heightAt = (textBaseline) => {
      Object.assign(this.measure, { font: this.font, textBaseline });
      return this.measure.measureText("0").actualBoundingBoxAscent;
    };
    return heightAt("alphabetic") - heightAt(this.textBaseline);
  }

  // A picture with a pixel for each cell, by the link's old name: some programs know no other.
  drawImage(canvas, x, y, width, height) {
    const look = { preserveAspectRatio: "none", style: "image-rendering:pixelated" };
    const address = canvas.toDataURL("image/png");
    this.add("image", { x, y, width, height, ...look, "xlink:href": address });
  }

  // All that was drawn, with a margin around it, as one file's text.
  text({ width: across, height: down, margin, title, says, style = "" }) {
    const [width, height] = [across + 2 * margin, down + 2 * margin];
    const corner = { x: -margin, y: -margin };
    const viewBox = [-margin, -margin, width, height].map(short).join(" ");
    const shape = { viewBox, width, height };
    const { drawing, link } = namespaces();
    const head = attributes({ xmlns: drawing, "xmlns:xlink": link, ...shape, role: "img" });
    const words = `<title>${escaped(title)}</title><desc>${escaped(says)}</desc>`;
    const fonts = style && `<style>${style}</style>`;
    const paper = `<rect${attributes({ ...corner, width, height, fill: this.paper })}/>`;
    return `<svg${head}>${words}${fonts}${paper}${this.parts.join("")}</svg>\n`;
  }
}
