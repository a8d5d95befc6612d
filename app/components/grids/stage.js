// One picture on the page: its canvas, its state, and the loop of frames that draws it.
import { act } from "./actions.js";
import { Beside } from "./beside.js";
import { paintCells } from "./cells.js";
import { inksOf } from "./colours.js";
import { labelControls, writeControls } from "./controls.js";
import { numbersOf } from "./geometry.js";
import { listen } from "./listen.js";
import { paintFrame } from "./paint.js";
import { Player } from "./player.js";
import { Puzzle } from "./puzzle.js";
import { answered, Quiz } from "./quiz.js";
import { fit } from "./sizing.js";
import { Tables } from "./tables.js";
import { unpack } from "./unpack.js";

const SETTLED = 300; // milliseconds after which a step is one that somebody has stopped at
const LESS_MOTION = "(prefers-reduced-motion: reduce)";

export class Stage {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.canvas = this.find("canvas");
    this.pen = this.canvas.getContext("2d");
    this.cursor = null; // the cell that the keyboard has come to, in a picture to pick from
    this.beside = new Beside(this);
    this.count = 0; // messages to Python: the same one again, after Back, is another
    const seconds = this.find("select");
    seconds.value = "0.5";
    this.player = new Player({
      clock: () => performance.now(),
      pause: () => 1000 * Number(seconds.value),
      lessMotion: () => matchMedia(LESS_MOTION).matches,
      changed: () => this.draw(),
    });
    this.puzzle = new Puzzle(this.player, (tally) => this.tell("tally", tally));
    this.quiz = new Quiz(this.player, (answer) => answered(this, answer));
    this.tables = new Tables(this, this.find(".tables"));
    this.unlisten = listen(this);
    document.fonts.ready.then(() => this.root.isConnected && this.picture && this.resize());
  }

  get step() { return this.player.step; }

  get visibleStep() { return this.player.visibleStep; }

  get visited() { return this.player.visited; }

  get playing() { return this.player.playing; }

  get hovered() { return this.player.hovered; }

  get secret() { return this.puzzle.secret || this.quiz.secret; }

  // Data from Python, after each of its runs, and the function that sends a state to it.
  take(data, send) {
    this.send = send;
    if (this.quiz.isAhead(data, this.count)) return;
    Object.assign(this, { latest: data, listens: data.listens, known: data.step }); // its own step
    this.count = Math.max(this.count, data.heard ?? 0);
    if (data.version !== this.player.version) this.told = null;
    if (data.id === this.picture?.id) {
      this.player.follow(data); // the theme may be another, and the step
      this.draw();
      return;
    }
    this.picture = unpack(data, this.picture);
    this.cursor = null;
    this.player.take(data);
    this.puzzle.take(data.puzzle);
    this.quiz.take(data.quiz ?? null, data.version);
    labelControls(this);
    this.resize();
    this.beside.announce();
  }

  tell(name, state) {
    this.count += 1;
    this.send(name, { ...state, count: this.count });
  }

  sendStep() {
    const { puzzle, quiz } = this.picture;
    if (!this.listens || puzzle || quiz) return; // what a question asks nobody has chosen
    this.told = this.step;
    this.tell("step", { step: this.step });
  }

  // A link opens the step that somebody has stopped at, however they came there.
  tellSoon() {
    clearTimeout(this.soon);
    if (this.player.moving) return;
    this.soon = setTimeout(() => {
      const isNew = this.step !== this.known && this.step !== this.told;
      if (isNew && this.root.isConnected && !this.player.moving) this.sendStep();
    }, SETTLED);
  }

  choose(cursor) {
    this.cursor = cursor;
    this.draw();
  }

  // Where somebody stops to speak is the step that a link to the page should open.
  pause() { this.player.stop(); this.sendStep(); }

  act(name) { act(this, name); }

  draw() { this.frame ??= requestAnimationFrame((now) => this.tick(now)); }

  // One loop of frames, alive while something moves; where there is no room yet, that which comes
  // begins it.
  tick(now) {
    this.frame = null;
    if (!this.root.isConnected || !this.scale) return;
    this.player.tick(now);
    this.paint(now);
    if (this.player.moving) this.draw();
    this.tellSoon();
    this.tables.soon();
  }

  paint(now) {
    if (!this.secret) this.visited[this.visibleStep] = 1;
    Object.assign(this, inksOf(this.root));
    this.beside.beforeFrame(now);
    paintFrame(this, now);
    writeControls(this);
    this.lit = this.visibleStep; // for tests: what the frame shows
  }

  writes(grid) { return numbersOf(this.picture.grids[grid], this.screenScale).size > 0; }

  cells(pen, grid, step, hidden) { paintCells(pen, this, grid, { step, hidden }); }

  resize() {
    if (!fit(this)) return;
    this.beside.isResized = true;
    this.draw();
  }

  leave() {
    this.unlisten();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.soon);
    this.tables.stop();
  }
}
