// Numbers that the site's data files hold as base64 of little-endian bytes.

export function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

export const floatsOf = (text) => new Float32Array(bytesOf(text).buffer);

// The other way, for the components that take packed numbers.
export function packed(array) {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
