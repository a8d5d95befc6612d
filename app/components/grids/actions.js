// What a button or a key asks for.
import { pin } from "./pointer.js";

const WALKS = ["first", "back", "forward", "last"]; // they let a pinned step go

export function act(stage, name) {
  const { player, puzzle } = stage;
  if (WALKS.includes(name)) player.letGo();
  if (stage.find(`[data-do=${name}]`)?.disabled) return;
  const actions = {
    first: () => player.first(),
    back: () => player.go(player.step - 1),
    play: () => (player.playing ? stage.pause() : player.play()),
    forward: () => player.go(player.step + 1),
    last: () => player.last(),
    pin: () => pin(stage, player.step),
    unpin: () => player.unpin(),
    reveal: () => puzzle.reveal(),
    right: () => puzzle.judge(1),
    wrong: () => puzzle.judge(0),
    restart: () => puzzle.restart(),
  };
  actions[name]();
  stage.draw();
}
