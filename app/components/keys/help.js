// The list of keys, as they are on the view that is open.
const STEPS = [
  ["Page Down, Page Up", "next and previous step; below the first row, a row at a time"],
  ["→ ←", "next and previous step"],
  ["↓ ↑", "a row on and back"],
  ["Space", "play and pause"],
  ["Home, End", "first and last step"],
  ["Enter, Esc", "pin the step, let it go"],
];
const QUESTIONS = [
  ["Page Down, →, Space", "the answer, then the next question"],
  ["Page Up, ←", "the question before"],
  ["1 to 4", "choose an answer"],
  ["Home, End", "first and last question"],
];
const PUZZLE = [
  ["Page Down, →, Space", "reveal"],
  ["Y, N", "the room was right, or not"],
];
const SLIDER = [
  ["Page Down, Page Up", "epsilon 8 up and down"],
  ["→ ←", "epsilon 1 up and down"],
  ["Home, End", "smallest and largest epsilon"],
];
const CODE = [
  ["C", "the code of the picture, and away"],
  ["↓ ↑ in the code, Esc", "a line on and back, let it go"],
];
const ALWAYS = [
  ["Shift with them", "next and previous view, then chapter"],
  ["P, Esc", "large for a room, and back"],
  ["B", "black screen, and back"],
  ["?", "this list"],
];

// Pairs of keys and what they do, where the code of a picture can be opened those for it too.
export function rowsOf(target, codeSwitch = null) {
  const { stage, slider, turner } = target ?? {};
  const ofPage = slider ? SLIDER : turner ? ofTurn(turner.data) : [];
  const own = stage ? ofPicture(stage.picture) : ofPage;
  const isPaged = Boolean(stage || slider || turner?.data.sequence);
  const on = isPaged ? "Page Down at the end" : "Page Down, Page Up";
  const code = codeSwitch ? CODE : [];
  return [...own, [on, isPaged ? "next view, then chapter" : ALWAYS[0][1]], ...code, ...ALWAYS];
}

function ofPicture({ quiz, puzzle }) {
  return quiz ? QUESTIONS : puzzle ? PUZZLE : STEPS;
}

function ofTurn({ thing, sequence, plays }) {
  const page = (name) => (sequence ? `${name}, ` : "");
  return [
    [`${page("Page Down")}→${plays ? "" : ", Space"}`, `next ${thing}`],
    [`${page("Page Up")}←`, `previous ${thing}`],
    ...(plays ? [STEPS.find(([key]) => key === "Space")] : []),
    ["Home, End", `first and last ${thing}`],
  ];
}

// A pair as elements of the list.
export function rowOf(texts) {
  return ["dt", "dd"].map((name, index) => {
    const part = document.createElement(name);
    part.textContent = texts[index];
    return part;
  });
}
