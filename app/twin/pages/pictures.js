// Digits as pictures: crisp, a pixel of the canvas for each of theirs.
import { element } from "./dom.js";

const SIDE = 28;

export function blank(label) {
  const canvas = element("canvas", { width: SIDE, height: SIDE, className: "digit" });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  return canvas;
}

function paint(canvas, colourOf) {
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(SIDE, SIDE);
  for (let index = 0; index < SIDE * SIDE; index++) {
    image.data.set([...colourOf(index), 255], 4 * index);
  }
  pen.putImageData(image, 0, 0);
  return canvas;
}

// A square picture as an address: `pixelOf` gives red, green, blue and opacity.
export function pictureUrl(side, pixelOf) {
  const canvas = element("canvas", { width: side, height: side });
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(side, side);
  for (let index = 0; index < side * side; index++) image.data.set(pixelOf(index), 4 * index);
  pen.putImageData(image, 0, 0);
  return canvas.toDataURL();
}

// Grey values 0..255.
export function paintDigit(canvas, image) {
  return paint(canvas, (index) => [image[index], image[index], image[index]]);
}

// A change on a symmetric scale: from one colour over white to another, each [red, green, blue].
export function paintChange(canvas, change, most, [darker, zero, brighter]) {
  return paint(canvas, (index) => {
    const share = Math.max(-1, Math.min(1, change[index] / most));
    const end = share < 0 ? darker : brighter;
    return zero.map((from, channel) => from + (end[channel] - from) * Math.abs(share));
  });
}

// A picture with its caption; `write` changes that.
export function figure(canvas, text) {
  const caption = element("figcaption", { textContent: text });
  const whole = element("figure", {}, canvas, caption);
  whole.write = (words) => { caption.textContent = words; };
  return whole;
}

// The bundled digits to choose from; `picked` hears the number of one.
export function digitRow(digits, picked) {
  const buttons = digits.map(({ image, label }, index) => {
    const name = `Digit ${label} (no. ${index})`;
    const button = element("button", { type: "button", title: name, className: "thumb" });
    button.append(paintDigit(blank(name), image));
    button.onclick = () => picked(index);
    return button;
  });
  return thumbRow(buttons, "Digits to choose from");
}

// Likewise photos {url, name}.
export function photoRow(photos, picked) {
  const buttons = photos.map(({ url, name }, index) => {
    const button = element("button", { type: "button", className: "thumb", title: name });
    button.append(element("img", { src: url, alt: name }));
    button.onclick = () => picked(index);
    return button;
  });
  return thumbRow(buttons, "Photos to choose from");
}

function thumbRow(buttons, label) {
  const row = element("div", { className: "thumbs" }, ...buttons);
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", label);
  row.mark = (chosen) => buttons.forEach((button, index) => {
    button.setAttribute("aria-pressed", index === chosen);
  });
  return row;
}
