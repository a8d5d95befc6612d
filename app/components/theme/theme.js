// Pictures and charts have the colours of the theme that the server drew them for: when the page
// takes another theme, it is asked for anew.
export default function ({ setTriggerValue }) {
  const app = document.querySelector("[data-testid=stApp]");
  const scheme = () => getComputedStyle(app).colorScheme;
  if (app.theme) {
    app.theme.ask = setTriggerValue;
    return;
  }
  app.theme = { drawn: scheme(), ask: setTriggerValue };
  // Streamlit gives its app another class with another theme.
  new MutationObserver(() => {
    if (scheme() === app.theme.drawn) return;
    app.theme.drawn = scheme();
    app.theme.ask("changed", true);
  }).observe(app, { attributes: true, attributeFilter: ["class"] });
}
