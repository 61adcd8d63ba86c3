/** Sites on a circle and hulls round their groups: plain geometry. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** `n` points on a circle, clockwise from the top. */
export function circle(n: number, centre: Point, radius: number): Point[] {
  return Array.from({ length: n }, (_, index) => {
    const angle = (2 * Math.PI * index) / Math.max(1, n) - Math.PI / 2;
    return { x: round(centre.x + radius * Math.cos(angle)), y: round(centre.y + radius * Math.sin(angle)) };
  });
}

/** The convex hull of points, counter-clockwise in a plane whose y grows downwards (Andrew's monotone chain). */
export function hull(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y);
  if (sorted.length < 3) return sorted;
  const half = (ordered: readonly Point[]): Point[] => {
    const chain: Point[] = [];
    for (const point of ordered) {
      for (let [before, last] = chain.slice(-2); before && last; [before, last] = chain.slice(-2)) {
        if (turn(before, last, point) > 0) break;
        chain.pop();
      }
      chain.push(point);
    }
    chain.pop();
    return chain;
  };
  return [...half(sorted), ...half([...sorted].reverse())];
}

/** A soft hull round a group as an SVG path: everything within `reach` of the convex hull; a disc for one site, a capsule for two. */
export function outline(points: readonly Point[], reach: number): string {
  const corners = hull(points);
  const [first] = corners;
  if (first === undefined) return '';
  if (corners.length === 1) {
    const across = `${reach} ${reach} 0 1 1`;
    return `M${round(first.x - reach)} ${first.y} A${across} ${round(first.x + reach)} ${first.y} A${across} ${round(first.x - reach)} ${first.y} Z`;
  }
  const sides = corners.map((from, index) => {
    const to = corners[(index + 1) % corners.length] ?? from;
    const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
    // The hull turns so that its outside lies to the right of each side.
    const aside = { x: ((to.y - from.y) / length) * reach, y: (-(to.x - from.x) / length) * reach };
    return {
      from: `${round(from.x + aside.x)} ${round(from.y + aside.y)}`,
      to: `${round(to.x + aside.x)} ${round(to.y + aside.y)}`,
    };
  });
  const path = sides.map((side) => `A${reach} ${reach} 0 0 1 ${side.from} L${side.to}`).join(' ');
  return `M${sides[sides.length - 1]?.to} ${path} Z`;
}

function turn(a: Point, b: Point, c: Point): number {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
