/**
 * The preview model: everything a hover, the panel or the CLI needs to show what a document would do. Plain JSON, laid out and
 * scaled by the server, so that the page only draws. Times are milliseconds and sizes are bytes unless a name says otherwise.
 */
import type { Algorithm, Kind, Objective, PipelineSchedule, Policy } from '../spec/types.ts';

export interface PreviewBase {
  readonly name: string;
  /** One sentence that answers the question, e.g. `All ten SLOs are met with 31 of 32 replicas; search-images has the least slack: 4 %.` */
  readonly sentence: string;
  /** Position of the document in its file, from 0. */
  readonly document: number;
}

/** Why a job has no more replicas than it has. */
export interface Reason {
  /**
   * `ownMaximum`: it may not have more. `noGain`: its utility would not rise. `spread`: the others would be left further behind.
   * `capacity`: `resource` has not enough left. `nodes`: no node has. `changePrice`: a change costs more than it brings.
   * `solver`: nothing; the allocation is not the best one.
   */
  readonly limit: 'ownMaximum' | 'noGain' | 'spread' | 'changePrice' | 'capacity' | 'nodes' | 'solver';
  readonly resource?: string;
  /** The further replicas that would bring the objective the most, for each of them; null where none would raise the job's utility. */
  readonly next: { readonly replicas: number; readonly gain: number } | null;
  /** All of it in one sentence. */
  readonly words: string;
}

export interface JobPreview {
  readonly name: string;
  readonly replicas: number;
  readonly min: number;
  readonly max: number;
  /** Of a job that may be scaled to zero: after which time without a request it sleeps, and how long the first one waits then. */
  readonly sleep?: { readonly afterMs: number; readonly wakesInMs: number };
  /** What one replica takes of the capacity, in its unit. */
  readonly takes: number;
  readonly utility: number;
  readonly latencyMs: number;
  readonly sloMs: number;
  readonly percentile: number;
  /** (SLO − latency) / SLO; negative where the SLO is missed. */
  readonly slack: number;
  readonly ratePerSecond: number;
  /** Change of the objective by one replica more and one less; null at a limit. */
  readonly gain: number | null;
  readonly loss: number | null;
  /** Fewest replicas that meet the SLO at this load; null where none do. */
  readonly needed: number | null;
  readonly why: Reason;
  readonly curve: readonly { readonly replicas: number; readonly latencyMs: number; readonly utility: number }[];
}

/** A figure over several seeds: the mean, and the least and the most that came out. */
export interface Spread {
  readonly mean: number;
  readonly least: number;
  readonly most: number;
}

/** The trace replayed by the simulator; one entry a minute. */
export interface ReplaySeries {
  readonly job: string;
  readonly arrivalsPerMinute: readonly number[];
  /** What the last forecast before it expected; null where there was none. */
  readonly forecastPerMinute: readonly (number | null)[];
  readonly replicas: readonly number[];
  /** At the percentile of the job's SLO, of the requests that were answered. */
  readonly p99Ms: readonly (number | null)[];
  /** Requests of each minute that took longer than the SLO or were turned away. */
  readonly violations: readonly number[];
  /** Share over the SLO as `berth simulate` counts it: of each minute's requests, then the mean over the minutes with any. */
  readonly violationRate: number;
  readonly sloMs: number;
}

/** A policy's totals on the spec's trace, as `berth simulate` counts them. */
export interface PolicyPreview {
  readonly policy: Policy;
  /** Share of requests over the SLO: of each minute, mean over the jobs with requests, then over the minutes. */
  readonly violationRate: Spread;
  readonly lostUtility: Spread;
  readonly averageReplicas: Spread;
  readonly requests: number;
}

/** One of the resources that a cluster's capacity is counted in. */
export interface ResourcePreview {
  readonly name: string;
  readonly capacity: number;
  readonly used: number;
  /** The smallest capacity of it with which every SLO is met that some capacity meets; null where none is. */
  readonly enough: number | null;
  /** What one replica takes of it: by job, in their order. */
  readonly takes: readonly number[];
}

