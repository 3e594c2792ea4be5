// Where everything of a workflow stands when it is drawn: one frame for each flowchart, state machine and sequence, one below
// the other. Several versions are laid out together, so that what is the same stands at the same place in each.
const Width = 190, Height = 58, Gap = 46, Head = 34, Columns = 5;

/** Members of an activity that hold no activities, whatever they look like. */
const Leaves = new Set(['expression', 'metadata', 'customProperties', 'variables', 'connections', 'memoryReference', 'variable']);

/**
 * @param roots the root activity of each version, null where there is none
 * @returns {{width, height, owners: Map, sides: {boxes, edges, frames}[]}} owners: of each frame the key of what it shows the inside of
 */
export function lay(roots) {
  const frames = new Map();
  const owners = new Map();
  const open = (side, activity, title, owner) => {
    const kind = kindOf(activity);
    const key = `${kind}:${activity.id}`;
    if (!frames.has(key))
      frames.set(key, { key, kind, title, sides: roots.map(() => null) });
    frames.get(key).sides[side] = activity;
    if (owner)
      owners.set(key, owner);
  };
  const row = (side, key, title, slots) => {
    if (!frames.has(key))
      frames.set(key, { key, kind: 'slots', title, sides: roots.map(() => null) });
    frames.get(key).sides[side] = slots;
    owners.set(key, key.slice('slots:'.length));
  };
  roots.forEach((root, side) => root && open(side, root, nameOf(root)));
  const sides = roots.map(() => ({ boxes: [], edges: [], frames: [] }));
  let width = 0, top = 0;
  for (const frame of frames.values()) { // grows while frames find what is inside them
    const placed = kinds[frame.kind](frame.sides, { open, row, title: frame.title, owned: owners.has(frame.key) });
    const size = extent(placed);
    placed.forEach((part, side) => {
      if (!part)
        return;
      const to = shift(part, -size.x, top + Head - size.y);
      sides[side].frames.push({ key: frame.key, title: frame.title, x: 0, y: top, width: size.width, height: Head + size.height });
      sides[side].boxes.push(...to.boxes.map(box => ({ ...box, frame: frame.key })));
      sides[side].edges.push(...to.edges.map(edge => ({ ...edge, frame: frame.key })));
    });
    width = Math.max(width, size.width);
    top += Head + size.height + Gap;
  }
  return { width, height: Math.max(0, top - Gap), owners, sides };
}

export const nameOf = activity => activity.metadata?.displayText || activity.name || `${activity.type ?? activity.id ?? ''}`.split('.').at(-1);

/** The activities inside one, each with the slot that it is in. */
export function inside(activity) {
  const found = [];
  const look = (value, slot) => {
    if (Array.isArray(value))
      value.forEach((item, i) => look(item, isActivity(item) ? slot : `${slot} ${item?.label ?? item?.name ?? i + 1}`));
    else if (isActivity(value))
      found.push({ slot, activity: value });
    else if (value && typeof value === 'object')
      for (const [name, inner] of Object.entries(value))
        if (!Leaves.has(name))
          look(inner, name === 'activity' ? slot : `${slot} ${name}`.trim());
  };
  for (const [name, value] of Object.entries(activity))
    if (!Leaves.has(name))
      look(value, name);
  return found;
}

const isActivity = value => Boolean(value) && typeof value.type === 'string' && typeof value.id === 'string' && value.expression === undefined;

const kindOf = activity =>
  activity.type === 'Elsa.StateMachine' ? 'machine' : activity.type === 'Elsa.Flowchart' || Array.isArray(activity.connections) ? 'chart' : 'steps';

