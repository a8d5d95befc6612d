// A digit of one's own: drawn on the pad, or in a picture file, centred as MNIST's are.
import { centredDigit } from "../engine/digits.js";
import { element, mounted } from "./dom.js";
import { drawingOf, fileField } from "./own_file.js";

// `taken` gets 28 × 28 grey values and what the digit is called.
export function ownDigit(taken) {
  const take = (pixels, name) => {
    const image = pixels.length ? centredDigit(pixels) : null;
    if (image) taken(image, name);
  };
  const pad = mounted("pad", (_, pixels) => take(pixels, "drawn digit"));
  pad.draw({ pixels: [] });
  const file = fileField("Picture file of one digit", drawingOf, take);
  const title = element("summary", { textContent: "Draw one, or a file of yours" });
  return element("details", {}, title, pad, file);
}
