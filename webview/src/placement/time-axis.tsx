import { microseconds } from '../drawing/figures.ts';
import { ticks, type Scale } from '../drawing/scale.ts';

/** The times above the lanes of a step. @param shown from and to, in microseconds. */
export function TimeAxis({ shown, x, width }: { shown: readonly [number, number]; x: Scale; width: number }) {
  return (
    <svg class="axis" width={width} height={22} aria-hidden="true">
      {ticks(shown, width / 110).map((time) => (
        <g key={time}>
          <line class="axis-line" x1={x(time)} x2={x(time)} y1={16} y2={22} />
          <text
            class="tick"
            x={x(time)}
            y={12}
            text-anchor={x(time) > width - 40 ? 'end' : x(time) < 20 ? 'start' : 'middle'}
          >
            {time === 0 ? '0' : microseconds(time)}
          </text>
        </g>
      ))}
    </svg>
  );
}