const kinds = {
  /** Boxes where the designer has them; in layers when nobody has placed them. */
  chart(sides, { open, title }) {
    const placed = activity => activity.metadata?.designer?.position;
    const all = sides.filter(Boolean);
    const lines = all.flatMap(chart => connectionsOf(chart));
    const layers = layered([...new Set(all.flatMap(chart => activitiesOf(chart).map(activity => activity.id)))], lines.map(line => [line.source.activity, line.target.activity]), null, 250, 110);
    return sides.map((chart, side) => {
      if (!chart)
        return null;
      const byHand = activitiesOf(chart).some(placed);
      const boxes = activitiesOf(chart).map(activity => {
        const at = byHand ? placed(activity) ?? { x: 0, y: 0 } : layers.get(activity.id);
        const size = activity.metadata?.designer?.size;
        const holds = inside(activity).length;
        if (holds > 0)
          open(side, activity, `${title} › ${nameOf(activity)}`, `node:${activity.id}`);
        return box(activity, number(at.x), number(at.y), Math.max(Width, number(size?.width)), Math.max(Height, number(size?.height)), holds);
      });
      const find = new Map(boxes.map(one => [one.id, one]));
      const edges = connectionsOf(chart).filter(line => find.has(line.source.activity) && find.has(line.target.activity)).map(line => ({
        key: `connection:${end(line.source)} → ${end(line.target)}`,
        label: line.source.port && line.source.port !== 'Done' ? line.source.port : '',
        ...along(find.get(line.source.activity), find.get(line.target.activity), line.vertices),
      }));
      return { boxes, edges };
    });
  },

  /** Studio keeps no places of states: from the initial one on, in the order in which transitions lead to them. */
  machine(sides, { open, row, title }) {
    const all = sides.filter(Boolean);
    const links = all.flatMap(machine => (machine.transitions ?? []).map(one => [one.from, one.to]));
    const layers = layered([...new Set(all.flatMap(machine => (machine.states ?? []).map(state => state.name)))], links, all[0]?.initialState, 320, 150);
    return sides.map((machine, side) => {
      if (!machine)
        return null;
      const boxes = (machine.states ?? []).map(state => {
        const slots = slotsOf(state, ['entry', 'exit']);
        const key = `state:${machine.id}/${state.name}`;
        if (slots.length > 0)
          row(side, `slots:${key}`, `State ${state.name}`, { slots, open, side });
        const { x, y } = layers.get(state.name);
        return {
          key, id: state.name, kind: 'state', x, y, w: Width, h: Height, title: state.displayName || state.name, holds: slots.length,
          type: state.name === machine.initialState ? 'initial state' : 'state',
        };
      });
      const find = new Map(boxes.map(one => [one.id, one]));
      const pairs = new Map();
      const edges = (machine.transitions ?? []).filter(one => find.has(one.from) && find.has(one.to)).map(one => {
        const slots = slotsOf(one, ['trigger', 'action']);
        const key = `transition:${machine.id}/${one.name}`;
        if (slots.length > 0)
          row(side, `slots:${key}`, `Transition ${one.displayName || one.name}: ${one.from} → ${one.to}`, { slots, open, side });
        const pair = `${one.from}\n${one.to}`;
        const nth = pairs.get(pair) ?? 0;
        pairs.set(pair, nth + 1);
        return { key, label: one.displayName || one.name, from: `state:${machine.id}/${one.from}`, ...bent(find.get(one.from), find.get(one.to), nth) };
      });
      return { boxes, edges };
    });
  },

  /** What a state does when it is entered and left, what fires a transition and what that does. */
  slots(sides, { title }) {
    return sides.map(side => side && beside(side.slots, (activity, x, y) => block(activity, x, y, side.side, side.open, title)));
  },

  /** Everything else: one step after the other, with what is inside them. What has a box elsewhere gets no second one here. */
  steps(sides, { open, title, owned }) {
    return sides.map((activity, side) => {
      const drawn = activity && block(activity, 0, 0, side, open, title, true);
      return owned && drawn ? { ...drawn, boxes: drawn.boxes.slice(1) } : drawn;
    });
  },
};

