// A picture file of one's own: read in this browser, and sent nowhere.
import { element } from "./dom.js";

const SIDE = 32; // of what is read as a photo
const DRAWN = 56; // of what is read as a drawn digit
const BRIGHT = 127; // a mean above it is dark ink on paper: it is turned around

// The middle square of a file's picture in so many pixels: {red, green, blue} of each, or {error}.
async function pixelsOf(file, side) {
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    const name = file.name.slice(0, 40);
    const mend = "choose a PNG or JPEG file";
    return { error: `“${name}” is no picture that this browser reads: ${mend}.` };
  }
  const canvas = element("canvas", { width: side, height: side });
  const pen = canvas.getContext("2d");
  const square = Math.min(picture.width, picture.height);
  const [left, top] = [(picture.width - square) / 2, (picture.height - square) / 2];
  pen.fillStyle = "#fff"; // behind what is clear
  pen.fillRect(0, 0, side, side);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture, left, top, square, square, 0, 0, side, side);
  const { data } = pen.getImageData(0, 0, side, side);
  return { pixels: [0, 1, 2].map((channel) => data.filter((_, at) => at % 4 === channel)) };
}

// (3, 32, 32) grey values of red, green and blue, one after the other.
export const photoOf = async (file) => {
  const { error, pixels } = await pixelsOf(file, SIDE);
  return error ? { error } : { pixels: Uint8Array.from(pixels.flatMap((one) => [...one])) };
};

// (56, 56) grey values, white on black as a drawing on the pad.
export const drawingOf = async (file) => {
  const { error, pixels } = await pixelsOf(file, DRAWN);
  if (error) return { error };
  const [red, green, blue] = pixels;
  const grey = Array.from(red, (one, at) => Math.round((one + green[at] + blue[at]) / 3));
  const mean = grey.reduce((sum, one) => sum + one, 0) / grey.length;
  const lit = mean > BRIGHT ? grey.map((one) => 255 - one) : grey;
  const low = Math.min(...lit);
  const reach = Math.max(1, Math.max(...lit) - low);
  // Paper is no even white: what is below a third of the ink is ground.
  const ink = lit.map((one) => ((one - low) / reach - 1 / 3) * 1.5);
  return { pixels: ink.map((share) => Math.round(255 * Math.max(0, share))) };
};

// A field for a file; `read` is one of the two above, `taken` gets what it gives and the name.
export function fileField(label, read, taken) {
  const input = element("input", { type: "file", accept: "image/*" });
  const fault = element("span", { className: "fault" });
  fault.setAttribute("role", "status");
  input.onchange = async () => {
    const [file] = input.files;
    if (!file) return;
    const { error, pixels } = await read(file);
    fault.textContent = error ?? "";
    if (!error) taken(pixels, file.name.slice(0, 40));
  };
  return element("label", { className: "choice wide" }, label, input, fault);
}
