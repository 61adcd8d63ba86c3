import { category } from './palette.ts';

/** The textures and hatches of the first `categories` categories, to stand once in the page: every SVG refers to them by id. */
export function Patterns({ categories }: { categories: number }) {
  const indices = [-1, ...Array.from({ length: categories }, (_, index) => index)];
  return (
    <svg width="0" height="0" aria-hidden="true" class="patterns">
      <defs>
        {indices.map((index) => {
          const { colour, texture } = category(index);
          return (
            <pattern key={`c${index}`} id={`category-${index}`} width="6" height="6" patternUnits="userSpaceOnUse">
              <rect width="6" height="6" fill={colour} />
              {texture === 'dots' && <circle cx="3" cy="3" r="1.4" class="texture" />}
              {texture === 'bars' && <rect width="2" height="6" class="texture" />}
            </pattern>
          );
        })}
        {indices.map((index) => (
          <pattern
            key={`h${index}`}
            id={`hatch-${index}`}
            width="5"
            height="5"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <rect width="2.2" height="5" fill={category(index).colour} />
          </pattern>
        ))}
      </defs>
    </svg>
  );
}

/** A small square in a category's colour and texture, for legends and tables. */
export function Swatch({ index }: { index: number }) {
  const { colour, texture } = category(index);
  return (
    <svg class="swatch" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      <rect
        x="0.5"
        y="0.5"
        width="11"
        height="11"
        rx="2"
        fill={texture === 'plain' ? colour : `url(#category-${index})`}
      />
    </svg>
  );
}
