// A black square to draw on in white. After each stroke Python gets its 56 x 56 grey values.
const SIDE = 56;
const READ = { willReadFrequently: true };
const DOT = 0.1; // length of a tap's stroke: one of no length is not drawn
const STROKE = { lineWidth: 22, lineCap: "round", lineJoin: "round", strokeStyle: "#fff" };

export default function ({ data, parentElement, setStateValue }) {
  const canvas = parentElement.querySelector("canvas");
  if (canvas.ready) return;
  canvas.ready = true;
  const pen = canvas.getContext("2d", READ);
  const small = document.createElement("canvas");
  small.width = small.height = SIDE;
  const smallPen = small.getContext("2d", READ);
  smallPen.imageSmoothingQuality = "high";
  clear(canvas, pen);
  if (data.pixels.length === SIDE * SIDE) {
    writePixels(smallPen, data.pixels);
    pen.drawImage(small, 0, 0, canvas.width, canvas.height);
  }
  Object.assign(pen, STROKE);
  const tell = () => {
    smallPen.drawImage(canvas, 0, 0, SIDE, SIDE);
    setStateValue("pixels", readPixels(smallPen));
  };
  listenToStrokes(canvas, pen, tell, data.live ? inFrames(tell) : () => {});
  parentElement.querySelector("button").onclick = () => {
    pen.beginPath(); // of a stroke that is being drawn nothing stays
    clear(canvas, pen);
    setStateValue("pixels", []);
  };
}

// Once a frame at most, however often it is asked for.
function inFrames(tell) {
  let frame = null;
  return () => {
    frame ??= requestAnimationFrame(() => {
      frame = null;
      tell();
    });
  };
}

function clear(canvas, pen) {
  pen.fillStyle = "#000";
  pen.fillRect(0, 0, canvas.width, canvas.height);
}

// Grey values 0..255, row by row; four bytes a pixel on the canvas: red, green, blue, opacity.
function writePixels(pen, pixels) {
  const image = pen.createImageData(SIDE, SIDE);
  pixels.forEach((value, index) => image.data.set([value, value, value, 255], 4 * index));
  pen.putImageData(image, 0, 0);
}

function readPixels(pen) {
  const { data } = pen.getImageData(0, 0, SIDE, SIDE);
  return Array.from({ length: SIDE * SIDE }, (_, index) => data[4 * index]);
}

// From the page to the canvas, which has its own number of pixels.
function pointOf(canvas, event) {
  const box = canvas.getBoundingClientRect();
  const across = (event.clientX - box.left) / box.width;
  const down = (event.clientY - box.top) / box.height;
  return [across * canvas.width, down * canvas.height];
}

// One stroke is one pointer with its main button: it begins inside, draws while it is held, and
// ends when it is let go or taken away. What it has drawn is told in either case.
function listenToStrokes(canvas, pen, ended, moved) {
  let pointer = null;
  const lineTo = (event) => {
    pen.lineTo(...pointOf(canvas, event));
    pen.stroke();
    moved();
  };
  const end = (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    ended();
  };
  canvas.onpointerdown = (event) => {
    if (pointer !== null || event.button !== 0) return;
    pointer = event.pointerId;
    const [across, down] = pointOf(canvas, event);
    pen.beginPath();
    pen.moveTo(across, down);
    pen.lineTo(across + DOT, down);
    pen.stroke();
    canvas.setPointerCapture(pointer);
  };
  canvas.onpointermove = (event) => {
    if (event.pointerId !== pointer) return;
    if (event.buttons & 1) lineTo(event);
    else end(event); // let go where the page did not hear of it
  };
  canvas.onpointerup = (event) => {
    if (event.button === 0) end(event);
  };
  canvas.onpointercancel = canvas.onlostpointercapture = canvas.onpointerleave = end;
}