export interface InferencePreview extends PreviewBase {
  readonly kind: 'InferenceCluster';
  readonly objective: { readonly name: Objective; readonly value: number; readonly best: number };
  /** In `unit`; `nodes` is how many replicas must fit on, 0 where they fit anywhere. */
  readonly capacity: {
    readonly replicas: number;
    readonly used: number;
    readonly unit: string;
    readonly nodes: number;
    /** Everything that the capacity is counted in, with the tightest first: what is used up first stops further replicas. */
    readonly resources: readonly ResourcePreview[];
  };
  /** The job that would gain most from another replica. */
  readonly neediest: string | null;
  /** The last replica that was given: the one that would be missed least, and what it brings the objective. Null where all have their minima. */
  readonly lastGiven: { readonly job: string; readonly worth: number } | null;
  /** The smallest capacity that meets every SLO that some capacity can meet, in the capacity's unit; in words also which can be met by none. */
  readonly enough: { readonly amount: number | null; readonly never: readonly string[]; readonly words: string };
  readonly jobs: readonly JobPreview[];
  readonly replay: {
    /** The spec's own, under which the series were replayed. */
    readonly policy: Policy;
    readonly minutes: number;
    /** Whether policies that look ahead know past days (`autoscaler.forecast`); else they learn from the trace as it comes. */
    readonly trainedForecast: boolean;
    readonly series: readonly ReplaySeries[];
    /** Seeds that the policies' figures are of so far, and how many they will be of. */
    readonly seeds: number;
    readonly seedsWanted: number;
    readonly policies: readonly PolicyPreview[];
  } | null;
}

export interface GraphBox {
  readonly id: string;
  readonly label: string;
  /** Children folded into this box; 1 for a single node. */
  readonly count: number;
  /** Node names inside, at most the first five hundred. */
  readonly nodes: readonly string[];
  /** Index of the device that holds most of its time; -1 where mixed evenly. */
  readonly device: number;
  /** Share of its time per device, by device index. */
  readonly share: readonly number[];
  /** Time of its nodes in one step, backward runs included. */
  readonly computeUs: number;
  readonly memoryBytes: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** True where opening shows more. */
  readonly foldable: boolean;
  /** The opened group that this box came out of and that Escape closes; null at the top. */
  readonly parent: string | null;
  /** Time of its nodes on the critical path, backward runs included. */
  readonly criticalUs: number;
  /** How many of its nodes are pinned, by the text or by what is tried. */
  readonly pinned: number;
  /** With a comparison: how many of its nodes sit elsewhere in the second placement. */
  readonly moved?: number;
}

export interface GraphLine {
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
  readonly count: number;
  readonly crossing: boolean;
  /** Whether the critical path goes along it, with a tensor or its gradient. */
  readonly critical: boolean;
  readonly points: readonly (readonly [number, number])[];
}

export interface GraphPicture {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly GraphBox[];
  readonly lines: readonly GraphLine[];
  /** Ids of the groups from the root to what is shown. */
  readonly opened: readonly string[];
  readonly totalNodes: number;
  readonly totalEdges: number;
}

export interface DevicePreview {
  readonly name: string;
  readonly memoryBytes: number;
  readonly peakBytes: number;
  readonly busyUs: number;
  readonly nodes: number;
  /** Compute and transfer intervals, merged so that there are at most a few hundred. */
  readonly intervals: readonly {
    readonly kind: 'compute' | 'transfer';
    readonly startUs: number;
    readonly endUs: number;
    readonly label: string;
    /** The node that runs, or whose tensor is sent; of merged ones the first. */
    readonly node?: string;
  }[];
  readonly memoryOverTime: readonly (readonly [timeUs: number, bytes: number])[];
}

/** Devices that are alike and counted: gpu0, gpu1 … as `gpu`. */
export interface DeviceGroup {
  readonly name: string;
  /** Of each. */
  readonly memoryBytes: number;
  readonly devices: readonly string[];
}

/** The chain of runs and transfers without a gap from the start of the step to its end: nothing else shortens the step. */
export interface CriticalPathPreview {
  /** Runs and transfers in the order of time; runs one after another on one device are one. The longest, where there are many. */
  readonly steps: readonly {
    readonly kind: 'compute' | 'transfer';
    /** Index of the device that runs or sends; `to` is the one that receives. */
    readonly device: number;
    readonly to?: number;
    readonly startUs: number;
    readonly endUs: number;
    readonly label: string;
    /** How many runs or transfers it stands for. */
    readonly count: number;
  }[];
  /** Steps that are left out because there are too many. */
  readonly hidden: number;
  readonly computeUs: number;
  readonly transferUs: number;
  /** All of it in one sentence. */
  readonly words: string;
}

