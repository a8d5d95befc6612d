// Which cells of the picture a statement has to do with at a step, and the other way round.
import { placesAt } from "./unpack.js";

export const variablesOf = ({ variables }, { reads, makes }) => {
  return [...reads, ...makes].map((index) => variables[index]);
};

// [{grid, cells}] of all that a statement reads and makes.
export function cellsOf(code, statement, step) {
  const found = new Map();
  for (const variable of variablesOf(code, statement)) {
    if (!variable.places) continue;
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
    return variablesOf(code, statement).some((variable) => {
      if (!variable.places) return false;
      const { drawn } = code.memories[variable.memory];
      return placesAt(variable, step).some((place) => drawn[place]?.some(isIt));
    });
  });
}
