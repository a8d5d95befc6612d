// An animation from still pictures, all of which a browser has written as WebP.
// Source: Google, WebP Container Specification, https://developers.google.com/speed/webp/docs
const HEADER = 12; // bytes of "RIFF", the size and "WEBP"
const [ANIMATED, OVERWRITES] = [0b10, 0b10]; // flags of the file, and of a frame
const PICTURE = ["ALPH", "VP8 ", "VP8L"]; // chunks that are a frame's own

const letters = (text) => [...text].map((letter) => letter.charCodeAt(0));
const number = (value, bytes) => {
  return Array.from({ length: bytes }, (_, index) => Math.floor(value / 256 ** index) % 256);
};

// A chunk: its name, its size and its bytes, to an even number.
function chunk(name, ...parts) {
  const bytes = joined(parts);
  return joined([letters(name), number(bytes.length, 4), bytes, bytes.length % 2 ? [0] : []]);
}

function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

// The chunks of a file that are its picture.
function pictureOf(file) {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const found = [];
  for (let at = HEADER; at + 8 <= file.length;) {
    const name = String.fromCharCode(...file.subarray(at, at + 4));
    const size = view.getUint32(at + 4, true);
    const end = at + 8 + size + (size % 2);
    if (PICTURE.includes(name)) found.push(file.subarray(at, end));
    at = end;
  }
  return joined(found);
}

// frames: [{file, milliseconds}], each file the bytes of a still WebP of this width and height.
// The animation runs again and again.
export function animated(frames, width, height) {
  const size = [...number(width - 1, 3), ...number(height - 1, 3)];
  const parts = frames.map(({ file, milliseconds }) => {
    const place = [...number(0, 6), ...size, ...number(milliseconds, 3), OVERWRITES];
    return chunk("ANMF", place, pictureOf(file));
  });
  const head = chunk("VP8X", [ANIMATED, 0, 0, 0, ...size]);
  const loop = chunk("ANIM", number(0, 6));
  return chunk("RIFF", letters("WEBP"), head, loop, ...parts);
}