/** One step of a pipeline: its first replica, since all do the same. */
export interface PipelinePreview {
  readonly schedule: PipelineSchedule;
  readonly microBatches: number;
  readonly replicas: number;
  readonly makespanUs: number;
  readonly fits: boolean;
  /** What all devices together spend waiting, as a part of the step. */
  readonly bubbleShare: number;
  /** Whether no other cuts are better. */
  readonly isOptimal: boolean;
  /** The same with as many layers in each stage; fits or not. */
  readonly equalLayersUs: number;
  readonly sentence: string;
  readonly stages: readonly {
    readonly device: string;
    readonly nodes: number;
    /** Names of its first and last node. */
    readonly first: string;
    readonly last: string;
    /** Of one micro-batch. */
    readonly forwardUs: number;
    readonly backwardUs: number;
  }[];
  readonly devices: readonly {
    readonly name: string;
    readonly memoryBytes: number;
    readonly peakBytes: number;
    readonly busyUs: number;
    /** In the order of time; what lies between them are bubbles. */
    readonly passes: readonly {
      readonly kind: 'forward' | 'backward' | 'weights';
      readonly stage: number;
      readonly microBatch: number;
      readonly startUs: number;
      readonly endUs: number;
    }[];
  }[];
  /** Numbers of micro-batches that were compared. */
  readonly tried: readonly { readonly microBatches: number; readonly makespanUs: number; readonly fits: boolean }[];
}

/** Two placements that a person picked from the compared ones. */
export interface PlacementComparison {
  readonly sides: readonly [ComparedSide, ComparedSide];
  /** Peaks of the first and the second, by device of the first. */
  readonly devices: readonly {
    readonly device: string;
    readonly memoryBytes: number;
    readonly peakBytes: readonly [number, number];
  }[];
  /** Devices of the second that are taken for others that are alike: [its name there, the one it stands for]. */
  readonly renamed: readonly (readonly [string, string])[];
  /** Nodes that sit elsewhere, and those of them that compute longest. */
  readonly moved: number;
  readonly nodes: readonly {
    readonly node: string;
    readonly from: string;
    readonly to: string;
    readonly computeUs: number;
  }[];
  readonly words: string;
}

export interface ComparedSide {
  readonly algorithm: Algorithm;
  readonly makespanUs: number;
  readonly transferBytes: number;
  readonly fits: boolean;
}

/** How far a search for a better placement is: what it had found after how many moves. */
export interface SearchProgress {
  readonly points: readonly { readonly moves: number; readonly makespanUs: number }[];
  /** No placement can be faster. */
  readonly boundUs: number;
  /** Whether it goes on; it can be stopped, and keeps what it has found. */
  readonly running: boolean;
}

/** How far a placement holds where the figures are others than it was planned with. */
export interface SensitivityPreview {
  readonly axes: readonly {
    readonly title: string;
    /** What a factor is of. */
    readonly means: string;
    readonly points: readonly SensitivityPoint[];
  }[];
  /** How many cases are judged, and how many there are. */
  readonly judged: number;
  readonly cases: number;
  readonly running: boolean;
  /** What it comes to, in one sentence. */
  readonly words: string;
}

/** A point of a curve: of cases that differ in their seed alone the mean of those that fit, and the worst. */
export interface SensitivityPoint {
  readonly factor: number;
  /** One step of the placement as it is, and of one planned anew; null where none of the cases fits. */
  readonly keptUs: number | null;
  readonly anewUs: number | null;
  /** Kept over anew, less 1. */
  readonly regret: number | null;
  readonly worstRegret: number | null;
  /** Of all cases, how many the kept placement fits, and one planned anew. */
  readonly keptFits: number;
  readonly anewFits: number;
  readonly cases: number;
}

export interface PlacementPreview extends PreviewBase {
  readonly kind: 'TrainingPlacement';
  readonly algorithm: Algorithm;
  readonly chosen: Algorithm;
  readonly makespanUs: number;
  readonly lowerBoundUs: number;
  readonly fits: boolean;
  readonly transfers: number;
  readonly transferBytes: number;
  readonly pipeline?: PipelinePreview;
  /** Layers that are computed again in the backward pass so that the placement fits: bytes that need not be kept, and time. */
  readonly recomputed?: readonly { readonly name: string; readonly us: number; readonly bytes: number }[];
  /** Sentences on what the figures rest on: whose transfer times they are, what theory promises. */
  readonly notes: readonly string[];
  readonly devices: readonly DevicePreview[];
  readonly placement: Readonly<Record<string, string>>;
  readonly deviceGroups: readonly DeviceGroup[];
  readonly link: {
    /** Bytes per second. */
    readonly bandwidth: number;
    readonly latencyMs: number;
    /** Tensors whose times the graph file gives and which win over the link: none where it overrides them. And how many there are. */
    readonly given: number;
    readonly tensors: number;
  };
  /** Pins in force, of the text and of what is tried: node → device. */
  readonly pins: Readonly<Record<string, string>>;
  readonly critical: CriticalPathPreview;
  readonly graph: GraphPicture;
  /** The algorithms side by side; null makespan where it found no placement. */
  readonly compared: readonly {
    readonly algorithm: Algorithm;
    readonly makespanUs: number | null;
    readonly fits: boolean;
    readonly planMs: number;
    /** Largest memory in use, of every device in their order; empty where it found no placement. */
    readonly peakBytes: readonly number[];
    readonly note: string;
  }[];
  /** Of the two that `compare` names. */
  readonly comparison?: PlacementComparison;
  /** Where the algorithm is one that searches. */
  readonly progress?: SearchProgress;
  /** Where it was asked for. */
  readonly sensitivity?: SensitivityPreview;
}

