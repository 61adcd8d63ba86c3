/**
 * Data colours, apart from the theme's: the eight of Okabe and Ito in one fixed order, the same for devices, jobs and groups
 * wherever they appear. From the ninth on the colours come again with dots, from the seventeenth with bars, so that two
 * categories never differ by colour alone once the colours run out. Black, the eighth of the set, is a middle grey here:
 * black vanishes on a dark ground.
 */
export const OKABE_ITO = [
  '#0072B2', // blue
  '#E69F00', // orange
  '#009E73', // bluish green
  '#CC79A7', // reddish purple
  '#56B4E9', // sky blue
  '#D55E00', // vermillion
  '#F0E442', // yellow
  '#8C8C8C', // for black
] as const;

export type Texture = 'plain' | 'dots' | 'bars';

export interface Category {
  readonly colour: string;
  readonly texture: Texture;
}

const TEXTURES: readonly Texture[] = ['plain', 'dots', 'bars'];

/** Colour and texture of the category with this index; an index below zero is "mixed" and grey. */
export function category(index: number): Category {
  if (index < 0) return { colour: OKABE_ITO[7], texture: 'bars' };
  const colour = OKABE_ITO[index % OKABE_ITO.length] ?? OKABE_ITO[7];
  return { colour, texture: TEXTURES[Math.floor(index / OKABE_ITO.length) % TEXTURES.length] ?? 'plain' };
}

/** Paint for an SVG fill: the colour, or the pattern that `Patterns` defines under this id. */
export function fill(index: number): string {
  const { colour, texture } = category(index);
  return texture === 'plain' ? colour : `url(#category-${index})`;
}

/** Paint for the hatched transfers of a device. */
export function hatch(index: number): string {
  return `url(#hatch-${index})`;
}

/** A fraction from 0 to 1 on the one ramp for quantities: even in lightness (OKLCH), from a deep blue to a light green. */
export function ramp(fraction: number): string {
  const t = Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0));
  const lightness = 0.48 + 0.27 * t;
  const chroma = 0.11 + 0.03 * t;
  const hue = 270 - 115 * t;
  return `oklch(${lightness.toFixed(3)} ${chroma.toFixed(3)} ${hue.toFixed(1)})`;
}
