// What stands beside a picture and follows it, such as the code that made it: see ../code.
const SHOWN = "grids-picture"; // an event of the document: another picture is there

export class Beside {
  cells = []; // {grid, cells} that it has lit in the picture
  pointed = null; // {grid, cell} under the pointer
  followers = new Set(); // functions that are called before each frame
  isResized = false; // whether the picture has another size in this frame

  constructor(stage) {
    this.stage = stage;
  }

  announce() { document.dispatchEvent(new CustomEvent(SHOWN)); }

  beforeFrame(now) {
    for (const follow of this.followers) follow(now);
    this.isResized = false;
  }

  // What the pointer is over: {grid, index, cell} as of hitAt, or null.
  point(hit) {
    const { pointed } = this;
    if (pointed?.grid === hit?.index && pointed?.cell === hit?.cell) return;
    this.pointed = hit && { grid: hit.index, cell: hit.cell };
    if (this.followers.size) this.stage.draw();
  }
}
