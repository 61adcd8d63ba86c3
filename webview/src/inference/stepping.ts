/** How far a key moves a slider: arrows by one step, page keys by a big one; null for a key that is not for sliders. */
export function keyStep(key: string, step: number, big: number): number | null {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return step;
    case 'ArrowLeft':
    case 'ArrowDown':
      return -step;
    case 'PageUp':
      return big;
    case 'PageDown':
      return -big;
    default:
      return null;
  }
}
