// Text in the picture.
import { textSize } from "./geometry.js";

export function write(stage, text, x, y, look) {
  const { size, weight = 400, align = "left", baseline = "middle", room = [] } = look;
  const { pen, picture } = stage;
  pen.fillStyle = stage.ink;
  pen.font = `${weight} ${textSize(size, stage.screenScale)}px ${picture.font}`;
  pen.textAlign = align;
  pen.textBaseline = baseline;
  pen.fillText(text, x, y, ...room); // set closer where another font is wider than its room
}

function signText(stage, { text, each, secret }) {
  if (stage.secret && secret) return "?";
  return each ? each[stage.visibleStep] : text;
}

const weightOf = ({ bold }) => (bold ? 600 : 400);

export function paintSign(stage, sign) {
  const { x, y, size, align } = sign;
  write(stage, signText(stage, sign), x, y, { size, align, weight: weightOf(sign) });
}

// No link runs behind a sign, nor up to it: half a letter is free on both sides.
export function clearFor(stage, sign) {
  const { pen, picture } = stage;
  const size = textSize(sign.size, stage.screenScale);
  pen.font = `${weightOf(sign)} ${size}px ${picture.font}`;
  const wide = pen.measureText(signText(stage, sign)).width;
  const left = sign.x - wide * { left: 0, center: 0.5, right: 1 }[sign.align];
  pen.globalCompositeOperation = "destination-out";
  pen.fillRect(left - size / 2, sign.y - 0.6 * size, wide + size, 1.2 * size);
  pen.globalCompositeOperation = "source-over";
}
