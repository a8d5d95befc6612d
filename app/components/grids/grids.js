// Grids of cells that belong together. Every number comes from Python; here they are drawn, lit and walked through.
const SMALLEST = 6.5; // CSS pixels; a number that would be smaller is left to the colour
const BRIEF = 5; // characters of the longest number that is written with all its decimals
const SLIDE = 220; // milliseconds at most from one place of the window to the next
const MINUS = "−";

function bytes(text) {
  const letters = atob(text);
  const found = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at++) found[at] = letters.charCodeAt(at);
  return found.buffer;
}

const floats = (text) => new Float32Array(bytes(text));
const integers = (text) => new Int32Array(bytes(text));

// As Python writes them: whole numbers as they are, others with two decimals (ties to even), a true minus sign.
export function number(value) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  if (Number.isInteger(value)) return String(value).replace("-", MINUS);
  const hundreds = Math.floor(Math.abs(value) * 100);
  const tie = Number.isInteger(value * 8) && !Number.isInteger(value * 4) && hundreds % 2 === 0; // an odd number of eighths
  const text = tie ? (hundreds / 100).toFixed(2) : Math.abs(value).toFixed(2);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

// Where that is too long for a cell: three digits.
function brief(value) {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || Number.isInteger(value) || size < 9.995) return number(value);
  const text = size < 99.95 ? size.toFixed(1) : size.toFixed(0);
  return value < 0 ? MINUS + text : text;
}

const channels = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

function colour(grid, value) {
  if (!Number.isFinite(value)) return null;
  const share = Math.max(-1, Math.min(1, value / grid.largest));
  const [zero, end] = [grid.rgb[1], grid.rgb[share < 0 ? 0 : 2]];
  return `rgb(${zero.map((from, at) => Math.round(from + (end[at] - from) * Math.abs(share))).join()})`;
}

// What Python sent, unpacked once per picture.
function unpack(data) {
  const marks = [];
  for (const mark of data.marks) { // a number stands for the cells of an earlier mark
    const cells = typeof mark.cells === "number" ? marks[mark.cells].cells : integers(mark.cells);
    marks.push({ ...mark, cells, each: cells.length / data.steps, inverse: null });
  }
  const grids = data.grids.map((grid) => ({
    ...grid,
    rgb: grid.colours.map(channels),
    values: grid.values && floats(grid.values),
    each: grid.each && floats(grid.each),
    spread: grid.spread && floats(grid.spread),
    outside: grid.outside && new Set(integers(grid.outside)),
    count: grid.rows * grid.columns,
    cache: null,
  }));
  return { ...data, marks, grids };
}

// The other way round: which steps each cell goes into.
function feeds(mark) {
  if (mark.inverse) return mark.inverse;
  mark.inverse = new Map();
  mark.cells.forEach((cell, at) => {
    if (cell < 0) return;
    const step = Math.floor(at / mark.each);
    const steps = mark.inverse.get(cell) ?? [];
    if (steps.at(-1) !== step) steps.push(step);
    mark.inverse.set(cell, steps);
  });
  return mark.inverse;
}

function valueAt(picture, grid, cell, step) {
  if (grid.values) return grid.values[cell];
  if (grid.each) return grid.each[step * grid.count + cell];
  const mark = picture.marks[grid.from];
  if (grid.spread) { // a few cells differ from zero
    const at = mark.cells.subarray(step * mark.each, (step + 1) * mark.each).indexOf(cell);
    return at < 0 ? 0 : grid.spread[step * mark.each + at];
  }
  return picture.grids[mark.grid].values[mark.cells[step * mark.each + cell]];
}

