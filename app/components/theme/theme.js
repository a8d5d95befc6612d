// Pictures and charts have the colours of the theme that the server drew them for: where the page
// has another one, it is asked for anew.
export default function ({ data, setTriggerValue }) {
  const app = document.querySelector("[data-testid=stApp]");
  if (!app.theme) {
    app.theme = { asked: "" };
    // Streamlit gives its app another class with another theme.
    const seen = new MutationObserver(() => compare(app));
    seen.observe(app, { attributes: true, attributeFilter: ["class"] });
  }
  Object.assign(app.theme, { drawn: data.drawn, ask: setTriggerValue });
  compare(app);
}

// Asks once for a theme, whatever the server answers.
function compare(app) {
  const { theme } = app, { colorScheme } = getComputedStyle(app);
  if (colorScheme === theme.drawn) theme.asked = "";
  else if (colorScheme !== theme.asked) {
    theme.asked = colorScheme;
    theme.ask("changed", true);
  }
}
