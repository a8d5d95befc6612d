// How large a picture is on the page.
import { enlarge } from "./cells.js";
import { keepTogether, keepWritten, leftFor, scaleOf, zoomOf } from "./geometry.js";

// A stage's picture takes the room that there is; nothing is drawn. Whether there is any.
export function fit(stage) {
  const { root, canvas, picture } = stage;
  const beside = picture.quiz && stage.find(".stage").clientWidth; // the answers take the rest
  const room = beside || root.parentElement?.clientWidth || root.clientWidth;
  if (!room) return false;
  const [windowHeight, left] = [window.innerHeight, leftFor(document)];
  stage.scale = scaleOf(picture, { room, windowHeight, left });
  stage.screenScale = stage.scale * zoomOf(window, left); // of the screen: for what is read
  const plain = stage.scale * zoomOf(window);
  keepTogether(picture.grids, stage.screenScale, plain);
  if (picture.least) keepWritten(picture.grids, stage.screenScale, plain);
  stage.dots = window.devicePixelRatio || 1;
  enlarge(canvas, [picture.width, picture.height].map((side) => side * stage.scale), stage.dots);
  return true;
}
