// What app/ui/lit_code.py packed, as numbers again.
import { floats } from "../grids/unpack.js";

// Whole numbers from (first, difference, count) of each part that grows evenly.
export function expanded(runs) {
  const found = [];
  for (let index = 0; index < runs.length; index += 3) {
    const [first, difference, count] = runs.slice(index, index + 3);
    for (let more = 0; more < count; more++) found.push(first + more * difference);
  }
  return found;
}

export function unpack(data) {
  return {
    ...data,
    variables: data.variables.map(unpackVariable),
    memories: data.memories.map(unpackMemory),
  };
}

function unpackVariable(variable) {
  const text = { of: variable.text.of, at: expanded(variable.text.at) };
  if (variable.memory === undefined) return { ...variable, text, places: null };
  const { first, shift, columns } = variable.places;
  const places = columns
    ? { columns: columns.map(expanded) }
    : { first: expanded(first), shift: shift && expanded(shift) };
  return { ...variable, text, places, values: floats(variable.values) };
}

// For each number of a memory the cells that it is drawn in, as [grid, cell]. Numbers that are not
// there are those of the cells.
function unpackMemory({ values, cells }) {
  const numbers = floats(values);
  const length = numbers?.length ?? Math.max(...cells.map(([, at, , count]) => at + count));
  const drawn = Array.from({ length }, () => []);
  for (const [grid, at, cell, count] of cells) {
    for (let more = 0; more < count; more++) drawn[at + more].push([grid, cell + more]);
  }
  return { values: numbers, drawn };
}

// What was not sent because the picture has it, from there.
export function takeNumbers(code, picture) {
  for (const memory of code.memories.filter(({ values }) => values === null)) {
    memory.values = Float32Array.from(memory.drawn, ([[grid, cell]]) => {
      return picture.grids[grid].values[cell];
    });
  }
}

const held = (series, step) => series[Math.min(step, series.length - 1)];

// What a variable was at a step, in words: the shape and type of a tensor, or the value.
export const textAt = ({ text }, step) => text.of[held(text.at, step)];

// Where its numbers lie in its memory at a step; -1: nowhere.
export function placesAt({ places }, step) {
  if (!places) return [];
  if (places.columns) return places.columns.map((column) => held(column, step));
  const shift = places.shift ? held(places.shift, step) : 0;
  return places.first.map((place) => place + shift);
}

// Its numbers at a step; none of a variable that has none yet.
export function numbersAt(variable, memories, step) {
  if (variable.later || !memories[variable.memory].values) return [];
  const places = placesAt(variable, step);
  const { values } = variable;
  const rows = values ? values.length / places.length : 0;
  const row = Math.min(step, rows - 1) * places.length;
  const all = places.map((place, index) => {
    return values ? values[row + index] : memories[variable.memory].values[place];
  });
  return all.filter((_, index) => places[index] >= 0);
}
