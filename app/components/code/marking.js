// How the lines of a function look at a moment.
import { madeText } from "./values.js";

// A line with the looks of its statement, and with what it has made at its end.
export function markLine(code, { row, statement: index, now }, moment) {
  const { statement, touching, step, pinned } = moment;
  const own = code.statements[index];
  row.classList.toggle("lit", own !== undefined && own === statement);
  row.classList.toggle("touches", touching.includes(own));
  row.classList.toggle("runs", code.cycles && own?.when === "step");
  row.classList.toggle("idle", own?.ran === false);
  now?.classList.toggle("always", own?.ran === false);
  row.classList.toggle("pinned", index >= 0 && index === pinned);
  const text = now && own ? madeText(code, own, step) : "";
  if (now && now.textContent !== text) now.textContent = text;
}

// The lines of a statement are moved to where they are seen, with one line more.
export function keepInSight(box, lines, statement) {
  const own = lines.filter(({ statement: index }) => index === statement).map(({ row }) => row);
  if (!own.length) return;
  const [first, last] = [own[0], own.at(-1)];
  const [top, end] = [first.offsetTop, last.offsetTop + last.offsetHeight];
  const isSeen = top >= box.scrollTop && end <= box.scrollTop + box.clientHeight;
  if (isSeen) return;
  const least = end + first.offsetHeight - box.clientHeight;
  const begins = lines.map(({ row }) => row.offsetTop).find((start) => start >= least) ?? least;
  box.scrollTop = Math.min(begins, top); // no line is cut at the top
}
