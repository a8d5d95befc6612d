// The room's vote beside the picture: the question, the answers, how many have voted, what is
// right.
const LETTERS = ["A", "B", "C", "D"];
export const OPEN = ["vote", "again"]; // phases in which the room votes
const ASIDE = ["vote", "result", "again", "compared", "answer"];

const element = (name, properties, children = []) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

const share = (counts, index) => counts[index] / Math.max(1, counts.reduce((a, b) => a + b, 0));

// How many have chosen an answer: as a bar and as a number.
function bar(counts, index, className) {
  const made = element("div", { className: `bar ${className}` });
  made.style.setProperty("--share", share(counts, index));
  made.append(element("span", { textContent: counts[index] }));
  return made;
}

function choice(vote, index) {
  const isRight = vote.right === index;
  const answer = element("li", { className: isRight ? "right" : "" }, [
    element("b", { textContent: LETTERS[index] }),
    element("p", { textContent: vote.choices[index] + (isRight ? "  ✓ right" : "") }),
  ]);
  if (vote.before) answer.append(bar(vote.before, index, "before"));
  if (vote.counts) answer.append(bar(vote.counts, index, "now"));
  return answer;
}

export const votes = (count) => `${count} ${count === 1 ? "vote" : "votes"}`;

function standing({ phase, vote }) {
  const voted = votes(vote.count);
  return {
    vote: `${voted} so far`,
    again: `Talk to your neighbour, then vote again: ${voted} so far`,
    result: voted,
    compared: `Grey the first vote, blue the second: ${voted}`,
    answer: voted,
  }[phase];
}

// Draws the vote of a lecture's state into its place, or nothing.
export function draw(place, room, link) {
  const { phase, vote } = room;
  document.body.classList.toggle("votes", Boolean(vote) && ASIDE.includes(phase));
  document.body.dataset.phase = phase;
  if (!vote) return place.replaceChildren();
  const parts = [
    element("h1", { textContent: vote.text }),
    element("ol", {}, vote.choices.map((_, index) => choice(vote, index))),
    element("p", { className: "standing", textContent: standing(room) }),
  ];
  document.body.classList.toggle("pictured", Boolean(vote.picture));
  if (vote.picture) {
    parts.push(element("figure", { className: "picture" }, [
      element("img", { src: vote.picture, alt: "what is asked" }),
      element("figcaption", { textContent: vote.caption }),
    ]));
  }
  if (phase === "answer") {
    const lines = [room.answer, vote.wrong && `Most who missed it: ${vote.wrong}.`].filter(Boolean);
    parts.push(...lines.map((textContent) => element("p", { className: "reason", textContent })));
  }
  if (OPEN.includes(phase)) parts.push(...invitation(room.code, link));
  return place.replaceChildren(...parts);
}

// How a phone comes to the vote.
export function invitation(code, link) {
  if (!link) {
    return [element("p", {
      className: "reason",
      textContent: "Phones reach this computer when the app is started with: "
        + "make serve HOST=0.0.0.0",
    })];
  }
  return [element("div", { className: "invitation" }, [
    element("img", { src: `stage/qr.svg?room=${code}`, alt: `QR code of ${link}` }),
    element("p", {}, [
      element("span", { textContent: link.replace(/^https?:\/\//, "").replace(/\?.*/, "") }),
      element("b", { textContent: code }),
    ]),
  ])];
}
