// Grids of cells that belong together, drawn, lit and walked through. Every number in them comes
// from Python; see README.md.
import { Stage } from "./stage.js";

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".grids");
  root.stage ??= new Stage(root);
  root.stage.take(data, setStateValue);
  return () => {
    if (root.isConnected) return;
    root.stage.leave();
    root.stage = undefined;
  };
}
