// A black pad to draw on in white; after each stroke Python gets its 56 x 56 grey values as one string.
const SIDE = 56;
export default function ({ data, parentElement, setStateValue }) {
  const canvas = parentElement.querySelector("canvas");
  if (canvas.ready) return;
  canvas.ready = true;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const clear = () => {
    pen.fillStyle = "#000";
    pen.fillRect(0, 0, canvas.width, canvas.height);
  };
  const small = document.createElement("canvas");
  small.width = small.height = SIDE;
  const tell = () => {
    const reduced = small.getContext("2d", { willReadFrequently: true });
    reduced.imageSmoothingQuality = "high";
    reduced.drawImage(canvas, 0, 0, SIDE, SIDE);
    const colours = reduced.getImageData(0, 0, SIDE, SIDE).data;
    setStateValue("pixels", Array.from({ length: SIDE * SIDE }, (_, place) => colours[4 * place]));
  };
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * canvas.width, ((event.clientY - box.top) / box.height) * canvas.height];
  };
  clear();
  if (data.pixels.length === SIDE * SIDE) {
    const before = small.getContext("2d").createImageData(SIDE, SIDE);
    data.pixels.forEach((grey, place) => before.data.set([grey, grey, grey, 255], 4 * place));
    small.getContext("2d").putImageData(before, 0, 0);
    pen.drawImage(small, 0, 0, canvas.width, canvas.height);
  }
  Object.assign(pen, { lineWidth: 22, lineCap: "round", lineJoin: "round", strokeStyle: "#fff" });
  canvas.onpointerdown = (event) => {
    canvas.setPointerCapture(event.pointerId);
    canvas.drawing = true;
    pen.beginPath();
    pen.moveTo(...place(event));
    pen.lineTo(...place(event));
    pen.stroke();
  };
  canvas.onpointermove = (event) => {
    if (!canvas.drawing) return;
    pen.lineTo(...place(event));
    pen.stroke();
  };
  canvas.onpointerup = () => {
    canvas.drawing = false;
    tell();
  };
  parentElement.querySelector("button").onclick = () => {
    clear();
    setStateValue("pixels", []);
  };
}
