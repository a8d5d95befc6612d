// Saved pages in Firefox: opens files from the disk, uses them, and tells what they show.
// node firefox.mjs PUPPETEER FIREFOX FOLDER; each line of its output is one answer as JSON.
const [puppeteerPath, executablePath, folder] = process.argv.slice(2);
const { default: puppeteer } = await import(puppeteerPath);
const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });
const page = await browser.newPage();
const said = [];
page.on("console", (message) => said.push(message.text()));
page.on("pageerror", (error) => said.push(error.message));
page.on("request", (request) => {
  if (request.url().startsWith("http")) said.push(request.url());
});

async function open(name) {
  await page.goto(`file://${folder}/${name}.html`);
  await page.waitForSelector("html[data-ready]");
}

// What a component or the page itself shows.
const text = (selector) => page.evaluate((selector) => {
  const roots = [document, ...[...document.querySelectorAll("[data-mounted]")].map((host) => {
    return host.shadowRoot;
  })];
  return roots.map((root) => root.querySelector(selector)).find(Boolean)?.textContent;
}, selector);

const slide = (value) => page.evaluate((value) => {
  const hosts = [...document.querySelectorAll("[data-mounted]")];
  const slider = hosts.map((host) => host.shadowRoot.querySelector("input")).find(Boolean);
  slider.value = value;
  for (const name of ["input", "change"]) slider.dispatchEvent(new Event(name));
}, value);

const tell = (name, found) => process.stdout.write(`${JSON.stringify([name, found])}\n`);

await open("convolution_steps");
await page.keyboard.press("ArrowRight");
await page.waitForFunction(() => {
  const [host] = document.querySelectorAll("[data-mounted]");
  return host.shadowRoot.querySelector(".sentence").textContent.includes("column 2");
});
tell("steps", await text(".sentence"));
await open("attack_live");
await slide(56);
await page.waitForFunction(() => document.body.textContent.includes("epsilon 56 of 255"));
tell("live", await text(".caption"));
await open("cam_map");
await slide(0.8);
tell("map", await text(".caption"));
tell("said", said);
await browser.close();
