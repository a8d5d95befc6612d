// Grids of cells that belong together, drawn, lit and walked through. Every number in them comes
// from Python; see README.md.
import { growInto } from "./growth.js";
import { Stage } from "./stage.js";

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".grids");
  root.stage ??= new Stage(root);
  const before = root.stage.picture;
  root.stage.take(data, setStateValue);
  if (root.stage.picture !== before) growInto(root.stage, before, performance.now());
  return () => {
    if (root.isConnected) return;
    root.stage.leave();
    root.stage = undefined;
  };
}
