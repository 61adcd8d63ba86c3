import { useRef, useState } from 'preact/hooks';
import type { JobPreview } from '../../../server/src/lsp/protocol.ts';
import { duration } from '../drawing/figures.ts';
import { linearScale } from '../drawing/scale.ts';
import { keyStep } from './stepping.ts';

const WIDTH = 100;
const HEIGHT = 18;

/**
 * A job's latency against its SLO: a bar, and the SLO as a mark that can be moved to ask what another promise would cost. The scale
 * ends at twice the SLO of the text, so that all rows compare; a bar that goes beyond ends in an arrow.
 */
export function SloBullet(props: {
  job: JobPreview;
  sloOfText: number;
  latencyBefore: number | undefined;
  onSlo: (ms: number) => void;
}) {
  const { job, sloOfText, latencyBefore, onSlo } = props;
  const frame = useRef<HTMLDivElement>(null);
  const [held, setHeld] = useState<number | null>(null);
  const scale = linearScale([0, 2 * sloOfText], [0, WIDTH]);
  const slo = held ?? job.sloMs;
  const latency = latencyOf(job);
  const missed = latency > job.sloMs;
  const beyond = latency > 2 * sloOfText;
  const mark = Math.min(WIDTH, scale(slo));
  const ask = (ms: number): void => {
    const rounded = roundSlo(Math.min(Math.max(ms, sloOfText * 0.02), sloOfText * 2));
    setHeld(rounded);
    onSlo(rounded);
  };
  return (
    <div class="bullet" ref={frame} style={{ width: `${WIDTH}px` }}>
      <svg width={WIDTH} height={HEIGHT} aria-hidden="true">
        <rect class="bullet-ground" x={0} y={5} width={WIDTH} height={8} />
        <rect
          class={`bullet-bar ${missed ? 'missed' : ''}`}
          x={0}
          y={5}
          width={Math.min(WIDTH, scale(Math.min(latency, 2 * sloOfText)))}
          height={8}
        />
        {beyond && <path class="bullet-beyond" d={`M${WIDTH - 8} 2 L${WIDTH} 9 L${WIDTH - 8} 16 Z`} />}
        {latencyBefore !== undefined && latencyBefore !== job.latencyMs && (
          <line
            class="ghost-line"
            x1={scale(Math.min(latencyBefore, 2 * sloOfText))}
            x2={scale(Math.min(latencyBefore, 2 * sloOfText))}
            y1={2}
            y2={16}
          />
        )}
        {slo !== sloOfText && (
          <line class="ghost-line" x1={scale(sloOfText)} x2={scale(sloOfText)} y1={0} y2={HEIGHT} />
        )}
        <line class="slo-mark" x1={mark} x2={mark} y1={0} y2={HEIGHT} />
      </svg>
      <div
        class="slo-handle"
        style={{ left: `${mark - 6}px` }}
        role="slider"
        tabIndex={0}
        aria-label={`SLO of ${job.name}, what if`}
        aria-valuemin={0}
        aria-valuemax={Math.round(2 * sloOfText)}
        aria-valuenow={Math.round(slo)}
        aria-valuetext={duration(slo)}
        title={`SLO ${duration(slo)}: drag, or use the arrow keys: what would another promise do?`}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={(event) => {
          if (!event.currentTarget.hasPointerCapture(event.pointerId) || frame.current === null) return;
          ask(scale.invert(event.clientX - frame.current.getBoundingClientRect().left));
        }}
        onPointerUp={() => setHeld(null)}
        onBlur={() => setHeld(null)}
        onKeyDown={(event) => {
          const step = keyStep(event.key, sloOfText * 0.02, sloOfText * 0.1);
          if (step === null) return;
          event.preventDefault();
          ask(slo + step);
        }}
      />
    </div>
  );
}

/** JSON has no infinity: a latency that is null has no bound. */
export function latencyOf(job: JobPreview): number {
  return job.latencyMs ?? Infinity;
}

/** An SLO as a person would write it: two significant digits and a half (720, 725, 1250). */
export function roundSlo(ms: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(ms, 1))) - 1);
  return Math.max(1, (Math.round((ms / unit) * 2) / 2) * unit);
}
