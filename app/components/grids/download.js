// A file that the browser keeps, what is in it, and its name.
export const SHARP = 2; // dots a CSS pixel
const FREED = 60000; // milliseconds until a file's memory is given back

export const encoded = (canvas, type, quality) => new Promise((done) => {
  canvas.toBlob(done, type, quality);
});

export function give(file, name) {
  const link = Object.assign(document.createElement("a"), { download: name });
  link.href = URL.createObjectURL(file);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), FREED);
}

// Words as a part of a file's name.
export function named(words, otherwise) {
  const joined = words.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "-");
  return joined.replaceAll(/^-|-$/g, "") || otherwise;
}
