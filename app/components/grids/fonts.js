// The page's own font as a rule that a file can carry.
const MIME = "font/woff2";
const URL_OF = /url\(["']?([^"')]+)["']?\)/;
let found = null; // once for each page

// A @font-face rule with the font in it; "" where the page has none that can be read.
export function fontRule(family) {
  found ??= ruleOf(family).catch(() => "");
  return found;
}

async function ruleOf(family) {
  const [name] = family.split(",").map((one) => one.trim().replaceAll('"', ""));
  const face = facesOf(document).find(({ style }) => {
    const own = style.getPropertyValue("font-family").replaceAll(/["']/g, "");
    return own === name && style.getPropertyValue("font-style") !== "italic";
  });
  if (!face) return "";
  const [, address] = URL_OF.exec(face.style.getPropertyValue("src"));
  const base = face.parentStyleSheet.href ?? document.baseURI;
  const font = new Uint8Array(await (await fetch(new URL(address, base))).arrayBuffer());
  const weight = face.style.getPropertyValue("font-weight") || "400";
  return `@font-face{font-family:"${name}";font-weight:${weight};`
    + `src:url(data:${MIME};base64,${base64(font)}) format("woff2")}`;
}

// Rules of a sheet from elsewhere cannot be read.
function facesOf({ styleSheets }) {
  return [...styleSheets].flatMap((sheet) => {
    try {
      return [...sheet.cssRules].filter((rule) => rule instanceof CSSFontFaceRule);
    } catch {
      return [];
    }
  });
}

function base64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