class Stage {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(name);
    this.canvas = this.find("canvas");
    this.pen = this.canvas.getContext("2d");
    this.step = 0;
    this.hovered = null; // what the pointer is over: {step} | {entry, grid} | {feeds, grid, cell}
    this.pinned = false;
    this.playing = false;
    this.slide = null;
    this.listen();
  }

  // A new picture from Python. The place stays where the setting leaves it.
  take(data, send) {
    this.send = send;
    const first = this.picture === undefined;
    if (!first && data.id === this.picture.id) {
      this.draw(); // the theme may be another
      return;
    }
    const same = !first && this.picture.steps === data.steps;
    const puzzle = this.picture?.puzzle?.id;
    this.picture = unpack(data);
    if (first || data.told !== this.told) this.step = data.step;
    this.told = data.told;
    this.pinned = first ? data.pinned : this.pinned && same;
    this.step = Math.min(this.step, data.steps - 1);
    if (!same || !this.visited) this.visited = new Uint8Array(data.steps);
    if (!same) this.visited.fill(1, 0, this.step + 1);
    this.hovered = this.slide = null;
    if (data.puzzle && puzzle !== data.puzzle.id) this.startPuzzle(data.puzzle.tally);
    else if (data.puzzle) this.ask(); // another layer asks anew
    if (!data.puzzle) {
      this.secret = false;
      if (puzzle) this.visited.fill(0);
    }
    this.find(".play").hidden = !data.player;
    this.find(".guess").hidden = !data.puzzle;
    this.canvas.setAttribute("aria-label", data.alt);
    this.find("input").max = data.steps;
    this.root.setAttribute("aria-label", data.title);
    this.resize();
  }

  get shown() { return this.hovered?.step ?? this.step; }

  startPuzzle(tally) {
    this.stop();
    this.tally = { right: 0, asked: 0, ...tally };
    this.ask();
  }

  ask() {
    const { order } = this.picture.puzzle;
    this.hovered = this.slide = null;
    this.pinned = false;
    this.visited.fill(0);
    for (let at = 0; at < Math.min(this.tally.asked, order.length); at++) this.visited[order[at]] = 1;
    this.solved = this.tally.asked >= order.length;
    this.secret = !this.solved;
    if (!this.solved) this.step = order[this.tally.asked];
  }

  act(name) {
    const { steps } = this.picture;
    const go = {
      first: () => { this.visited.fill(0); this.go(0); }, last: () => { this.visited.fill(1); this.go(steps - 1); },
      back: () => this.go(this.step - 1), forward: () => this.go(this.step + 1),
      play: () => (this.playing ? this.stop() : this.play()), unpin: () => this.unpin(),
      reveal: () => { this.secret = false; this.draw(); },
      right: () => this.judge(1), wrong: () => this.judge(0),
      restart: () => { this.startPuzzle({}); this.send("tally", this.tally); this.draw(); },
    };
    go[name]?.();
  }

  judge(right) {
    if (this.secret || this.solved) return;
    this.tally = { right: this.tally.right + right, asked: this.tally.asked + 1 };
    this.send("tally", this.tally);
    this.ask();
    this.draw();
  }

  go(step, { slow = SLIDE } = {}) {
    const target = Math.max(0, Math.min(this.picture.steps - 1, step));
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches || Math.abs(target - this.step) > 1;
    this.slide = still ? null : { from: this.shown, start: performance.now(), length: slow };
    this.step = target;
    this.hovered = null;
    this.draw();
  }

  play() {
    if (this.step === this.picture.steps - 1) this.act("first");
    this.playing = true;
    this.pinned = false;
    this.next = performance.now() + this.pause;
    this.draw();
  }

  get pause() { return 1000 * Number(this.find("select").value); }

  stop() {
    this.playing = false;
    this.draw();
  }

  unpin() {
    this.pinned = false;
    this.draw();
  }

  // One loop of frames, alive while something moves.
  tick(now) {
    this.frame = null;
    if (!this.root.isConnected) return;
    if (this.playing && now >= this.next) {
      if (this.step === this.picture.steps - 1) this.playing = false;
      else {
        this.go(this.step + 1, { slow: Math.min(SLIDE, 0.6 * this.pause) });
        this.next = Math.max(this.next + this.pause, now);
      }
    }
    if (this.slide && now - this.slide.start >= this.slide.length) this.slide = null;
    this.paint(now);
    if (this.playing || this.slide) this.draw();
  }

  draw() { this.frame ??= requestAnimationFrame((now) => this.tick(now)); }

  resize() {
    const { width, height } = this.picture;
    const room = this.root.parentElement?.clientWidth || this.root.clientWidth;
    if (!room) return;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const most = Math.max(250, window.innerHeight - this.picture.around * rem);
    this.scale = Math.min(room / width, most / height);
    this.dots = window.devicePixelRatio || 1;
    Object.assign(this.canvas.style, { width: `${width * this.scale}px`, height: `${height * this.scale}px` });
    this.canvas.width = Math.round(width * this.scale * this.dots);
    this.canvas.height = Math.round(height * this.scale * this.dots);
    for (const grid of this.picture.grids) grid.cache = null;
    this.draw();
  }

  paint(now) {
    const { picture, pen } = this;
    const step = this.shown;
    if (!this.secret) this.visited[step] = 1;
    const style = getComputedStyle(this.root);
    this.ink = style.color;
    this.faint = picture.faint;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const unit = this.scale * this.dots;
    pen.setTransform(unit, 0, 0, unit, 0, 0);
    picture.grids.forEach((grid) => this.paintGrid(grid, step));
    this.paintMarks(step, now);
    this.paintHovered(step);
    this.paintSigns(step);
    this.write(step);
    this.lit = step; // for tests: what the frame shows
  }

  paintGrid(grid, step) {
    const { pen } = this;
    pen.fillStyle = this.ink;
    pen.font = `600 ${this.type(14)}px ${this.face}`;
    pen.textAlign = "left";
    pen.textBaseline = "alphabetic";
    pen.fillText(grid.title, grid.x, grid.y - 7);
    const hidden = this.secret && grid.secret;
    if (grid.values && !grid.visited) {
      grid.cache ??= this.cached(grid);
      pen.imageSmoothingEnabled = false;
      pen.drawImage(grid.cache, grid.x, grid.y, grid.columns * grid.width, grid.rows * grid.height);
    } else {
      pen.fillStyle = this.faint;
      pen.globalAlpha = 0.18;
      pen.fillRect(grid.x, grid.y, grid.columns * grid.width, grid.rows * grid.height);
      pen.globalAlpha = 1;
      this.cells(pen, grid, step, hidden);
    }
    pen.strokeStyle = this.faint;
    pen.lineWidth = 0.7;
    pen.strokeRect(grid.x, grid.y, grid.columns * grid.width, grid.rows * grid.height);
    if (grid.legend) this.paintLegend(grid);
  }

  get face() { return this.picture.font; }

  // Type grows with the picture, and is never too small to read where the picture is small.
  type(size) { return Math.max(size, 12 / this.scale); }

  cells(pen, grid, step, hidden) {
    const size = this.fontOf(grid);
    const write = grid.longest > BRIEF ? brief : number;
    for (let cell = 0; cell < grid.count; cell++) {
      if (grid.visited && !this.visited[cell] && !(hidden && cell === this.step)) continue;
      const [x, y] = this.box(grid, cell);
      const secret = hidden && (!grid.visited || (cell === this.step));
      const value = secret ? 0 : valueAt(this.picture, grid, cell, step);
      const pad = grid.outside?.has(cell);
      const fill = colour(grid, value);
      if (fill && !(pad && value === 0)) {
        pen.fillStyle = fill;
        pen.fillRect(x, y, grid.width, grid.height);
      }
      if (pad || !fill) this.hatch(pen, x, y, grid.width, grid.height);
      if (Math.min(grid.width, grid.height) * this.scale >= 4) {
        pen.strokeStyle = this.faint;
        pen.lineWidth = 0.5;
        pen.strokeRect(x, y, grid.width, grid.height);
      }
      if (size || secret) {
        const dark = Math.abs(value) > 0.7 * grid.largest;
        pen.fillStyle = pad && (value === 0 || !fill) ? this.ink : dark && fill ? "#ffffff" : "#1b1f24";
        pen.font = `${secret ? 700 : 400} ${secret ? Math.max(size || 0, 0.6 * grid.height) : size}px ${this.face}`;
        pen.textAlign = "center";
        pen.textBaseline = "middle";
        pen.fillText(secret ? "?" : write(value), x + grid.width / 2, y + grid.height / 2 + 0.5);
      }
    }
  }

  fontOf(grid) {
    if (!grid.longest) return 0;
    const size = Math.min(17, 0.42 * grid.height, (0.92 * grid.width) / (0.56 * Math.min(grid.longest, BRIEF)));
    return size * this.scale >= SMALLEST ? size : 0;
  }

  hatch(pen, x, y, width, height) {
    pen.save();
    pen.beginPath();
    pen.rect(x, y, width, height);
    pen.clip();
    pen.strokeStyle = this.faint;
    pen.lineWidth = 1;
    pen.beginPath();
    for (let along = -height; along < width; along += 6) {
      pen.moveTo(x + along, y + height);
      pen.lineTo(x + along + height, y);
    }
    pen.stroke();
    pen.restore();
  }

  cached(grid) {
    const unit = this.scale * this.dots;
    const copy = document.createElement("canvas");
    const [width, height] = [grid.columns * grid.width * unit, grid.rows * grid.height * unit];
    copy.width = Math.max(1, Math.round(width));
    copy.height = Math.max(1, Math.round(height));
    const pen = copy.getContext("2d");
    if (grid.faded) pen.globalAlpha = 0.25;
    pen.setTransform(copy.width / width * unit, 0, 0, copy.height / height * unit, 0, 0);
    this.cells(pen, { ...grid, x: 0, y: 0 }, 0, false);
    return copy;
  }

  paintLegend(grid) {
    const { pen } = this;
    const top = grid.y + grid.rows * grid.height + 8;
    const size = this.type(13);
    pen.font = `${size}px ${this.face}`;
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    let x = grid.x;
    [-1, 0, 1].forEach((side) => {
      pen.fillStyle = grid.colours[side + 1];
      pen.fillRect(x, top, 13, 13);
      pen.strokeStyle = this.faint;
      pen.lineWidth = 1;
      pen.strokeRect(x, top, 13, 13);
      pen.fillStyle = this.ink;
      const text = number(side * grid.largest);
      pen.fillText(text, x + 17, top + 7.5);
      x += 29 + pen.measureText(text).width;
    });
  }

  box(grid, cell) {
    return [grid.x + (cell % grid.columns) * grid.width, grid.y + Math.floor(cell / grid.columns) * grid.height];
  }

  outline(x, y, width, height, line, dash = []) {
    const { pen } = this;
    pen.setLineDash([]);
    for (const [colour, thickness] of [["#ffffff", line + 1.8], ["#000000", line]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = thickness;
      if (colour === "#000000") pen.setLineDash(dash);
      pen.strokeRect(x, y, width, height);
    }
    pen.setLineDash([]);
  }

  around(grid, cells) {
    const inside = [...cells].filter((cell) => cell >= 0);
    if (!inside.length) return null;
    const [rows, columns] = [inside.map((cell) => Math.floor(cell / grid.columns)), inside.map((cell) => cell % grid.columns)];
    const [top, left] = [Math.min(...rows), Math.min(...columns)];
    return [grid.x + left * grid.width, grid.y + top * grid.height,
      (Math.max(...columns) - left + 1) * grid.width, (Math.max(...rows) - top + 1) * grid.height];
  }

  paintMarks(step, now) {
    const { picture } = this;
    for (const mark of picture.marks) {
      if (mark.style === "none" || (this.secret && mark.secret)) continue;
      const grid = picture.grids[mark.grid];
      if (mark.style === "column") {
        const column = grid.columns === 1 ? 0 : step;
        this.outline(grid.x + column * grid.width, grid.y, grid.width, grid.rows * grid.height, 2);
        continue;
      }
      const at = (place) => mark.cells.subarray(place * mark.each, (place + 1) * mark.each);
      const cells = at(step);
      const line = { window: 2, cells: 1.4, winner: 3.4, tie: 1.8, current: 2.6 }[mark.style];
      if (mark.style === "window") {
        let box = this.around(grid, cells);
        if (!box) continue;
        if (this.slide && this.hovered === null) {
          const share = Math.min(1, (now - this.slide.start) / this.slide.length);
          const eased = share * share * (3 - 2 * share);
          const before = this.around(grid, at(this.slide.from));
          if (before) box = box.map((value, side) => before[side] + (value - before[side]) * eased);
        }
        this.outline(...box, line);
      } else {
        if (this.slide && mark.style === "cells") continue;
        for (const cell of cells) {
          if (cell >= 0) this.outline(...this.box(grid, cell), grid.width, grid.height, line, mark.style === "tie" ? [4, 3] : []);
        }
      }
    }
  }

  // What the pointer is over besides an output cell: a weight or a product, or a cell and what it feeds.
  paintHovered(step) {
    const over = this.hovered;
    if (!over || over.step !== undefined) return;
    const { picture } = this;
    if (over.feeds) {
      const grid = picture.grids[over.grid];
      this.outline(...this.box(grid, over.cell), grid.width, grid.height, 3);
      for (const target of picture.grids.filter((one) => one.step === "cell")) {
        for (const fed of over.feeds) this.outline(...this.box(target, fed), target.width, target.height, 1.6, [3, 2]);
      }
      return;
    }
    for (const grid of picture.grids.filter((one) => one.entries === over.entries && one.channel === over.channel)) {
      this.outline(...this.box(grid, over.entry), grid.width, grid.height, 3);
    }
    const mark = picture.marks[over.entries];
    const target = picture.grids[mark.grid];
    const steps = over.all ? picture.steps : 1;
    for (let at = 0; at < steps; at++) {
      const cell = mark.cells[(over.all ? at : step) * mark.each + over.entry];
      if (cell >= 0) this.outline(...this.box(target, cell), target.width, target.height, over.all ? 1.2 : 3);
    }
  }

  paintSigns(step) {
    const { pen } = this;
    for (const sign of this.picture.signs) {
      const secret = this.secret && sign.secret;
      pen.fillStyle = this.ink;
      pen.font = `${sign.bold ? 700 : 400} ${this.type(sign.size)}px ${this.face}`;
      pen.textAlign = sign.align;
      pen.textBaseline = "middle";
      const text = secret ? "?" : sign.each ? sign.each[step] : sign.text;
      pen.fillText(text, sign.x, sign.y);
    }
  }

  write(step) {
    const { picture } = this;
    const say = this.find(".sentence");
    const place = (at) => `row ${Math.floor(at / picture.columns) + 1}, column ${(at % picture.columns) + 1}`;
    let text = picture.sentences[step];
    if (this.secret) text = picture.puzzle.question.replace("PLACE", place(step));
    const over = this.hovered;
    if (over?.feeds) {
      const grid = picture.grids[over.grid];
      const value = number(valueAt(picture, grid, over.cell, step));
      const count = over.feeds.length;
      text = `${grid.says}, ${value}${grid.outside?.has(over.cell) ? " (padding)" : ""}: it goes into ${count} output cell${count === 1 ? "" : "s"}.`;
    } else if (over?.all) {
      const grid = picture.grids[over.grid];
      text = `Weight ${number(valueAt(picture, grid, over.entry, step))}: it goes into all ${picture.steps} output cells, and meets one input cell for each.`;
    }
    say.setAttribute("aria-live", this.playing ? "off" : "polite");
    if (say.textContent !== text) say.textContent = text;
    const scrub = this.find("input");
    if (!this.scrubbing) scrub.value = step + 1;
    scrub.setAttribute("aria-valuetext", `step ${step + 1} of ${picture.steps}`);
    this.find("output").textContent = `${step + 1} / ${picture.steps}`;
    const play = this.find("[data-do=play]");
    play.querySelector("span").textContent = this.playing ? "Pause" : "Play";
    play.querySelector("path").setAttribute("d", this.playing ? "M6 5h4v14H6zM14 5h4v14h-4z" : "M7 5v14l11-7z");
    play.setAttribute("aria-label", this.playing ? "Pause" : "Play");
    const disable = (name, off) => { this.find(`[data-do=${name}]`).disabled = off; };
    disable("back", step === 0);
    disable("forward", step === picture.steps - 1);
    this.find(".pin").hidden = !this.pinned;
    if (picture.puzzle) {
      disable("reveal", !this.secret);
      disable("right", this.secret || this.solved);
      disable("wrong", this.secret || this.solved);
      const { right, asked } = this.tally;
      const total = picture.puzzle.order.length;
      this.find(".tally").textContent = this.solved ? `All ${total} asked: right ${right} of ${asked}` : `Right ${right} of ${asked}; question ${asked + 1} of ${total}`;
    }
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / this.scale, (event.clientY - box.top) / this.scale];
    const { grids } = this.picture;
    for (let index = 0; index < grids.length; index++) {
      const grid = grids[index];
      const [column, row] = [Math.floor((x - grid.x) / grid.width), Math.floor((y - grid.y) / grid.height)];
      if (column >= 0 && column < grid.columns && row >= 0 && row < grid.rows) {
        return { index, grid, cell: row * grid.columns + column, column };
      }
    }
    return null;
  }

  // What a place of the picture stands for.
  meaning(hit) {
    if (!hit || this.secret) return null;
    const { grid, cell, index } = hit;
    if (grid.step === "cell") return { step: cell };
    if (grid.step === "column") return { step: hit.column };
    if (grid.entries !== null) {
      return { entries: grid.entries, channel: grid.channel, entry: cell, all: grid.all, grid: index };
    }
    const mark = this.picture.marks.find((one) => one.grid === index && one.feeds);
    return mark ? { feeds: feeds(mark).get(cell) ?? [], cell, grid: index } : null;
  }

  hover(event) {
    const hit = this.at(event);
    this.canvas.style.cursor = hit && (hit.grid.pick || this.meaning(hit)) ? "pointer" : "default";
    const meaning = this.meaning(hit);
    if (this.pinned && meaning?.step !== undefined) return;
    if (this.playing && meaning) this.stop();
    if (JSON.stringify(meaning) === JSON.stringify(this.hovered)) return;
    this.hovered = meaning;
    this.slide = null;
    this.draw();
  }

  click(event) {
    const hit = this.at(event);
    this.root.focus({ preventScroll: true });
    if (!hit) return;
    if (hit.grid.pick !== null) {
      this.send("picked", { grid: hit.grid.pick, cell: hit.cell, count: (this.count = (this.count ?? 0) + 1) });
      return;
    }
    const meaning = this.meaning(hit);
    const step = meaning?.step ?? (meaning?.feeds?.length === 1 ? meaning.feeds[0] : undefined);
    if (step === undefined || !this.picture.player) return;
    this.stop();
    this.pinned = !(this.pinned && step === this.step);
    this.step = step;
    this.hovered = null;
    this.draw();
    if (this.pinned) this.tell();
  }

  tell() { this.send("step", this.step); }

  // A switch or button of the page that was clicked with the mouse keeps the focus no longer: the next key is the picture's.
  takeKeys() {
    if (!this.root.isConnected) { this.leave(); return; }
    const active = document.activeElement;
    const kind = active?.tagName === "INPUT" ? active.type : active?.tagName.toLowerCase();
    if (["button", "radio", "checkbox", "label", "div"].includes(kind) && active !== this.root.getRootNode().host) active.blur();
  }

  key(event) {
    if (!this.root.isConnected) { this.leave(); return; }
    const target = event.composedPath()[0];
    const inside = this.root.contains(target);
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (!inside && !(target === document.body || target === document.documentElement)) return;
    const here = target.tagName;
    if (here === "SELECT" || (here === "BUTTON" && (event.key === " " || event.key === "Enter"))) return;
    const { columns, player, puzzle } = this.picture;
    const keys = puzzle
      ? { Enter: "reveal", y: "right", n: "wrong" }
      : player ? { " ": "play", ArrowLeft: "back", ArrowRight: "forward", Home: "first", End: "last", Escape: "unpin" } : {};
    const name = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    const rows = { ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (name) {
      if (["back", "forward", "first", "last"].includes(name)) { this.playing = false; this.pinned = false; }
      if (this.find(`[data-do=${name}]`)?.disabled) { event.preventDefault(); return; }
      this.act(name);
    } else if (player && rows && this.step + rows >= 0 && this.step + rows < this.picture.steps) {
      this.pinned = this.playing = false;
      this.go(this.step + rows);
    } else return;
    event.preventDefault();
  }

  listen() {
    this.canvas.addEventListener("pointermove", (event) => this.hover(event));
    this.canvas.addEventListener("pointerleave", () => {
      if (this.hovered === null) return;
      this.hovered = null;
      this.draw();
    });
    this.canvas.addEventListener("click", (event) => this.click(event));
    for (const button of this.root.querySelectorAll("button")) {
      button.addEventListener("click", (event) => {
        if (["first", "back", "forward", "last"].includes(button.dataset.do)) this.pinned = this.playing = false;
        this.act(button.dataset.do);
        if (event.detail) this.root.focus({ preventScroll: true }); // by mouse: the keys are the picture's again
      });
    }
    const scrub = this.find("input");
    scrub.addEventListener("input", () => {
      this.scrubbing = true;
      this.pinned = this.playing = false;
      const target = Number(scrub.value) - 1;
      this.visited.fill(1, 0, target + 1);
      this.hovered = this.slide = null;
      this.step = target;
      this.draw();
    });
    scrub.addEventListener("change", () => { this.scrubbing = false; this.tell(); });
    this.find("select").value = "0.5";
    this.pressed = (event) => this.key(event);
    document.addEventListener("keydown", this.pressed);
    this.clicked = () => setTimeout(() => this.takeKeys(), 60); // after the page has set its focus
    document.addEventListener("pointerup", this.clicked);
    this.sized = new ResizeObserver(() => this.resize());
    this.sized.observe(this.root.parentElement ?? this.root);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.windowed = () => setTimeout(() => this.resize(), 200); // a theme is there a moment later
    this.scheme.addEventListener("change", this.windowed);
    window.addEventListener("resize", this.windowed);
  }

  leave() {
    document.removeEventListener("keydown", this.pressed);
    document.removeEventListener("pointerup", this.clicked);
    window.removeEventListener("resize", this.windowed);
    this.scheme.removeEventListener("change", this.windowed);
    this.sized.disconnect();
    cancelAnimationFrame(this.frame);
  }
}

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
