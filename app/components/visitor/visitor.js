// The browser keeps under which name the server knows the trainings of this visitor.
export default function ({ data }) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${data.name}=${data.id}; Path=/; SameSite=Strict${secure}`;
}
