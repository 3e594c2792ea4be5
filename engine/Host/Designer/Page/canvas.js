// Draws what drawing.js has laid out, as SVG that can be moved, enlarged and walked through with the keyboard.
import { draw, make } from './service.js';

const Letter = 7.2; // the width of a letter of a title, at the most
let canvases = 0;

/** One point of view for all canvases beside each other: what is moved in one moves in all. */
export class View {
  #canvases = [];
  #at = { x: 0, y: 0, scale: 1 };

  add(canvas) { this.#canvases.push(canvas); }

  pan(dx, dy) { this.#go({ ...this.#at, x: this.#at.x + dx, y: this.#at.y + dy }); }

  /** Around a point of the canvas, by default its middle. */
  zoom(factor, point) {
    const { width, height } = this.#canvases[0].size;
    const { x, y } = point ?? { x: width / 2, y: height / 2 };
    const scale = Math.min(4, Math.max(.05, this.#at.scale * factor));
    const by = scale / this.#at.scale;
    this.#go({ scale, x: x - (x - this.#at.x) * by, y: y - (y - this.#at.y) * by });
  }

  /** All of the drawing's width, from its top; small drawings are not blown up. */
  fit({ width }) {
    const scale = Math.min(1, Math.max(.2, (this.#canvases[0].size.width - 40) / Math.max(1, width)));
    this.#go({ scale, x: 20, y: 16 });
  }

  centre({ x, y, w = 0, h = 0 }) {
    const { width, height } = this.#canvases[0].size;
    const scale = Math.max(.6, this.#at.scale);
    this.#go({ scale, x: width / 2 - (x + w / 2) * scale, y: height / 2 - (y + h / 2) * scale });
  }

  #go(at) {
    this.#at = at;
    for (const canvas of this.#canvases)
      canvas.place(at);
  }
}

/** A drawing of one side. Every box can be reached with Tab; arrows move the drawing, + and − enlarge it, 0 shows all. */
export class Canvas {
  #ground = draw('g');
  #parts = new Map(); // by key: the element, where it stands, and what is said of it

  /**
   * @param side {boxes, edges, frames} of drawing.js
   * @param notes of a key: {marks, words, title}: how it is marked, by classes and by words
   * @param onPick called with the key of a box or a line that somebody chose
   */
  constructor({ label, side, width, notes, view, onPick }) {
    const arrow = `sb-arrow-${++canvases}`;
    this.view = view;
    this.width = width;
    this.element = draw('svg', { class: 'sb-canvas', tabindex: '0', role: 'group', 'aria-label': `${label}. Arrow keys move it, plus and minus enlarge it, 0 shows all.` },
      draw('defs', {}, draw('marker', { id: arrow, viewBox: '0 0 10 10', refX: 9, refY: 5, markerWidth: 10, markerHeight: 10, markerUnits: 'userSpaceOnUse', orient: 'auto-start-reverse' }, draw('path', { d: 'M0 0L10 5L0 10z' }))),
      this.#ground);
    this.#ground.append(
      ...side.frames.map(frame => draw('g', { class: 'sb-frame' },
        draw('rect', { x: frame.x - 10, y: frame.y, width: Math.max(frame.width, width) + 20, height: frame.height + 14, rx: 8 }),
        draw('text', { x: frame.x, y: frame.y + 20 }, frame.title))),
      ...side.boxes.filter(box => box.kind === 'group').map(box => this.#box(box, onPick)),
      ...side.edges.map(edge => this.#edge(edge, onPick, arrow)),
      ...side.boxes.filter(box => box.kind !== 'group').map(box => this.#box(box, onPick)));
    this.mark(notes);
    view.add(this);
    this.#listen();
  }

  get size() { return this.element.getBoundingClientRect(); }

  place({ x, y, scale }) {
    this.#ground.setAttribute('transform', `translate(${x} ${y}) scale(${scale})`);
  }

  placeOf(key) { return this.#parts.get(key)?.place; }

  pick(key) {
    for (const part of this.#ground.querySelectorAll('[aria-current]'))
      part.removeAttribute('aria-current');
    this.#parts.get(key)?.part.setAttribute('aria-current', 'true');
  }

  /** Marks anew what was drawn: badges, classes and what screen readers say. */
  mark(notes) {
    for (const [key, { part, name, badgeAt }] of this.#parts) {
      const { marks = '', words = '', title: more = '' } = notes(key) ?? {};
      part.setAttribute('class', `${part.dataset.kind} ${marks}`);
      part.querySelector('.sb-badge')?.remove();
      if (words)
        part.append(badge(words, ...badgeAt));
      part.querySelector('title').textContent = [`${name}${words ? `: ${words}` : ''}`, more].filter(Boolean).join('\n');
      if (part.dataset.kind === 'sb-edge') // a line that says nothing is no stop on the way through
        part.setAttribute('tabindex', marks || part.querySelector('.sb-label') ? '0' : '-1');
    }
  }

  #box(box, onPick) {
    const room = Math.floor((box.w - 24) / Letter);
    const cut = (text, letters) => text.length > letters ? `${text.slice(0, Math.max(1, letters - 1))}…` : text;
    const type = `${box.type}${box.holds > 0 && box.kind === 'node' ? ` · holds ${box.holds}` : ''}`;
    const part = draw('g', { class: `sb-box sb-${box.kind}`, 'data-kind': `sb-box sb-${box.kind}`, 'data-key': box.key, transform: `translate(${box.x} ${box.y})`, ...reachable(() => onPick(box.key)) },
      draw('title'),
      draw('rect', { width: box.w, height: box.h, rx: box.kind === 'state' ? 20 : 6 }),
      box.slot ? draw('text', { class: 'sb-slot', x: 2, y: -6 }, box.slot) : null,
      draw('text', { class: 'sb-name', x: 12, y: 24 }, cut(box.title, room)),
      draw('text', { class: 'sb-type', x: 12, y: 42 }, cut(type, Math.floor(room * 1.2))));
    this.#parts.set(box.key, { part, place: box, name: `${box.slot ? `${box.slot} ` : ''}${box.title}, ${type}`, badgeAt: [box.w - 8, -9, 'end'] });
    return part;
  }

  #edge(edge, onPick, arrow) {
    const d = edge.path.map(([command, ...points]) => command + points.map(({ x, y }) => `${round(x)} ${round(y)}`).join(' ')).join('');
    const part = draw('g', { class: 'sb-edge', 'data-kind': 'sb-edge', 'data-key': edge.key, ...reachable(() => onPick(edge.key)) },
      draw('title'),
      draw('path', { class: 'sb-reach', d }),
      draw('path', { class: 'sb-line', d, 'marker-end': `url(#${arrow})` }),
      edge.label ? draw('text', { class: 'sb-label', x: edge.at.x, y: edge.at.y - 3, 'text-anchor': 'middle' }, edge.label) : null);
    this.#parts.set(edge.key, { part, place: edge.at, name: edge.label || edge.key.replace(/^\w+:/, ''), badgeAt: [edge.at.x, edge.at.y + 3, 'middle'] });
    return part;
  }

  #listen() {
    const { element, view } = this;
    let from = null;
    element.addEventListener('pointerdown', event => {
      if (event.button === 0)
        from = { x: event.clientX, y: event.clientY, far: false };
    });
    element.addEventListener('pointermove', event => {
      if (!from)
        return;
      if (!from.far && Math.hypot(event.clientX - from.x, event.clientY - from.y) < 4)
        return;
      if (!from.far)
        element.setPointerCapture(event.pointerId); // not before: a capture takes the click from what was clicked
      view.pan(event.clientX - from.x, event.clientY - from.y);
      from = { x: event.clientX, y: event.clientY, far: true };
    });
    for (const end of ['pointerup', 'pointercancel'])
      element.addEventListener(end, () => from = null);
    element.addEventListener('wheel', event => {
      event.preventDefault();
      const { left, top } = this.size;
      view.zoom(Math.exp(-event.deltaY / 600), { x: event.clientX - left, y: event.clientY - top });
    }, { passive: false });
    const keys = {
      ArrowLeft: () => view.pan(60, 0), ArrowRight: () => view.pan(-60, 0), ArrowUp: () => view.pan(0, 60), ArrowDown: () => view.pan(0, -60),
      '+': () => view.zoom(1.25), '=': () => view.zoom(1.25), '-': () => view.zoom(.8), 0: () => view.fit(this),
    };
    element.addEventListener('keydown', event => {
      if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey)
        return;
      event.preventDefault();
      keys[event.key]();
    });
  }
}

/** The buttons for whoever has no wheel. */
export function zoomButtons(view, drawing) {
  const button = (text, label, work) => make('button', { type: 'button', title: label, 'aria-label': label, onclick: work }, text);
  return make('span', { class: 'sb-zoom', role: 'group', 'aria-label': 'Size of the drawing' },
    button('−', 'Smaller', () => view.zoom(.8)), button('+', 'Larger', () => view.zoom(1.25)), button('Fit', 'Fit: show all', () => view.fit(drawing)));
}

function reachable(work) {
  return {
    tabindex: '0', role: 'button', onclick: work,
    onkeydown: event => {
      if (event.key !== 'Enter' && event.key !== ' ')
        return;
      event.preventDefault();
      work();
    },
  };
}

function badge(words, x, y, anchor) {
  const width = words.length * 6.4 + 12;
  const left = anchor === 'end' ? x - width : x - width / 2;
  return draw('g', { class: 'sb-badge' },
    draw('rect', { x: left, y, width, height: 17, rx: 8 }),
    draw('text', { x: left + width / 2, y: y + 12, 'text-anchor': 'middle' }, words));
}

const round = value => Math.round(value * 10) / 10;
