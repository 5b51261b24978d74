// A grid of pictures to choose from: one tab stop, arrows between the cells, figures to say what is right.
//
// data: {label, cells: [{id, title, line, tone, mark, alt, image}], chosen, reveal, focus, shows, height, cell, keys, seen}
// Trigger `event`: {chosen: a cell's id, marks: [[number, a cell's id, one of `keys`], ...]}. Of events that follow each
// other quickly the program may see the last one alone: marks are sent again until `data.seen` has reached their number.
const STRETCH_MS = 150; // a held arrow key runs over cells without opening each

// Pictures of faces come once, through a component of their own, as they do not change with the answers.
const pictures = (window.aboveTheMaskPictures ??= new Map());
const mounted = new WeakMap();

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const list = parentElement.querySelector("[role=listbox]");
  const first = !mounted.has(list);
  if (first) mounted.set(list, { cells: new Map(), reveal: data.reveal, timer: 0, refill: () => fill(list), marks: [] });
  const state = mounted.get(list);
  state.marks = state.marks.filter(([number]) => number > data.seen);
  state.last = Math.max(state.last ?? 0, data.seen);
  if (first) window.addEventListener("above-the-mask-pictures", state.refill);
  list.setAttribute("aria-label", data.label);
  list.style.setProperty("--cell", `${data.cell}px`);
  list.style.maxHeight = data.height ? `min(${data.height}px, 45vh)` : "";
  drawCells(list, state, data);
  fill(list);

  const choose = (cell, wait) => {
    focusOn(list, cell);
    clearTimeout(state.timer);
    const send = () => {
      for (const other of list.children) other.setAttribute("aria-selected", String(other === cell));
      setTriggerValue("event", { chosen: cell.dataset.id, marks: state.marks });
    };
    if (wait) state.timer = setTimeout(send, wait);
    else send();
  };
  list.onclick = (event) => {
    const cell = event.target.closest("[role=option]");
    if (cell) choose(cell, 0);
  };
  list.onkeydown = (event) => {
    const cell = event.target.closest("[role=option]");
    if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = neighbour(list, cell, event.key);
    if (next) choose(next, STRETCH_MS);
    else if (event.key === "Enter" || event.key === " ") choose(cell, 0);
    else if (data.keys.includes(event.key)) {
      state.marks.push([++state.last, cell.dataset.id, event.key]);
      choose(cell.nextElementSibling ?? cell, 0);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const chosen = state.cells.get(data.chosen);
  if (chosen && data.focus !== (state.focus ?? data.focus)) focusOn(list, chosen);
  state.focus = data.focus;
  const asked = data.reveal !== state.reveal;
  if (chosen && (first || asked) && list.getRootNode().activeElement !== chosen) {
    list.scrollTop = Math.max(0, chosen.offsetTop - list.offsetTop - list.clientHeight / 3);
  }
  if (asked) {
    state.reveal = data.reveal;
    for (const wait of [50, 400]) setTimeout(() => show(document.querySelector(`.st-key-${data.shows}`)), wait);
  }
  return () => {
    window.removeEventListener("above-the-mask-pictures", state.refill);
    mounted.delete(list);
  };
}

function drawCells(list, state, data) {
  const wanted = new Set(data.cells.map((cell) => cell.id));
  const held = list.getRootNode().activeElement?.dataset?.id;
  for (const [id, cell] of state.cells) {
    if (wanted.has(id)) continue;
    cell.remove();
    state.cells.delete(id);
  }
  data.cells.forEach((facts, place) => {
    let cell = state.cells.get(facts.id);
    if (!cell) {
      cell = newCell(facts.id);
      state.cells.set(facts.id, cell);
    }
    const text = JSON.stringify(facts);
    if (cell.facts !== text) write(cell, facts);
    cell.facts = text;
    cell.setAttribute("aria-selected", String(facts.id === data.chosen));
    if (list.children[place] !== cell) list.insertBefore(cell, list.children[place] ?? null);
  });
  const cells = [...list.children];
  const stop = cells.find((cell) => cell.dataset.id === (held ?? data.chosen)) ?? cells[0];
  for (const cell of cells) cell.tabIndex = cell === stop ? 0 : -1;
  // What had the focus was removed, or filtered out: the focus stays in the gallery.
  if (held && !wanted.has(held)) stop?.focus({ preventScroll: true });
}

function newCell(id) {
  const cell = document.createElement("div");
  cell.setAttribute("role", "option");
  cell.dataset.id = id;
  for (const part of ["picture", "title", "line", "mark"]) {
    const element = document.createElement(part === "picture" ? "img" : "span");
    element.className = part;
    cell.append(element, " ");
  }
  return cell;
}

function write(cell, facts) {
  const [picture, title, line, mark] = cell.children;
  picture.alt = "";
  picture.dataset.from = facts.image || facts.id;
  title.textContent = facts.title;
  line.textContent = facts.line;
  mark.dataset.text = facts.mark; // drawn by the style sheet: the name of the cell says it already
  mark.hidden = !facts.mark;
  cell.dataset.tone = facts.tone;
  cell.title = facts.alt;
  cell.setAttribute("aria-label", facts.alt);
}

function fill(list) {
  for (const picture of list.querySelectorAll("img")) {
    const from = picture.dataset.from;
    const source = from.startsWith("data:") ? from : pictures.get(from);
    if (source && picture.getAttribute("src") !== source) picture.src = source;
    picture.hidden = !source;
  }
}

function neighbour(list, cell, key) {
  const cells = [...list.children];
  const place = cells.indexOf(cell);
  const across = Math.max(1, cells.filter((other) => other.offsetTop === cells[0].offsetTop).length);
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across };
  if (key in steps) return cells[place + steps[key]] ?? cell;
  return { Home: cells[0], End: cells.at(-1) }[key];
}

function focusOn(list, cell) {
  for (const other of list.children) other.tabIndex = other === cell ? 0 : -1;
  cell.focus({ preventScroll: true });
  const { offsetTop: top, offsetHeight: height } = cell;
  if (top - list.offsetTop < list.scrollTop) list.scrollTop = top - list.offsetTop;
  const below = top - list.offsetTop + height - list.clientHeight;
  if (below > list.scrollTop) list.scrollTop = below;
}

// Bring what was asked for into the window: not at all where it is there, else as little as shows its beginning.
function show(element) {
  if (!element) return;
  const { top, bottom } = element.getBoundingClientRect();
  const room = window.innerHeight;
  if (top >= 0 && (bottom <= room || top < room / 3)) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollIntoView({ block: bottom - top < room && top > 0 ? "end" : "start", behavior: calm ? "auto" : "smooth" });
}
