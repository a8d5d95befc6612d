// What is typed into a field for a number and is none, like 1e or 1e999: a browser has no text of
// it to tell, and Streamlit takes it for an emptied field.
const FIELD = "[data-testid=stNumberInputField]";
const UNREADABLE = "1.7e308"; // which no field takes; app/ui/number_field.py knows it

// Before Streamlit takes what a field holds: Python is told that there is no number.
export function tellUnreadable(field) {
  if (!field.matches?.(FIELD) || !field.validity.badInput) return;
  const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
  set.call(field, UNREADABLE); // React hears of no other way
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
