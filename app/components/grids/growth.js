// What a click opens grows out of the map that was clicked: a frame runs from there to the picture,
// over it. Nothing else moves, so that all stands and can be clicked where it will stay.
import { gridBox } from "./geometry.js";

const TIME = 200; // milliseconds that it runs
const SOON = 3000; // milliseconds after a click in which a picture is what it has opened
let clicked = null; // {box, at}: a box on the page and when it was clicked, whatever the component

const placed = ({ left, top, width, height }) => {
  return Object.fromEntries(Object.entries({ left, top, width, height })
    .map(([side, length]) => [side, `${length}px`]));
};

const choices = (picture) => picture?.grids.map(({ pick }) => pick).join();

// A grid of the picture was clicked.
export function growFrom({ canvas, scale }, grid, at) {
  const page = canvas.getBoundingClientRect();
  const [left, top, width, height] = gridBox(grid).map((length) => length * scale);
  clicked = { at, box: { left: page.left + left, top: page.top + top, width, height } };
}

// Another picture is in place of the one before: the frame runs to it, if a click has opened it,
// and not where a click has only chosen something in it.
export function growInto({ root, canvas, player, picture }, before, at) {
  const from = clicked;
  clicked = null;
  if (!from || at - from.at > SOON || player.lessMotion()) return;
  if (choices(before) === choices(picture)) return;
  const frame = root.ownerDocument.createElement("div");
  frame.className = "growing";
  root.append(frame);
  const way = [from.box, canvas.getBoundingClientRect()].map(placed);
  frame.animate(way, { duration: TIME, easing: "ease-out" }).onfinish = () => frame.remove();
}
