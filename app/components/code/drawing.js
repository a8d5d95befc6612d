// The elements of the page: lines of code and the variables beside them.
const KINDS = { number: "number-word" }; // of words, where another class has the name

function element(page, kind, className, text = "") {
  const found = page.createElement(kind);
  if (className) found.className = className;
  if (text) found.textContent = text;
  return found;
}

// One element a line, with what is written at its end.
export function drawnLines(page, { lines, statements }) {
  return lines.map((line) => {
    const row = element(page, "div", "line");
    const code = element(page, "code");
    code.style.setProperty("--indent", line.words[0]?.[1].match(/^ */)[0].length ?? 0);
    for (const [kind, text] of line.words) {
      if (kind) code.append(element(page, "span", KINDS[kind] ?? kind, text));
      else code.append(...parted(page, text));
    }
    const now = element(page, "span", "now");
    row.append(element(page, "span", "number", String(line.number)), code, now);
    const statement = statements.findIndex(({ first, last }) => {
      return first <= line.line && line.line <= last;
    });
    const isFirst = statement >= 0 && statements[statement].first === line.line;
    return { row, statement, now: isFirst ? now : null };
  });
}

// Code that goes on in another line where one would write it so: after a bracket, before a dot.
function parted(page, text) {
  const [first, ...rest] = text.split(/(?<=\()|(?=\.[a-z_])/);
  return [first, ...rest.flatMap((part) => [page.createElement("wbr"), part])];
}

export function drawnVariables(page, variables) {
  return variables.map(({ name, text, rows, isMade }) => {
    const whole = element(page, "div", isMade ? "variable made" : "variable");
    whole.append(element(page, "b", "", name), element(page, "span", "", text));
    if (rows.length) whole.append(drawnTable(page, rows));
    return whole;
  });
}

function drawnTable(page, rows) {
  const table = element(page, "div", "numbers");
  for (const texts of rows) {
    const row = element(page, "div", "row");
    for (const text of texts) row.append(element(page, "span", "cell", text), " ");
    table.append(row);
  }
  return table;
}
