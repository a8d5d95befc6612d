// What axe cannot judge, and what axe found, in one line each.
window.access = {};

access.found = async (rules, exclude) => {
  const options = { resultTypes: ["violations", "incomplete"], rules };
  const { violations, incomplete } = await axe.run({ include: [document], exclude }, options);
  const lines = violations.flatMap(({ id, impact, nodes }) => nodes.map((node) => {
    const [why] = [...node.any, ...node.all, ...node.none];
    return `${id} (${impact}): ${node.html.slice(0, 120)} ${why.message}`;
  }));
  const unsure = incomplete.filter(({ id }) => id.startsWith("color-contrast"));
  const places = unsure.flatMap(({ nodes }) => nodes.map(({ target }) => elementAt(target)));
  return [...lines, ...[...new Set(places)].filter(isOurs).map(pale).filter(Boolean)];
};

// A place that axe names: a selector, or one for each shadow root on the way.
function elementAt([target]) {
  const path = [target].flat();
  return path.reduce((root, selector) => {
    const element = root.querySelector(selector);
    return path.at(-1) === selector ? element : element.shadowRoot;
  }, document);
}

// Charts have a test of their own: their colours are computed from the palette.
const isOurs = (element) => element && !element.closest("svg, :disabled, [aria-disabled=true]");

// Nothing, or how a text with less contrast than 7 to 1 looks.
function pale(element) {
  const behind = [];
  let opacity = 1;
  for (let one = element; one; one = one.parentElement ?? one.getRootNode().host) {
    const style = getComputedStyle(one);
    behind.push(rgba(style.backgroundColor));
    opacity *= style.opacity;
  }
  const over = (below, above) => below.map((value, index) => {
    return value + (above[index] - value) * above[3];
  });
  const ground = behind.reverse().reduce(over, [255, 255, 255, 1]);
  const [red, green, blue, alpha] = rgba(getComputedStyle(element).color);
  const ink = over(ground, [red, green, blue, alpha * opacity]);
  const [low, high] = [luminance(ground), luminance(ink)].sort((one, other) => one - other);
  const contrast = (high + 0.05) / (low + 0.05);
  return contrast < 7 ? `contrast ${contrast.toFixed(2)}: ${element.outerHTML.slice(0, 120)}` : "";
}

const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

// Any colour of a style sheet as red, green, blue from 0 to 255 and opacity from 0 to 1.
function rgba(colour) {
  pen.clearRect(0, 0, 1, 1);
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, alpha / 255];
}

function luminance([red, green, blue]) {
  const linear = [red, green, blue].map((channel) => {
    const value = channel / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}
