// Which cells of the picture a statement has to do with at a step, and the other way round.
import { placesAt } from "./unpack.js";

// The variables whose cells a statement touches: of memory that it makes a part of, as a window of
// a picture, that part alone.
function touched(code, { reads, makes }) {
  const [read, made] = [reads, makes].map((list) => {
    return list.map((index) => code.variables[index]).filter(({ places }) => places);
  });
  const memories = made.map(({ memory }) => memory);
  return [...read.filter(({ memory }) => !memories.includes(memory)), ...made];
}

// [{grid, cells}] of all that a statement reads and makes.
export function cellsOf(code, statement, step) {
  const found = new Map();
  for (const variable of touched(code, statement)) {
    const { drawn } = code.memories[variable.memory];
    for (const place of placesAt(variable, step)) {
      for (const [grid, cell] of drawn[place] ?? []) {
        if (!found.has(grid)) found.set(grid, new Set());
        found.get(grid).add(cell);
      }
    }
  }
  return [...found].map(([grid, cells]) => ({ grid, cells: [...cells] }));
}

// The statements that have to do with a cell at a step.
export function statementsOf(code, { grid, cell }, step) {
  const isIt = ([otherGrid, otherCell]) => otherGrid === grid && otherCell === cell;
  return code.statements.filter((statement) => {
    return touched(code, statement).some((variable) => {
      const { drawn } = code.memories[variable.memory];
      return placesAt(variable, step).some((place) => drawn[place]?.some(isIt));
    });
  });
}
