// Probabilities of the ten classes as bars, one or two a class: before and after.
import { element, percent } from "./dom.js";

export function bars(names, title) {
  const rows = Array.from({ length: 10 }, (_, label) => {
    const pairs = names.map((name) => {
      const bar = element("span", { className: `bar ${name}` });
      const text = element("span", { className: "share" });
      return { bar, text, whole: element("span", { className: "line" }, bar, text) };
    });
    const lines = element("span", { className: "lines" }, ...pairs.map(({ whole }) => whole));
    const name = element("b", { textContent: label });
    const whole = element("div", { className: "class" }, name, lines);
    return { whole, pairs };
  });
  const key = names.length > 1
    ? names.map((name) => element("span", { className: `key ${name}`, textContent: name }))
    : [];
  const table = element("div", { className: "bars" }, ...rows.map(({ whole }) => whole));
  const head = element("p", { className: "barhead" }, title, ...key);
  const all = element("section", {}, head, table);
  // One list of ten probabilities for each name.
  all.draw = (...shares) => rows.forEach(({ whole, pairs }, label) => {
    whole.classList.toggle("most", shares.at(-1)[label] === Math.max(...shares.at(-1)));
    pairs.forEach(({ bar, text }, index) => {
      bar.style.width = `${100 * shares[index][label]}%`;
      text.textContent = percent(shares[index][label]);
    });
  });
  return all;
}