/** An activity with what is inside it; a flowchart or a state machine inside has a frame of its own. */
function block(activity, x, y, side, open, title, outermost = false) {
  const kids = inside(activity);
  if (kids.length === 0 || (!outermost && kindOf(activity) !== 'steps')) {
    if (kids.length > 0)
      open(side, activity, `${title} › ${nameOf(activity)}`, `node:${activity.id}`);
    return { boxes: [box(activity, x, y, Width, Height, kids.length)], edges: [] };
  }
  const inner = beside(kids.map(kid => ({ slot: kid.slot === 'activities' ? '' : kid.slot, activity: kid.activity })), (kid, kx, ky) => block(kid, kx, ky, side, open, title), x + 18, y + 52);
  const size = extent([inner]);
  if (activity.type === 'Elsa.Sequence')
    kids.slice(1).forEach((kid, i) => {
      const [from, to] = [kids[i].activity, kid.activity].map(one => inner.boxes.find(item => item.key === `node:${one.id}`));
      inner.edges.push({ key: `step:${from.id}`, label: '', ...along(from, to) });
    });
  const group = { ...box(activity, x, y, Math.max(Width, size.x + size.width + 18 - x), size.y + size.height + 18 - y, 0), kind: 'group' };
  return { boxes: [group, ...inner.boxes], edges: inner.edges };
}

/** One after the other, a few in a row, each with the name of its slot above. */
function beside(items, place, left = 0, top = 0) {
  const result = { boxes: [], edges: [] };
  let x = left, y = top, below = top;
  items.forEach(({ slot, activity }, i) => {
    if (i > 0 && i % Columns === 0) {
      x = left;
      y = below + Gap;
    }
    const part = place(activity, x, y + (items.some(item => item.slot) ? 20 : 0));
    const size = extent([part]);
    if (slot)
      part.boxes[0].slot = slot;
    result.boxes.push(...part.boxes);
    result.edges.push(...part.edges);
    x = size.x + size.width + Gap;
    below = Math.max(below, size.y + size.height);
  });
  return result;
}

function box(activity, x, y, w, h, holds) {
  return { key: `node:${activity.id}`, id: activity.id, kind: 'node', x, y, w, h, title: nameOf(activity), type: activity.type, holds };
}

const activitiesOf = chart => (chart.activities ?? []).filter(isActivity); // of a draft, anything may be in it

const slotsOf = (part, names) => names.filter(name => isActivity(part[name])).map(slot => ({ slot, activity: part[slot] }));

/** Elsa writes the ends of a connection as objects, and older ones as names. */
function connectionsOf(chart) {
  const of = (value, port) => typeof value === 'string' ? { activity: value, port } : value;
  return (chart.connections ?? []).map(line => ({ ...line, source: of(line.source, line.sourcePort), target: of(line.target, line.targetPort) })).filter(line => line.source && line.target);
}

const end = ({ activity, port }) => `${activity}${port ? `:${port}` : ''}`;

const number = value => Number.isFinite(Number(value)) ? Number(value) : 0;

/** A column for each step from the start; names that no line leads to begin one, unless a start is given. */
function layered(names, lines, start, width, height) {
  const column = new Map();
  const led = new Set(lines.filter(([from, to]) => from !== to).map(([, to]) => to));
  let next = start !== null && names.includes(start) ? [start] : names.filter(name => !led.has(name));
  if (next.length === 0)
    next = names.slice(0, 1);
  for (let depth = 0; next.length > 0; depth++) {
    next.forEach(name => column.set(name, depth));
    next = [...new Set(next.flatMap(name => lines.filter(([from]) => from === name).map(([, to]) => to)))].filter(name => names.includes(name) && !column.has(name));
  }
  const last = Math.max(0, ...column.values());
  names.filter(name => !column.has(name)).forEach(name => column.set(name, last + 1));
  const rows = new Map();
  return new Map(names.map(name => {
    const row = rows.get(column.get(name)) ?? 0;
    rows.set(column.get(name), row + 1);
    return [name, { x: column.get(name) * width, y: row * height + (column.get(name) % 2) * 40 }];
  }));
}

