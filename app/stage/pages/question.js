// What a picture of grids asks: its own question, or what comes out at the next cell.
const OPTIONS = 4;

export function questionOf(stage) {
  const { picture, step } = stage ?? {};
  if (picture?.quiz) return ofQuiz(picture.quiz);
  return picture?.asked ? ofNextCell(picture, step + 1) : null;
}

function ofQuiz({ text, options, right }) {
  const wrong = options.map(({ reason }, index) => (index === right ? "" : reason));
  return { text, choices: options.map((option) => option.text), right, wrong };
}

function ofNextCell({ asked, columns }, step) {
  const row = asked.rows[step];
  if (!row?.length) return null;
  const [place, right] = [placeOf(step, columns), row[OPTIONS]];
  const wrong = row.slice(OPTIONS + 1).map((index) => asked.reasons[index]);
  const text = asked.text.replace("PLACE", place);
  return { text, choices: row.slice(0, OPTIONS), right, wrong };
}

const placeOf = (step, columns) =>
  `row ${Math.floor(step / columns) + 1}, column ${(step % columns) + 1}`;
