import type { DeviceGroup, PlacementPreview, WhatIf } from '../../../server/src/lsp/protocol.ts';
import { bandwidth, bytes, count } from '../drawing/figures.ts';

const MIB = 2 ** 20;
const MOST_DEVICES = 64;

/** Other devices, other memory, another link: what would they do? The text stays as it is until it is kept. */
export function MachineControls(props: {
  preview: PlacementPreview;
  base: PlacementPreview | null;
  whatIf: WhatIf;
  onWhatIf: (whatIf: WhatIf) => void;
}) {
  const { preview, base, whatIf, onWhatIf } = props;
  const written = base ?? preview;
  const change = (group: DeviceGroup, tried: { count?: number; memoryBytes?: number }): void => {
    const { [group.name]: present, ...others } = whatIf.devices ?? {};
    const next = { ...present, ...tried };
    // What is as in the text is not tried.
    if (next.count === group.devices.length) delete next.count;
    if (next.memoryBytes === group.memoryBytes) delete next.memoryBytes;
    const devices = Object.keys(next).length > 0 ? { ...others, [group.name]: next } : others;
    const { devices: _devices, ...rest } = whatIf;
    onWhatIf(Object.keys(devices).length > 0 ? { ...rest, devices } : rest);
  };
  const { given, tensors } = preview.link;
  return (
    <section class="figure" aria-labelledby="machines">
      <div class="section-head">
        <h2 id="machines">Machines</h2>
        <span class="note">what would others do? The text stays as it is until you keep it.</span>
      </div>
      <div class="machines">
        {written.deviceGroups.map((group) => {
          const tried = whatIf.devices?.[group.name];
          const devices = tried?.count ?? group.devices.length;
          const memory = tried?.memoryBytes ?? group.memoryBytes;
          return (
            <fieldset key={group.name}>
              <legend>{group.name}</legend>
              <div class="machine" role="group" aria-label={`Number of ${group.name}`}>
                <span class="note">Devices</span>
                <button
                  type="button"
                  class="tool"
                  aria-label={`One ${group.name} fewer`}
                  disabled={devices <= 1}
                  onClick={() => change(group, { count: devices - 1 })}
                >
                  −
                </button>
                <output class="figure-number">{count(devices)}</output>
                <button
                  type="button"
                  class="tool"
                  aria-label={`One ${group.name} more`}
                  disabled={devices >= MOST_DEVICES}
                  onClick={() => change(group, { count: devices + 1 })}
                >
                  +
                </button>
              </div>
              <RatioSlider
                label={`Memory of ${group.devices.length > 1 ? `each ${group.name}` : group.name}`}
                text="Memory"
                written={group.memoryBytes}
                value={memory}
                round={wholeMemory}
                write={bytes}
                onChange={(memoryBytes) => change(group, { memoryBytes })}
              />
            </fieldset>
          );
        })}
        <fieldset>
          <legend>Link</legend>
          <RatioSlider
            label="Bandwidth of the link"
            text="Bandwidth"
            written={written.link.bandwidth}
            value={whatIf.bandwidth ?? written.link.bandwidth}
            round={(value) => Number(value.toPrecision(2))}
            write={bandwidth}
            disabled={tensors > 0 && given === tensors}
            onChange={(value) => {
              const { bandwidth: _bandwidth, ...rest } = whatIf;
              onWhatIf(value === written.link.bandwidth ? rest : { ...rest, bandwidth: value });
            }}
          />
          {given > 0 && (
            <p class="note">
              {given === tensors ? 'The' : `For ${count(given)} of ${count(tensors)} tensors the`} graph file gives its
              own transfer times, which win over the link.
            </p>
          )}
        </fieldset>
      </div>
    </section>
  );
}

/** Sizes that one would buy: whole mebibytes, and above a gibibyte sixteenths of one. */
function wholeMemory(value: number): number {
  const step = value >= 1024 * MIB ? 64 * MIB : MIB;
  return Math.max(step, Math.round(value / step) * step);
}

/** Doublings that a slider reaches in either direction, and its steps in each. */
const REACH = 4;
const STEPS = 8;

/** A quantity by how much more or less of it there is than in the text, which is the slider's middle. */
function RatioSlider(props: {
  label: string;
  text: string;
  written: number;
  value: number;
  round: (value: number) => number;
  write: (value: number) => string;
  disabled?: boolean;
  onChange: (value: number) => void;
}) {
  const { label, text, written, value, round, write, disabled = false, onChange } = props;
  const place = Math.round(Math.log2(value / Math.max(written, 1)) * STEPS);
  return (
    <label class="machine">
      <span class="note">{text}</span>
      <input
        type="range"
        min={-REACH * STEPS}
        max={REACH * STEPS}
        step={1}
        value={place}
        disabled={disabled}
        aria-label={label}
        aria-valuetext={write(value)}
        onInput={(event) => {
          const at = Number(event.currentTarget.value);
          onChange(at === 0 ? written : round(written * 2 ** (at / STEPS)));
        }}
      />
      <output class="figure-number">{write(value)}</output>
    </label>
  );
}
