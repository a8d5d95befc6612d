// One function on the page: its lines, what is lit, and the picture that it made.
import { cellsOf, statementsOf } from "./cells.js";
import { drawnLines, drawnVariables } from "./drawing.js";
import { keepInSight, markLine } from "./marking.js";
import { litStatement, walked } from "./running.js";
import { takeNumbers, unpack } from "./unpack.js";
import { variableRows } from "./values.js";

const WALKING = ["ArrowUp", "ArrowDown"];
const HOSTS = "[data-testid=stBidiComponentIsolated]";

export class Listing {
  hovered = null; // number of a statement
  pinned = null;

  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.heard = new AbortController();
    const on = (target, name, handle) => {
      target.addEventListener(name, handle, { signal: this.heard.signal });
    };
    this.follow = (now) => this.draw(now);
    on(document, "grids-picture", () => this.link());
    on(root, "keydown", (event) => this.walk(event));
    on(root, "pointerover", (event) => this.hover(event));
    on(root, "pointerleave", () => this.choose({ hovered: null }));
    on(root, "click", (event) => this.pin(event));
  }

  take(data) {
    if (data.id !== this.code?.id) {
      this.code = unpack(data);
      this.lines = drawnLines(this.root.ownerDocument, this.code);
      this.find(".lines").replaceChildren(...this.lines.map(({ row }) => row));
      if (this.name !== data.name) this.pinned = null;
      this.name = data.name;
      this.hovered = this.shown = null;
      this.root.ariaLabel = `${data.name}, line by line`;
      this.root.hidden = false;
    }
    this.of = data.of;
    this.link();
  }

  // The picture on the page that the function has made.
  link() {
    if (!this.code) return;
    const roots = [...document.querySelectorAll(HOSTS)].map(({ shadowRoot }) => {
      return shadowRoot?.querySelector(".grids");
    });
    const stage = roots.map((root) => root?.stage).find((one) => one?.picture?.id === this.of);
    if (stage !== this.stage) this.unlink();
    this.stage = stage ?? null;
    if (stage) {
      stage.beside.followers.add(this.follow);
      takeNumbers(this.code, stage.picture);
      this.shown = null;
    }
    this.refresh();
  }

  unlink() {
    if (!this.stage) return;
    this.stage.beside.followers.delete(this.follow);
    this.stage.beside.cells = [];
    this.stage.draw();
  }

  leave() {
    this.heard.abort();
    this.unlink();
  }

  statementUnder({ target }) {
    const line = target.closest?.(".line");
    const found = this.lines?.find(({ row }) => row === line);
    return found && found.statement >= 0 ? found.statement : null;
  }

  hover(event) { this.choose({ hovered: this.statementUnder(event) }); }

  pin(event) {
    const statement = this.statementUnder(event);
    if (statement !== null) this.choose({ pinned: statement === this.pinned ? null : statement });
  }

  walk(event) {
    if (event.key === "Escape" && this.pinned !== null) this.choose({ pinned: null });
    if (!WALKING.includes(event.key)) return;
    event.preventDefault();
    const lit = this.code.statements.indexOf(this.lit(performance.now()).statement);
    const { statement, step } = walked(this.code, this.pinned ?? lit, event.key);
    if (step && this.stage) this.stage.player.go(this.stage.player.step + step);
    this.choose({ pinned: statement, hovered: null });
  }

  choose(state) {
    Object.assign(this, state);
    this.refresh();
  }

  // The code at once, the picture with the same frame.
  refresh() {
    this.draw(performance.now());
    this.stage?.draw();
  }

  lit(now) { return litStatement(this.code, this, this.stage?.player, now); }

  draw(now) {
    const { code, stage } = this;
    const step = stage?.visibleStep ?? 0;
    const { statement, isAsked } = this.lit(now);
    const pointed = stage?.beside.pointed ?? null;
    const name = [step, statement.first, pointed?.grid, pointed?.cell, this.pinned, isAsked].join();
    if (stage) stage.beside.cells = isAsked ? this.cells(statement, step) : [];
    if (stage?.beside.isResized) this.keep();
    if (name === this.shown) return;
    this.shown = name;
    const touching = pointed ? statementsOf(code, pointed, step) : [];
    const moment = { statement, touching, step, pinned: this.pinned };
    for (const line of this.lines) markLine(code, line, moment);
    const variables = drawnVariables(document, variableRows(code, statement, step));
    this.find(".variables").replaceChildren(...variables);
    this.keep();
  }

  // The lit line is seen; the code does not move under the pointer.
  keep() {
    if (!this.code || this.hovered !== null) return;
    const { statement } = this.lit(performance.now());
    keepInSight(this.find(".lines"), this.lines, this.code.statements.indexOf(statement));
  }

  cells(statement, step) {
    const name = `${this.code.id} ${statement.first} ${step}`;
    if (name !== this.cellsName) this.lastCells = cellsOf(this.code, statement, step);
    this.cellsName = name;
    return this.lastCells;
  }
}
