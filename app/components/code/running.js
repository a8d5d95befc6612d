// Which statement is lit: the one under the pointer, the one that runs while the picture plays, the
// one that was chosen, or the last of a step.

// The statements that run once a step, in their order.
export const inStep = ({ statements }) => {
  return statements.filter(({ when, ran }) => when === "step" && ran);
};

// {statement, isAsked}: isAsked where its cells are to be lit.
export function litStatement(code, { hovered, pinned }, player, now) {
  if (hovered !== null) return { statement: code.statements[hovered], isAsked: true };
  const playing = code.cycles && player?.playing ? runningAt(code, player, now) : null;
  if (playing) return { statement: playing, isAsked: true };
  if (pinned !== null) return { statement: code.statements[pinned], isAsked: true };
  return { statement: inStep(code).at(-1) ?? code.statements.at(-1), isAsked: false };
}

// Within the time of a step its statements take turns.
function runningAt(code, player, now) {
  const steps = inStep(code);
  const share = 1 - (player.next - now) / player.pause();
  const index = Math.floor(Math.max(0, Math.min(share, 0.999)) * steps.length);
  return steps[index] ?? null;
}

// Where a key leads: {statement, step} with the number of a statement and how many steps further.
export function walked(code, current, key) {
  const ran = code.statements.map(({ ran: did }, index) => (did ? index : -1));
  const all = ran.filter((index) => index >= 0);
  const way = key === "ArrowDown" ? 1 : -1;
  const steps = inStep(code).map((one) => code.statements.indexOf(one));
  const [first, last] = [steps[0], steps.at(-1)];
  if (code.cycles && way > 0 && current === last) return { statement: steps[0], step: 1 };
  if (code.cycles && way < 0 && current === first) return { statement: last, step: -1 };
  const at = all.indexOf(current) + way;
  return { statement: all[Math.max(0, Math.min(all.length - 1, at))], step: 0 };
}
