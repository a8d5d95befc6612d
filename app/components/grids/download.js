// A file that the browser keeps, and its name.
const FREED = 60000; // milliseconds until a file's memory is given back

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
