// What a key turns in a picture: its steps, or the questions that the room is asked.
const PATIENCE = 3000; // milliseconds after which a question will not come to a page at rest
const LONGEST = 15_000; // nor to one that still runs: each message would begin its run anew
const ONE = { previous: -1, next: 1 };

// The step that a page key leads to: in the first row the next cell, below it the end of a row, so
// that a page-turner comes through the largest output. Back by the same steps.
export function pagedStep(step, way, { columns, steps }) {
  const row = Math.floor(step / columns);
  const last = steps - 1;
  if (way > 0) {
    const isFirstRow = step < columns - 1;
    const isEnd = (step + 1) % columns === 0;
    const target = isFirstRow ? step + 1 : (row + (isEnd ? 2 : 1)) * columns - 1;
    return Math.min(last, target);
  }
  return row === 0 ? Math.max(0, step - 1) : row * columns - 1;
}

// Whether there was something to turn. `what` is "next", "previous", "pageNext", "pagePrevious",
// "first", "last", "play", "up" or "down".
export function turn(stage, what) {
  const { quiz, puzzle, player } = stage.picture;
  if (quiz) return turnQuestion(stage, what.replace(/^page(\w)/, (_, at) => at.toLowerCase()));
  if (puzzle) return reveal(stage, what);
  return player ? turnStep(stage, what) : false;
}

// Whether Python draws the page.
export function isRunning() {
  return document.querySelector("[data-test-script-state=running]") !== null;
}

// Whether there is a picture that keys can turn at all.
export function isTurned({ picture }) {
  return Boolean(picture && (picture.quiz || picture.puzzle || picture.player));
}

// A question that is on its way is waited for: more messages would call off the run that draws it.
function turnQuestion(stage, what) {
  const { quiz } = stage;
  const { question, count } = quiz.data;
  if (isAwaited(stage)) return true;
  const isOver = !quiz.secret && quiz.isLast;
  const goes = { next: question + 1, play: question + 1, previous: question - 1 };
  const target = { ...goes, first: 0, last: count - 1 }[what] ?? -1;
  const reveals = quiz.secret && (what === "next" || what === "play");
  if (target < 0 || target === question || (isOver && target > question)) return false;
  stage.awaited = { question: reveals ? question : target, since: performance.now() };
  if (reveals) quiz.next();
  else quiz.send(target);
  stage.draw();
  return true;
}

function isAwaited(stage) {
  const { quiz, awaited } = stage;
  if (awaited?.question === quiz.data.question) stage.awaited = null;
  if (!stage.awaited) return false;
  return performance.now() - awaited.since < (isRunning() ? LONGEST : PATIENCE);
}

// Whether the room was right is for somebody to say, with Y or N.
function reveal(stage, what) {
  if (!["next", "pageNext", "play"].includes(what) || !stage.puzzle.secret) return false;
  stage.act("reveal");
  return true;
}

function turnStep(stage, what) {
  const { player, picture } = stage;
  if (["first", "last", "play"].includes(what)) {
    stage.act(what);
    return true;
  }
  const target = targetOf(player.step, what, picture);
  if (target === player.step || target < 0 || target >= picture.steps) return false;
  const visited = what === "pageNext" ? [player.step, target] : null;
  player.letGo();
  if (visited) player.visited.fill(1, ...visited);
  player.go(target);
  return true;
}

function targetOf(step, what, picture) {
  if (what in ONE) return step + ONE[what];
  if (what === "up") return step - picture.columns;
  if (what === "down") return step + picture.columns;
  return pagedStep(step, what === "pageNext" ? 1 : -1, picture);
}
