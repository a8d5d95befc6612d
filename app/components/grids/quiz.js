// A question with four answers: which one was chosen, and what the room has answered so far.
const REVEALED = -1; // in place of an option: somebody has looked without choosing

export class Quiz {
  // The player stands at the cell that is asked for; `tell` is given every answer and every step to
  // another question.
  constructor(player, tell) {
    this.player = player;
    this.tell = tell;
    this.data = null;
  }

  // What Python asks, or null. Answers of the same set stay as they are here, which is ahead of
  // Python, unless the address says what the page shows.
  take(data, version) {
    const same = data && this.data?.name === data.name && version === this.version;
    this.answers = same ? this.answers : { ...data?.answers };
    const before = this.data;
    this.data = data;
    this.version = version;
    if (data) this.ask();
    else if (before) this.player.visited.fill(0);
  }

  // Whether this set has gone on since Python sent its data: it has not heard of all messages.
  isAhead({ quiz, version, heard }, count) {
    return quiz?.name === this.data?.name && version === this.version && heard < count;
  }

  ask() {
    const { player, data } = this;
    Object.assign(player, { hovered: null, slide: null, playing: false, pinned: false });
    player.visited.fill(0);
    player.step = data.step;
  }

  // {option, right}, or undefined while the question is open.
  get answer() { return this.data ? this.answers[this.data.question] : undefined; }

  get secret() { return this.data !== null && this.answer === undefined; }

  get isLast() { return this.data.question === this.data.count - 1; }

  // Of all questions of the set: {right, asked}; one that was only looked at was not asked.
  get tally() {
    const given = Object.values(this.answers).filter(({ option }) => option !== REVEALED);
    return { right: given.filter(({ right }) => right).length, asked: given.length };
  }

  // The first choice counts.
  choose(option) {
    if (!this.secret) return;
    const { question, right } = this.data;
    this.answers = { ...this.answers, [question]: { option, right: option === right } };
    this.send(question);
  }

  // First the answer, then the next question.
  next() {
    if (this.secret) this.choose(REVEALED);
    else if (!this.isLast) this.send(this.data.question + 1);
  }

  previous() {
    if (this.data.question > 0) this.send(this.data.question - 1);
  }

  again() {
    this.answers = {};
    this.ask();
    this.send(0);
  }

  send(question) {
    this.tell({ set: this.data.name, question, answers: this.answers });
  }

  // "right" or "wrong" of the option that was chosen, "right" of the right one, "" of any other.
  stateOf(option) {
    if (this.secret) return "";
    if (option === this.data.right) return "right";
    return option === this.answer.option ? "wrong" : "";
  }

  // What is said once an answer was given: whether it is right, or why somebody gives it, and the
  // sum.
  verdict() {
    const { options, said } = this.data;
    const { option, right } = this.answer;
    if (option === REVEALED) return said;
    return right ? `✓ Right. ${said}` : `✕ No: ${options[option].reason}. ${said}`;
  }

  standing() {
    const { right, asked } = this.tally;
    const { question, count } = this.data;
    const position = `Question ${question + 1} of ${count}`;
    return asked ? `${position}; right ${right} of ${asked}` : position;
  }
}

// Python is told; the next question is here already, and Python says the same a moment later.
export function answered(stage, answer) {
  stage.tell("answer", answer);
  const { latest, send, count } = stage;
  if (latest.following?.quiz.question !== answer.question) return;
  stage.take({ ...latest, ...latest.following, following: null, heard: count }, send);
}
