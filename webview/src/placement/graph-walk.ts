/** Walking the graph by keys, and what belongs to a box: pure functions over the picture's boxes and lines. */
import type { GraphBox, GraphLine, GraphPicture } from '../../../server/src/lsp/protocol.ts';

export type Direction = 'left' | 'right' | 'up' | 'down';

const AXES: Readonly<Record<Direction, readonly [number, number]>> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};

/** The direction of an arrow key; null for any other key. */
export function directionOf(key: string): Direction | null {
  switch (key) {
    case 'ArrowLeft':
      return 'left';
    case 'ArrowRight':
      return 'right';
    case 'ArrowUp':
      return 'up';
    case 'ArrowDown':
      return 'down';
    default:
      return null;
  }
}

/**
 * The box to go to from `from`: the nearest that lies that way, where a neighbour by a line counts as much nearer than one that only
 * lies there, and drifting aside costs double. Stays where nothing lies that way.
 */
export function walk(picture: GraphPicture, from: string, direction: Direction): string {
  const start = picture.boxes.find((box) => box.id === from);
  if (start === undefined) return picture.boxes[0]?.id ?? from;
  const [ax, ay] = AXES[direction];
  const neighbours = new Set(
    picture.lines.flatMap((line) => (line.from === from ? [line.to] : line.to === from ? [line.from] : [])),
  );
  let best = from;
  let least = Infinity;
  for (const box of picture.boxes) {
    if (box.id === from) continue;
    const dx = box.x + box.width / 2 - (start.x + start.width / 2);
    const dy = box.y + box.height / 2 - (start.y + start.height / 2);
    const along = dx * ax + dy * ay;
    const aside = Math.abs(dx * ay) + Math.abs(dy * ax);
    if (along <= 0.5 || along < aside / 3) continue;
    const cost = (along + 2 * aside) * (neighbours.has(box.id) ? 0.25 : 1);
    if (cost < least) {
      least = cost;
      best = box.id;
    }
  }
  return best;
}

/** Everything a box computes from and everything that computes from it, itself included: what a selection lights. */
export function pathOf(lines: readonly GraphLine[], id: string): ReadonlySet<string> {
  const onward = new Map<string, string[]>();
  const backward = new Map<string, string[]>();
  for (const line of lines) {
    append(onward, line.from, line.to);
    append(backward, line.to, line.from);
  }
  return new Set([...reach(onward, id), ...reach(backward, id)]);
}

function append(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function reach(next: ReadonlyMap<string, readonly string[]>, from: string): Set<string> {
  const found = new Set([from]);
  const open = [from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const other of next.get(at) ?? []) {
      if (found.has(other)) continue;
      found.add(other);
      open.push(other);
    }
  }
  return found;
}

/** The box that shows a node: itself, or the folded one it lies in. */
export function boxOfNode(picture: GraphPicture, node: string): GraphBox | undefined {
  return (
    picture.boxes.find((box) => box.count === 1 && box.nodes[0] === node) ??
    picture.boxes.find((box) => box.nodes.includes(node))
  );
}

/** Where a box is, or where the boxes are that came out of it when it was opened; undefined where there are neither. */
export function placeOf(picture: GraphPicture, id: string): Pick<GraphBox, 'x' | 'y' | 'width' | 'height'> | undefined {
  const own = picture.boxes.find((box) => box.id === id);
  if (own !== undefined) return own;
  const inside = picture.boxes.filter((box) => box.parent === id);
  if (inside.length === 0) return undefined;
  const x = Math.min(...inside.map((box) => box.x));
  const y = Math.min(...inside.map((box) => box.y));
  return {
    x,
    y,
    width: Math.max(...inside.map((box) => box.x + box.width)) - x,
    height: Math.max(...inside.map((box) => box.y + box.height)) - y,
  };
}

/** A group's path without the word that says it is one. */
export function groupName(id: string): string {
  return id.replace(/^(folded|node):/, '');
}

/** Boxes whose label or any node inside has the words of the query, in any case. */
export function matching(picture: GraphPicture, query: string): readonly GraphBox[] {
  const words = query.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const has = (text: string): boolean => words.every((word) => text.toLowerCase().includes(word));
  return picture.boxes.filter((box) => has(box.label) || box.nodes.some(has));
}
