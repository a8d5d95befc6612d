// What a key turns in a picture: its steps, or the questions that the room is asked.
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

// Whether there is a picture that keys can turn at all.
export function isTurned({ picture }) {
  return Boolean(picture && (picture.quiz || picture.puzzle || picture.player));
}

function turnQuestion(stage, what) {
  const { quiz } = stage;
  const { question, count } = quiz.data;
  const turned = {
    next: quiz.secret || !quiz.isLast,
    play: quiz.secret || !quiz.isLast,
    previous: question > 0,
    first: question > 0,
    last: !quiz.isLast,
  }[what];
  if (!turned) return false;
  if (what === "first") quiz.send(0);
  else if (what === "last") quiz.send(count - 1);
  else if (what === "previous") quiz.previous();
  else quiz.next();
  stage.draw();
  return true;
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
