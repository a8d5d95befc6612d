// Remembers where text is drawn on canvases, and reads where all text of a page stands.
// A text is {text, box: [left, top, right, bottom], type: its size} in CSS pixels of its picture.
(() => {
  const pen = CanvasRenderingContext2D.prototype;
  const { fillText, clearRect, drawImage } = pen;

  pen.fillText = function (text, x, y, ...rest) {
    const { a, d, e, f } = this.getTransform();
    const size = this.measureText(text);
    const [left, right] = [x - size.actualBoundingBoxLeft, x + size.actualBoundingBoxRight];
    const [top, bottom] = [y - size.actualBoundingBoxAscent, y + size.actualBoundingBoxDescent];
    const box = [a * left + e, d * top + f, a * right + e, d * bottom + f];
    const type = d * parseFloat(this.font.match(/[\d.]+px/)[0]);
    (this.canvas.written ??= []).push({ text: String(text), box, type });
    return fillText.call(this, text, x, y, ...rest);
  };

  pen.clearRect = function (...box) {
    this.canvas.written = [];
    return clearRect.call(this, ...box);
  };

  // A picture that was drawn aside brings its text with it.
  pen.drawImage = function (source, x, y, width, height) {
    const { a, d, e, f } = this.getTransform();
    const [across, down] = [width / source.width, height / source.height];
    for (const { text, box, type } of source.written ?? []) {
      const [left, top, right, bottom] = box;
      const moved = [
        a * (x + left * across) + e, d * (y + top * down) + f,
        a * (x + right * across) + e, d * (y + bottom * down) + f,
      ];
      (this.canvas.written ??= []).push({ text, box: moved, type: d * down * type });
    }
    return drawImage.call(this, source, x, y, width, height);
  };

  const everything = (root) => [...root.querySelectorAll("*")].flatMap((one) => {
    return one.shadowRoot ? [one, ...everything(one.shadowRoot)] : [one];
  });

  const onCanvas = (canvas) => {
    const { width, height } = canvas.getBoundingClientRect();
    const dots = canvas.width / width;
    const texts = canvas.written.filter(({ text }) => text.trim()).map(({ text, box, type }) => {
      return { text, box: box.map((side) => side / dots), type: type / dots };
    });
    const name = canvas.getAttribute("aria-label");
    return { kind: "cells", name, size: [width, height], texts };
  };

  // Of a chart's text the box without the room above and below its letters; none that is slanted.
  const inChart = (chart) => {
    const edge = chart.getBoundingClientRect();
    const texts = [...chart.querySelectorAll("text")].flatMap((one) => {
      const { a, b, c, d } = one.getScreenCTM();
      const shown = one.textContent.trim() && getComputedStyle(one).opacity !== "0";
      if (!shown || (Math.abs(a) > 1e-3 && Math.abs(b) > 1e-3)) return [];
      const { left, top, right, bottom } = one.getBoundingClientRect();
      const [inX, inY] =
        Math.abs(b) > 1e-3 ? [0.22 * (right - left), 0] : [0, 0.22 * (bottom - top)];
      const box = [left + inX - edge.left, top + inY - edge.top,
        right - inX - edge.left, bottom - inY - edge.top];
      const type = parseFloat(getComputedStyle(one).fontSize) * Math.hypot(c, d);
      return [{ text: one.textContent, box, type }];
    });
    const name = chart.closest("[class*=st-key]")?.className.match(/st-key-\S+/)[0];
    return { kind: "chart", name, size: [edge.width, edge.height], texts };
  };

  window.drawnText = () => {
    const all = everything(document);
    const canvases = all.filter((one) => one.tagName === "CANVAS" && one.written);
    const charts = all.filter((one) => one.matches("svg.marks") && one.clientWidth);
    return [...canvases.map(onCanvas), ...charts.map(inChart)];
  };
})();
