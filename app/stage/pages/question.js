// What a page asks: the picture of grids its own question, or what comes out at the next cell,
// where the numbers of its window can be read; and what the page has put into itself, see
// app/ui/live_questions.py.
const OPTIONS = 4;

export function questionOf(stage) {
  const { picture, step } = stage ?? {};
  if (picture?.quiz) return ofQuiz(picture.quiz);
  return picture?.asked && isWritten(stage) ? ofNextCell(picture, step + 1) : null;
}

// Whether every grid on which the window moves has its numbers.
function isWritten(stage) {
  const windows = stage.picture.marks.filter(({ style }) => style === "window");
  return windows.every(({ grid }) => stage.writes(grid));
}

const COMPONENT = "[data-testid=stBidiComponentIsolated]";
const hostsOf = (page) => [...page.querySelectorAll(COMPONENT)];
const gridsIn = ({ shadowRoot }) => shadowRoot?.querySelector(".grids");

// Whether all components of a page have started, see app/components/loader.js, and its pictures are
// drawn: before, a cell has no number that can be read.
export function hasCome(page) {
  const isDrawn = (root) => !root?.getClientRects().length || root.stage?.scale !== undefined;
  return hostsOf(page).every((host) => "started" in host.dataset && isDrawn(gridsIn(host)));
}

const asking = (page) => hostsOf(page).map(gridsIn).filter((root) => {
  const { picture } = root?.stage ?? {};
  return picture?.quiz || picture?.puzzle;
});

// Whether the picture on a page has questions of its own, or a puzzle.
export const asksItself = (page) => asking(page).length > 0;

// The vote has the question and its answers: the picture has the room of its own.
export function leaveToVote(page, isVoted) {
  for (const { classList, stage } of asking(page)) {
    if (classList.contains("voted") === isVoted) continue;
    classList.toggle("voted", isVoted);
    stage.paint(performance.now());
    stage.resize();
  }
}

// All that a page asks, each with a name.
export function questionsOf(page) {
  const grids = hostsOf(page).map((host) => gridsIn(host)?.stage);
  const put = [...page.querySelectorAll("[data-questions]")];
  const found = put.flatMap(({ dataset }) => JSON.parse(dataset.questions));
  return [...grids.map(questionOf).filter(Boolean), ...found];
}

function ofQuiz({ text, options, right, said }) {
  const wrong = options.map(({ reason }, index) => (index === right ? "" : reason));
  const choices = options.map((one) => one.text);
  return { name: "its own question", text, choices, right, wrong, answer: said };
}

function ofNextCell({ asked, columns, sentences }, step) {
  const row = asked.rows[step];
  if (!row?.length) return null;
  const [place, right] = [placeOf(step, columns), row[OPTIONS]];
  const wrong = row.slice(OPTIONS + 1).map((index) => asked.reasons[index]);
  const text = asked.text.replace("PLACE", place);
  const choices = row.slice(0, OPTIONS);
  return { name: "the next cell", text, choices, right, wrong, answer: sentences[step] };
}

const placeOf = (step, columns) =>
  `row ${Math.floor(step / columns) + 1}, column ${(step % columns) + 1}`;
