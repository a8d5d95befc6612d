// The question above the picture, its answers beside it, and the buttons below, as the state has
// them.
const MARKS = { right: "✓", wrong: "✕", "": "" };

export function writeQuiz({ picture, quiz, find, root }) {
  const on = Boolean(picture.quiz) && !root.matches(".voted"); // see app/stage/pages/question.js
  for (const part of [".question", ".options", ".asked"]) find(part).hidden = !on;
  if (!on) return;
  find(".question").textContent = picture.quiz.text;
  const buttons = root.querySelectorAll(".options button");
  picture.quiz.options.forEach((option, index) => {
    writeOption(buttons[index], option, quiz, index);
  });
  find("[data-do=previous]").disabled = picture.quiz.question === 0;
  find("[data-do=next]").disabled = !quiz.secret && quiz.isLast;
  find("[data-do=next] span").textContent = quiz.secret ? "Reveal" : "Next";
  find(".standing").textContent = quiz.standing();
}

function writeOption(button, { text, reason }, quiz, index) {
  const state = quiz.stateOf(index);
  const open = quiz.secret;
  button.dataset.state = open ? "open" : state || "other";
  button.setAttribute("aria-pressed", quiz.answer?.option === index);
  const [mark, { children: [value, why] }] = button.children;
  mark.textContent = MARKS[state] || `${index + 1}`;
  value.textContent = text;
  why.textContent = open ? "" : reason;
}
