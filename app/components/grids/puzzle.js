// Steps that the room is asked for, one after the other, and the tally of its answers.
export class Puzzle {
  // The player is led from question to question; `tell` is given the tally after each answer.
  constructor(player, tell) {
    this.player = player;
    this.tell = tell;
    this.secret = false; // whether the answer is still hidden
    this.solved = false;
  }

  // What Python asks, or null. Another puzzle starts anew, the same one goes on.
  take(data) {
    const before = this.id;
    this.id = data?.id;
    this.order = data?.order;
    if (!data) {
      this.secret = false;
      if (before) this.player.visited.fill(0);
    } else if (before === data.id) {
      this.ask();
    } else {
      this.start(data.tally);
    }
  }

  start(tally) {
    this.player.stop();
    this.tally = { right: 0, asked: 0, ...tally };
    this.ask();
  }

  restart() {
    this.start({});
    this.tell(this.tally);
  }

  ask() {
    const { player, order } = this;
    const { asked } = this.tally;
    player.hovered = player.slide = null;
    player.pinned = false;
    player.visited.fill(0);
    for (const step of order.slice(0, asked)) player.visited[step] = 1;
    this.solved = asked >= order.length;
    this.secret = !this.solved;
    if (!this.solved) player.step = order[asked];
  }

  reveal() { this.secret = false; }

  // The answer is 1 if the room was right, 0 if it was not; it counts once it was revealed.
  judge(right) {
    if (this.secret || this.solved) return;
    this.tally = { right: this.tally.right + right, asked: this.tally.asked + 1 };
    this.tell(this.tally);
    this.ask();
  }
}
