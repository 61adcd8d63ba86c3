import { useEffect, useState } from 'preact/hooks';
import type { GraphBox, PlacementPreview, WhatIf } from '../../../server/src/lsp/protocol.ts';
import { bytes, count, counted, microseconds, percent } from '../drawing/figures.ts';
import { Swatch } from '../drawing/patterns.tsx';
import { Delta } from '../frame/delta.tsx';
import type { NodeAnswers } from '../frame/node-answers.ts';
import { selected, selectionOf } from '../frame/selectable.ts';
import type { Touch } from '../frame/selectable.ts';
import { AlgorithmTable } from './algorithm-table.tsx';
import { BoxFacts } from './box-facts.tsx';
import { ComparisonFigure } from './comparison-figure.tsx';
import { DeviceFigure } from './device-figure.tsx';
import { boxOfNode } from './graph-walk.ts';
import { PipelineFigure } from './pipeline-figure.tsx';
import { GraphFigure } from './graph-figure.tsx';
import type { Overlay } from './overlay.ts';
import { MachineControls } from './machine-controls.tsx';
import { looking } from './looking.ts';
import { pinned, unpinned } from './pinning.ts';
import { SearchFigure } from './search-figure.tsx';
import { SensitivityFigure } from './sensitivity-figure.tsx';

/** Where each layer would go: the graph by device, a timeline per device, memory against its limit, the algorithms beside one another. */
export function PlacementView(props: {
  preview: PlacementPreview;
  base: PlacementPreview | null;
  whatIf: WhatIf;
  touch: Touch;
  onWhatIf: (whatIf: WhatIf) => void;
  node: NodeAnswers;
}) {
  const { preview, base, whatIf, touch, onWhatIf, node: answers } = props;
  const node = selected(touch.selection, 'node');
  const box =
    preview.graph.boxes.find((one) => one.id === touch.selection) ??
    (node === null ? undefined : boxOfNode(preview.graph, node));
  const device = selected(touch.selection, 'device');
  const [overlay, setOverlay] = useState<Overlay>('device');
  const single = box?.count === 1 ? box.nodes[0] : undefined;
  useEffect(() => {
    if (single !== undefined) answers.onAsk(single);
  }, [single, preview]);
  const facts = answers.facts;
  const onPin = (what: GraphBox, to: string): void => onWhatIf(pinned(whatIf, what, to));
  const onUnpin = (what: GraphBox): void => onWhatIf(unpinned(whatIf, what, preview.pins));
  const open = (opened: readonly string[]): void => onWhatIf(looking(whatIf, { opened }));
  return (
    <>
      <dl class="facts">
        <Fact
          term="One step"
          title="From the schedule simulator: the time from the first start to the last end"
          value={microseconds(preview.makespanUs)}
        >
          <Delta now={preview.makespanUs} before={base?.makespanUs} write={microseconds} better="less" />
        </Fact>
        <Fact
          term="Best possible"
          title="No placement on these devices can be faster than this"
          value={microseconds(preview.lowerBoundUs)}
        >
          <span class="note">{aboveBest(preview.makespanUs, preview.lowerBoundUs)}</span>
        </Fact>
        <Fact term="Algorithm" title="What the spec asks for, and what it came to" value={preview.chosen}>
          {preview.algorithm !== preview.chosen && <span class="note">chosen by {preview.algorithm}</span>}
        </Fact>
        <Fact
          term="Transfers"
          title="Tensors sent from one device to another in one step"
          value={`${count(preview.transfers)}, ${bytes(preview.transferBytes)}`}
        >
          <Delta now={preview.transferBytes} before={base?.transferBytes} write={bytes} better="less" />
        </Fact>
        <Fact
          term="Memory"
          title="Whether every device holds what is placed on it"
          value={preview.fits ? '✓ fits' : '✕ does not fit'}
        />
      </dl>
      {preview.notes.map((note) => (
        <p key={note} class="note">
          {note}
        </p>
      ))}
      <ul class="legend" aria-label="Devices">
        {preview.devices.map((one, index) => (
          <li key={one.name}>
            <button
              type="button"
              class="legend-item"
              data-device={one.name}
              aria-pressed={device === one.name}
              onClick={() => touch.onSelect(selectionOf('device', one.name))}
            >
              <Swatch index={index} /> {one.name} <span class="figure-number">{counted(one.nodes, 'node')}</span>
            </button>
          </li>
        ))}
        <li class="free">
          <Swatch index={-1} /> mixed
        </li>
      </ul>
      <MachineControls preview={preview} base={base} whatIf={whatIf} onWhatIf={onWhatIf} />
      <GraphFigure
        picture={preview.graph}
        devices={preview.devices}
        overlay={overlay}
        onOverlay={setOverlay}
        selectedBox={box?.id ?? null}
        selectedDevice={device === null ? null : preview.devices.findIndex((one) => one.name === device)}
        direction={whatIf.look?.direction}
        onDirection={(direction) => onWhatIf(looking(whatIf, { direction }))}
        // A box's id is what the text knows it by: `node:…` or `folded:…`.
        onSelect={(one) => touch.onSelect(one.id)}
        onOpen={open}
        placement={preview.placement}
        answers={answers}
        onPin={onPin}
        onUnpin={onUnpin}
      />
      {box !== undefined && (
        <BoxFacts
          box={box}
          picture={preview.graph}
          devices={preview.devices}
          placement={preview.placement}
          facts={facts !== null && facts.node === single ? facts : null}
          onPin={(to) => onPin(box, to)}
          onUnpin={() => onUnpin(box)}
          onOpen={() => open([...preview.graph.opened, box.id])}
        />
      )}
      <DeviceFigure
        preview={preview}
        base={base}
        touch={touch}
        highlight={box?.nodes ?? []}
        showPath={overlay === 'critical'}
      />
      {preview.pipeline && <PipelineFigure pipeline={preview.pipeline} />}
      {preview.progress !== undefined && <SearchFigure progress={preview.progress} onStop={answers.onStopSearch} />}
      <AlgorithmTable preview={preview} whatIf={whatIf} onWhatIf={onWhatIf} />
      {preview.comparison !== undefined && (
        <ComparisonFigure
          comparison={preview.comparison}
          touch={touch}
          onClose={() => onWhatIf(looking(whatIf, { compare: undefined }))}
        />
      )}
      {preview.fits && (
        <SensitivityFigure
          sensitivity={preview.sensitivity}
          wanted={whatIf.look?.sensitivity === true}
          onWant={(wanted) => onWhatIf(looking(whatIf, { sensitivity: wanted || undefined }))}
          onStop={answers.onStopSearch}
        />
      )}
    </>
  );
}

/** `one step is 1.83 % above`. */
function aboveBest(makespanUs: number, boundUs: number): string {
  if (makespanUs <= boundUs) return 'and reached';
  return `one step is ${percent(makespanUs / boundUs - 1)} above`;
}

function Fact(props: { term: string; title: string; value: string; children?: preact.ComponentChildren }) {
  return (
    <div class="fact" title={props.title}>
      <dt>{props.term}</dt>
      <dd>
        {props.value} {props.children}
      </dd>
    </div>
  );
}
