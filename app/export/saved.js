// Takes the place of Streamlit in a saved page: mounts each component as Streamlit does, and shows
// what Python has answered in advance.
const { mounted, answers } = await unpack(document.getElementById("shown").textContent);

// No other page and no address is there to show larger.
globalThis.presented = { hear: () => false, follow() {} };

const hosts = mounted.map(({ name }, number) => {
  const host = document.querySelector(`[data-mounted="${number}"]`);
  const shadow = host.attachShadow({ mode: "open" });
  shadow.append(document.getElementById(`of-${name}`).content.cloneNode(true));
  return shadow;
});

// Of the page's theme and type, where the app has those that Python knows.
const ofTheme = (name) => getComputedStyle(document.body).getPropertyValue(`--${name}`);

function draw(number, more = {}) {
  const { name, data } = mounted[number];
  const look = { font: ofTheme("st-font"), faint: ofTheme("faint"), line: ofTheme("line") };
  components[name]({
    data: { ...data, ...look, ...more },
    parentElement: hosts[number],
    setStateValue: (event, value) => hear(number, event, value),
    setTriggerValue() {},
  });
}

function hear(number, event, value) {
  if (mounted[number].name === "blend") {
    writeAlpha(value.value);
    draw(number, { count: value.count });
  }
  if (!answers || number !== answers.mounted || event !== answers.event) return;
  if (event === "moved") {
    show(answers.values.indexOf(value.value));
    draw(number, { value: value.value, count: value.count });
  } else if (event === "turned") {
    show(value.target);
    mounted[number].data.at = value.target;
    draw(number, { heard: value.count });
  } else {
    show(value.question, number);
    const { data } = answers.shown[value.question] ?? { data: mounted.map((one) => one.data) };
    const quiz = { ...data[number].quiz, answers: value.answers };
    mounted[number].data = data[number];
    draw(number, { quiz, heard: value.count, following: null });
  }
}

function show(index) {
  const shown = answers.shown[index];
  if (!shown) return;
  for (const [part, text] of Object.entries(shown.parts)) {
    document.querySelector(`[data-part="${part}"]`).innerHTML = answers.texts[text];
  }
}

// The caption says the opacity that is drawn.
function writeAlpha(alpha) {
  for (const caption of document.querySelectorAll(".caption p")) {
    caption.innerHTML = caption.innerHTML.replace(/alpha \d\.\d\d/, `alpha ${alpha.toFixed(2)}`);
  }
}

async function unpack(letters) {
  const bytes = Uint8Array.from(atob(letters), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

for (const number of mounted.keys()) draw(number);
document.documentElement.dataset.ready = "";