/** One node of a placement, asked about by itself. */
export interface NodeFacts {
  readonly node: string;
  readonly device: string;
  readonly pinned: boolean;
  /** The step as it is. */
  readonly makespanUs: number;
  /** Its runs in one step. `waits` ends a sentence about it: `waits for conv1, which ends then`. */
  readonly runs: readonly {
    readonly backward: boolean;
    readonly startUs: number;
    readonly endUs: number;
    readonly waits: string;
  }[];
  /** The step with this node on each other device and all else where it is, simulated. */
  readonly moves: readonly {
    readonly device: string;
    readonly makespanUs: number;
    readonly changeUs: number;
    readonly fits: boolean;
    /** Of the device that the node would go to. */
    readonly peakBytes: number;
    /** `fits`, or which devices would lack how much. */
    readonly memory: string;
  }[];
  /** Further devices that were not tried, since the graph is large. */
  readonly untried: number;
}

export interface FederationPreview extends PreviewBase {
  readonly kind: 'Federation';
  readonly sites: readonly string[];
  readonly patternName: string;
  /** Site names, three levels deep: partition → group → site. */
  readonly partitions: readonly (readonly (readonly string[])[])[];
  readonly gap: number;
  readonly iterations: number;
  readonly safeIterations: number;
  readonly leaks: readonly {
    readonly observers: readonly string[];
    /** Independent combinations of other sites' weights that they could compute; the mean is one of them. */
    readonly dimension: number;
    /** The same without the mean. */
    readonly beyondMean: number;
    readonly learns: readonly string[];
    readonly words: string;
  }[];
  readonly meanOnly: boolean;
  readonly messages: readonly {
    readonly iteration: number;
    readonly from: string;
    readonly to: string;
    readonly what: 'y' | 'partial';
  }[];
  readonly vectorsPerSitePerRound: number;
  /** Expected mean square error of the average. */
  readonly errorPerIteration: readonly number[];
  readonly accuracy: {
    /** How far the average is off, as a share of the weights (root mean squares); null where rounding has drowned it. */
    readonly offPerIteration: readonly (number | null)[];
    /** How far the last one is off, in words. */
    readonly words: string;
  };
  readonly rho: readonly number[];
}

export type Preview = InferencePreview | PlacementPreview | FederationPreview;
export type PreviewOf<K extends Kind> = Extract<Preview, { readonly kind: K }>;

/** What can be changed in the picture without touching the text; `Keep` writes it. */
export interface WhatIf {
  readonly capacityReplicas?: number;
  readonly sloMs?: Readonly<Record<string, number>>;
  readonly pins?: Readonly<Record<string, string>>;
  /** Nodes whose pins are taken back. */
  readonly unpinned?: readonly string[];
  /** Number and memory of devices, by the name of their group. */
  readonly devices?: Readonly<Record<string, { readonly count?: number; readonly memoryBytes?: number }>>;
  /** Of the link between devices, bytes per second. */
  readonly bandwidth?: number;
  readonly algorithm?: Algorithm;
  readonly look?: Look;
}

/** How one looks at what is decided, and what more of it one wants to see: it changes no number, and stays where a what-if is discarded. */
export interface Look {
  /** Two of the compared algorithms, to see what differs. */
  readonly compare?: readonly [Algorithm, Algorithm];
  /** Groups of the graph that are opened, the last opened last; where all would be too much, the first ones close. */
  readonly opened?: readonly string[];
  /** The way the graph flows, by the panel's shape. */
  readonly direction?: 'right' | 'down';
  /** How far a placement holds, which takes seconds to minutes. */
  readonly sensitivity?: boolean;
}
