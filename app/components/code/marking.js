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

// A statement's line is moved to where it is seen.
export function keepInSight(box, lines, statement) {
  const line = lines.find(({ statement: index }) => index === statement);
  if (!line) return;
  const [top, height] = [line.row.offsetTop - box.offsetTop, line.row.offsetHeight];
  const isSeen = top >= box.scrollTop && top + height <= box.scrollTop + box.clientHeight;
  if (!isSeen) box.scrollTop = top + 2 * height - box.clientHeight;
}
