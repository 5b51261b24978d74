// Says new answers to those who listen to the page, and asks before a page with pictures in it is left.
const ask = (event) => event.preventDefault();

export default function ({ data, parentElement }) {
  const region = parentElement.querySelector("[role=status]");
  if (region.textContent !== data.text) region.textContent = data.text;
  if (data.asks) window.addEventListener("beforeunload", ask);
  else if (data.asks === false) window.removeEventListener("beforeunload", ask);
}
