// What there is to look at while Studio starts: the workflow of the address, drawn as the pages beside Studio draw it.
import { Canvas, View, zoomButtons } from './canvas.js';
import { chainsOf, lay } from './drawing.js';
import { make } from './service.js';

/** Studio draws a box for each activity or state of these and so shows that it is there; of anything else no sketch would know when to go. */
const Kinds = ['Elsa.Flowchart', 'Elsa.StateMachine'];

/**
 * @param waiting ids of the activities that the instance which is shown waits at
 * @returns whether there is anything to draw
 */
export function sketch(host, { name, definitionId, root }, waiting = []) {
  if (!Kinds.includes(root?.type))
    return false;
  const drawing = lay([root]);
  const [side] = drawing.sides;
  if (side.boxes.length === 0)
    return false;
  const view = new View();
  const marked = new Set(waiting.flatMap(id => chainsOf(drawing.owners, side)(`node:${id}`)));
  const canvas = new Canvas({
    label: 'The workflow', side, width: drawing.width, view, onPick: key => canvas.pick(key),
    notes: key => marked.has(key) && !key.startsWith('transition:') ? { marks: 'is-within', words: 'waits here' } : null,
  });
  host.replaceChildren(make('div', { class: 'sb-tools' }, make('h1', {}, name || definitionId), zoomButtons(view, drawing)), make('figure', {}, canvas.element));
  host.hidden = false;
  view.fit(drawing);
  return true;
}
