/** Where the graph's picture stands in its frame: pan and zoom as plain values. `x` and `y` are the picture's origin in pixels. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Extent {
  readonly width: number;
  readonly height: number;
}

const LEAST = 0.05;
const MOST = 4;
const MARGIN = 12;

/** The whole picture, centred, never drawn larger than life. */
export function fit(picture: Extent, frame: Extent): Camera {
  const room = { width: Math.max(1, frame.width - 2 * MARGIN), height: Math.max(1, frame.height - 2 * MARGIN) };
  const scale = bound(Math.min(1, room.width / Math.max(1, picture.width), room.height / Math.max(1, picture.height)));
  return {
    scale,
    x: (frame.width - picture.width * scale) / 2,
    y: (frame.height - picture.height * scale) / 2,
  };
}

/** Below this scale a fitted picture is a line of dots: a long one is then begun at its start, at a scale that can be read. */
const LEGIBLE = 0.33;
const READING = 0.62;

/** How a picture is shown at first: whole where it can be made out, else its beginning. */
export function first(picture: Extent, frame: Extent): Camera {
  const whole = fit(picture, frame);
  if (whole.scale >= LEGIBLE) return whole;
  const centred = (room: number, size: number): number =>
    size * READING <= room - 2 * MARGIN ? (room - size * READING) / 2 : MARGIN;
  return { scale: READING, x: centred(frame.width, picture.width), y: centred(frame.height, picture.height) };
}

/** Height of the frame for a picture at this width: what the first view needs, from a strip to a little more than a square. */
export function frameHeight(picture: Extent, width: number): number {
  const whole = (width - 2 * MARGIN) / Math.max(1, picture.width);
  const scale = whole >= LEGIBLE ? Math.min(1, whole) : READING;
  const upright = picture.height > picture.width;
  const most = upright ? 560 : Math.min(Math.max(300, width * 0.62), 560);
  return Math.round(Math.min(Math.max(150, picture.height * scale + 5 * MARGIN), most));
}

/** The camera zoomed by `factor`, with the point of the frame at (px, py) staying where it is. */
export function zoom(camera: Camera, factor: number, px: number, py: number): Camera {
  const scale = bound(camera.scale * factor);
  const ratio = scale / camera.scale;
  return { scale, x: px - (px - camera.x) * ratio, y: py - (py - camera.y) * ratio };
}

export function pan(camera: Camera, dx: number, dy: number): Camera {
  return { ...camera, x: camera.x + dx, y: camera.y + dy };
}

interface Box extends Extent {
  readonly x: number;
  readonly y: number;
}

/** The camera moved as little as needed for a box of the picture to be wholly in the frame. */
export function reveal(camera: Camera, box: Box, frame: Extent): Camera {
  const left = camera.x + box.x * camera.scale;
  const top = camera.y + box.y * camera.scale;
  return {
    ...camera,
    x: camera.x + shift(left, box.width * camera.scale, frame.width),
    y: camera.y + shift(top, box.height * camera.scale, frame.height),
  };
}

/** The camera after the picture was laid out anew, with a box keeping its place in the frame: folding does not lose what one looks at. */
export function anchored(camera: Camera, before: Box, after: Box): Camera {
  return {
    ...camera,
    x: camera.x + (before.x + before.width / 2 - (after.x + after.width / 2)) * camera.scale,
    y: camera.y + (before.y + before.height / 2 - (after.y + after.height / 2)) * camera.scale,
  };
}

function shift(start: number, size: number, room: number): number {
  if (start < MARGIN) return MARGIN - start;
  if (start + size > room - MARGIN) return Math.max(room - MARGIN - size, MARGIN) - start;
  return 0;
}

function bound(scale: number): number {
  return Math.min(MOST, Math.max(LEAST, scale));
}

/** What can be read at a scale: far shows groups and flows, middle names, near numbers. */
export type Distance = 'far' | 'middle' | 'near';

export function distance(scale: number): Distance {
  return scale < 0.42 ? 'far' : scale < 0.8 ? 'middle' : 'near';
}
