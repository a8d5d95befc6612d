// What a button or a key asks for.
import { pin } from "./pointer.js";

const WALKS = ["first", "back", "forward", "last"]; // they let a pinned step go

export function act(stage, name) {
  const { player, puzzle, quiz } = stage;
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
    choose1: () => quiz.choose(0),
    choose2: () => quiz.choose(1),
    choose3: () => quiz.choose(2),
    choose4: () => quiz.choose(3),
    next: () => quiz.next(),
    previous: () => quiz.previous(),
    again: () => quiz.again(),
  };
  actions[name]();
  stage.draw();
}
