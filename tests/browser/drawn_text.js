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
    this.canvas.drawnAs = this.canvas.width;
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
  const above = (one) => one.assignedSlot ?? one.parentElement ?? one.getRootNode().host;
  const placeOf = (one) => one.closest("[class*=st-key]")?.className.match(/st-key-\S+/)[0];

  // Where a picture's coordinates begin on the page, and its size.
  const framed = (one) => {
    const { left, top, width, height } = one.getBoundingClientRect();
    return { at: [left, top], size: [width, height] };
  };

  const onCanvas = (canvas) => {
    const frame = framed(canvas);
    const dots = canvas.width / frame.size[0];
    const texts = canvas.written.filter(({ text }) => text.trim()).map(({ text, box, type }) => {
      return { text, box: box.map((side) => side / dots), type: type / dots };
    });
    return { kind: "cells", name: canvas.getAttribute("aria-label"), ...frame, texts };
  };

  // The box without the room above and below its letters.
  const ofLetters = ({ left, top, right, bottom }, standing = false) => {
    const [inX, inY] = standing ? [0.22 * (right - left), 0] : [0, 0.22 * (bottom - top)];
    return [left + inX, top + inY, right - inX, bottom - inY];
  };

  // Of a chart's text none that is slanted, nor the paper around words.
  const inChart = (chart) => {
    const frame = framed(chart);
    const [x, y] = frame.at;
    const texts = [...chart.querySelectorAll("text:not([stroke])")].flatMap((one) => {
      const { a, b, c, d } = one.getScreenCTM();
      const shown = one.textContent.trim() && getComputedStyle(one).opacity !== "0";
      if (!shown || (Math.abs(a) > 1e-3 && Math.abs(b) > 1e-3)) return [];
      const inPage = ofLetters(one.getBoundingClientRect(), Math.abs(b) > 1e-3);
      const box = inPage.map((side, index) => side - [x, y][index % 2]);
      const type = parseFloat(getComputedStyle(one).fontSize) * Math.hypot(c, d);
      return [{ text: one.textContent, box, type }];
    });
    return { kind: "chart", name: placeOf(chart), ...frame, texts };
  };

  const TYPED = "input:not([type=range], [type=checkbox], [type=radio], [type=file]), textarea";
  // A closed panel lies beside the screen.
  const isSeen = (one) => one.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    && !one.closest("[data-testid=stSidebar][data-collapsed=true]")
    && clipsOf(one).every(({ box }) => box.width > 2 && box.height > 2);
  const MUTE = "script, style, option, noscript, svg.marks *, [data-testid=stIconMaterial]";

  const ROLLED = ".code > *"; // lines in a box of their own, which is rolled while the page rests

  // What cuts off an element: the boxes around it that show no more than what lies in them.
  const clips = new Map();
  const clipsOf = (one) => {
    if (!one) return [];
    if (!clips.has(one)) {
      const { overflowX, overflowY } = getComputedStyle(one);
      const box = one.getBoundingClientRect();
      const own = overflowX === "visible" && overflowY === "visible"
        ? [] : [{ box, rolls: /auto|scroll/.test(overflowY), isOwn: one.matches(ROLLED) }];
      clips.set(one, [...own, ...clipsOf(above(one))]);
    }
    return clips.get(one);
  };
  const isCut = ([left, top, right, bottom], around) => {
    const rolls = around.findIndex((one) => one.rolls); // what lies below is reached by rolling
    return left < -0.5 || right > innerWidth + 0.5 || around.some(({ box }, index) => {
      const aside = left < box.left - 1 || right > box.right + 1;
      const isWhole = rolls >= 0 && rolls <= index;
      return aside || (!isWhole && (top < box.top - 1 || bottom > box.bottom + 1));
    });
  };

  const isRolledAway = ([, top, , bottom], around) => around.some(({ box, isOwn }) => {
    return isOwn && (top < box.top - 1 || bottom > box.bottom + 1);
  });

  // Whether something that is no part of it lies over the middle of a text on the screen.
  const isCovered = (one, [left, top, right, bottom]) => {
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    const over = one.getRootNode().elementFromPoint(x, y);
    if (!over || over.contains(one) || one.contains(over)) return false;
    for (let up = one; up; up = above(up)) if (up === over) return false;
    if (over.closest(".katex")) return false; // a formula's struts are higher than what is seen
    return !over.closest("label, button")?.contains(one) && over.textContent.trim() !== "";
  };

  const written = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) nodes.push(walker.currentNode);
    return nodes.filter((node) => node.data.trim() && !node.parentElement?.closest(MUTE));
  };

  // Its words that go on in another line; code may break anywhere.
  const brokenWords = (node) => {
    if (node.parentElement?.closest("code, pre")) return [];
    const range = document.createRange();
    return [...node.data.matchAll(/[\p{L}\p{N}]{2,}/gu)].filter(({ 0: word, index }) => {
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const tops = [...range.getClientRects()].map(({ top }) => top);
      return Math.max(...tops) - Math.min(...tops) > 2;
    }).map(([word]) => word);
  };

  // Lines of text and what is typed into fields, in coordinates of the page.
  const lines = () => {
    clips.clear();
    document.querySelector("[data-testid=stMain]").scrollTop = 0; // nothing lies under the head
    const all = everything(document.body);
    const roots = [document.body, ...all.map((one) => one.shadowRoot).filter(Boolean)];
    const texts = roots.flatMap(written).map((node) => {
      const range = document.createRange();
      range.selectNodeContents(node);
      const holder = node.parentElement ?? node.getRootNode().host;
      const boxes = [...range.getClientRects()];
      return [holder, node.data.trim(), boxes, boxes.length > 1 ? brokenWords(node) : []];
    });
    const fields = all.filter((one) => one.matches(TYPED) && (one.value || one.placeholder)).map(
      (one) => [one, one.value || one.placeholder, [one.getBoundingClientRect()], []]);
    const seen = [...texts, ...fields].filter(([one]) => isSeen(one));
    return seen.flatMap(([one, text, boxes, broken]) => {
      const around = clipsOf(one);
      const type = parseFloat(getComputedStyle(one).fontSize);
      const long = one.matches(TYPED) && one.scrollWidth > one.clientWidth + 1;
      const there = boxes.filter(({ width }) => width > 1).map((line) => ofLetters(line));
      return there.filter((box) => !isRolledAway(box, around)).map((box) => {
        const isLost = (long && one.tagName !== "TEXTAREA") || isCut(box, around);
        const about = { text: text.slice(0, 60), box, type, broken };
        return { ...about, isLost, isCovered: isCovered(one, box) };
      });
    });
  };

  window.drawnText = () => {
    const all = everything(document);
    const canvases = all.filter((one) => one.tagName === "CANVAS" && one.written);
    const charts = all.filter((one) => one.matches("svg.marks") && one.clientWidth);
    return [...canvases.map(onCanvas), ...charts.map(inChart)];
  };

  window.pageText = () => {
    const { scrollWidth, clientWidth } = document.querySelector("[data-testid=stMain]");
    const aside = scrollWidth - clientWidth; // how far it slides sideways
    return { kind: "page", name: "page", size: [innerWidth, 1e6], texts: lines(), aside };
  };
  // Of the page, not of its panel.
  const isPicture = (one) => one.matches("canvas, svg.marks, img") && one.clientWidth > 40;
  const pictures = () => {
    return everything(document.querySelector("[data-testid=stMain]")).filter(isPicture);
  };
  window.pictureWidths = () => pictures().map((one) => one.getBoundingClientRect().width);

  // Has another size than its text was drawn for, until the next frame.
  const isStale = (one) => one.drawnAs && one.drawnAs !== one.width;

  // A panel that slides in or out, but nothing that goes round for ever.
  const isMoving = () => document.getAnimations().some((one) => {
    return one.playState === "running" && one.effect.getComputedTiming().endTime !== Infinity;
  });

  const LATE = 1_000; // milliseconds: the frame of a page that is not in front
  const pause = (wait) => new Promise((resolve) => { setTimeout(resolve, wait); });
  const frame = () => new Promise(requestAnimationFrame);

  // Until no picture, panel, page or row of chapters has changed its size for longer than a grid
  // waits with its own (THEMED of app/components/grids/listen.js), nothing moves, and every canvas
  // is drawn. A busy machine draws no frame for a while: that is no rest.
  window.settledSize = async (quiet = 250, step = 100) => {
    const size = () => JSON.stringify([...pictures(), ...document.querySelectorAll(
      "[data-testid=stSidebar], [data-testid=stMain], [data-testid=stMainBlockContainer], header a",
    )].map((one) => [
      ...Object.values(one.getBoundingClientRect().toJSON()),
      one.matches("svg") && one.innerHTML.length, // a chart that is laid out anew
    ]));
    let [last, looks] = [size(), 0];
    while (looks * step < quiet || isMoving() || pictures().some(isStale)) {
      await pause(step);
      await Promise.race([frame(), pause(LATE)]);
      const now = size();
      looks = now === last ? looks + 1 : 0;
      last = now;
    }
  };
})();
