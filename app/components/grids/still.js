// Cells that never change.
import { isPlain, paintCells } from "./cells.js";
import { pixelsOf } from "./colours.js";
import { gridBox } from "./geometry.js";

// What the same cells look different with: their size, their ink and their type.
export function lookOf({ screenScale, dots, ink }) {
  return [screenScale, dots, ink, document.fonts?.status].join();
}

// Drawn once, unless each is to stay a shape of its own.
export function paintStill(stage, grid, look) {
  const { pen, screenScale } = stage;
  if (pen.vector && !isPlain(grid, screenScale)) {
    paintCells(pen, stage, grid, { step: 0, hidden: false });
    return;
  }
  if (grid.cache?.look !== look) grid.cache = { look, cells: drawnOnce(stage, grid) };
  pen.imageSmoothingEnabled = false;
  pen.drawImage(grid.cache.cells, ...gridBox(grid));
}

// On a canvas of their own with whole pixels: one for each cell where it
// is nothing but its colour.
function drawnOnce(stage, grid) {
  const copy = document.createElement("canvas");
  if (isPlain(grid, stage.screenScale)) {
    Object.assign(copy, { width: grid.columns, height: grid.rows });
    const pixels = new ImageData(pixelsOf(grid), grid.columns, grid.rows);
    copy.getContext("2d").putImageData(pixels, 0, 0);
    return copy;
  }
  const unit = stage.scale * stage.dots;
  const [, , width, height] = gridBox(grid).map((length) => length * unit);
  copy.width = Math.max(1, Math.round(width));
  copy.height = Math.max(1, Math.round(height));
  const pen = copy.getContext("2d");
  const [across, down] = [(copy.width / width) * unit, (copy.height / height) * unit];
  pen.setTransform(across, 0, 0, down, 0, 0);
  paintCells(pen, stage, { ...grid, x: 0, y: 0 }, { step: 0, hidden: false });
  return copy;
}