/** From the right side of one box to the left of another, by the points that somebody has drawn. */
function along(from, to, vertices = []) {
  const a = { x: from.x + from.w, y: from.y + from.h / 2 }, b = { x: to.x, y: to.y + to.h / 2 };
  if (vertices?.length > 0) {
    const points = [a, ...vertices.map(point => ({ x: number(point.x), y: number(point.y) })), b];
    return { path: points.map((point, i) => [i === 0 ? 'M' : 'L', point]), at: points[Math.floor(points.length / 2)] };
  }
  const reach = Math.max(30, Math.abs(b.x - a.x) / 2);
  return { path: [['M', a], ['C', { x: a.x + reach, y: a.y }, { x: b.x - reach, y: b.y }, b]], at: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } };
}

/** From the edge of one state to that of another; the more there are of a pair, and the farther they reach, the more they bend. */
function bent(from, to, nth) {
  const centre = one => ({ x: one.x + one.w / 2, y: one.y + one.h / 2 });
  const [a, b] = [centre(from), centre(to)];
  if (from === to) {
    const [top, out] = [from.y, 34 + nth * 22];
    return {
      path: [['M', { x: a.x - 40, y: top }], ['C', { x: a.x - 50, y: top - out }, { x: a.x + 50, y: top - out }, { x: a.x + 40, y: top }]],
      at: { x: a.x, y: top - out * .75 - 4 },
    };
  }
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  const bend = 18 + nth * 46 + Math.max(0, length - 360) * .22;
  const control = { x: (a.x + b.x) / 2 + (b.y - a.y) / length * bend, y: (a.y + b.y) / 2 - (b.x - a.x) / length * bend };
  const [begin, finish] = [border(from, a, control), border(to, b, control)];
  return {
    path: [['M', begin], ['Q', control, finish]],
    at: { x: (begin.x + 2 * control.x + finish.x) / 4, y: (begin.y + 2 * control.y + finish.y) / 4 },
  };
}

/** Where the line from the centre of a box towards a point leaves the box. */
function border(one, centre, towards) {
  const [dx, dy] = [towards.x - centre.x, towards.y - centre.y];
  const scale = Math.min(dx === 0 ? Infinity : one.w / 2 / Math.abs(dx), dy === 0 ? Infinity : one.h / 2 / Math.abs(dy));
  return Number.isFinite(scale) ? { x: centre.x + dx * scale, y: centre.y + dy * scale } : centre;
}

const pointsOf = edge => [edge.at, ...edge.path.flatMap(([, ...points]) => points)];

function extent(parts) {
  const xs = [], ys = [];
  for (const part of parts) {
    for (const one of part?.boxes ?? []) {
      xs.push(one.x, one.x + one.w);
      ys.push(one.y - (one.slot ? 20 : 0), one.y + one.h);
    }
    for (const point of (part?.edges ?? []).flatMap(pointsOf)) {
      xs.push(point.x);
      ys.push(point.y - 10, point.y + 10);
    }
  }
  if (xs.length === 0)
    return { x: 0, y: 0, width: 0, height: 0 };
  const least = values => values.reduce((a, b) => Math.min(a, b)), most = values => values.reduce((a, b) => Math.max(a, b));
  return { x: least(xs), y: least(ys), width: most(xs) - least(xs), height: most(ys) - least(ys) };
}

function shift({ boxes, edges }, dx, dy) {
  const move = point => ({ x: point.x + dx, y: point.y + dy });
  return {
    boxes: boxes.map(one => ({ ...one, x: one.x + dx, y: one.y + dy })),
    edges: edges.map(edge => ({ ...edge, at: move(edge.at), path: edge.path.map(([command, ...points]) => [command, ...points.map(move)]) })),
  };
}

/** Of a part: itself and what shows it from outside, up to the state that waits for a transition or the box that has a frame. */
export function chainsOf(owners, side) {
  const parts = new Map([...side.boxes, ...side.edges].map(part => [part.key, part]));
  return key => {
    const chain = [];
    for (let at = key; at && !chain.includes(at); at = parts.get(at)?.from ?? owners.get(parts.get(at)?.frame))
      chain.push(at);
    return chain;
  };
}
