/** A device that holds and runs nodes. */
export interface Device {
  readonly name: string;
  /** Bytes that nodes can have: what the device has without what is reserved. */
  readonly memory: number;
  /** Times of the graph are divided by it; 1 where absent. */
  readonly speed?: number;
  /** Sort of device, for nodes whose times differ by it. */
  readonly kind?: string;
  /** Where it is, for links that join devices of one host or rack. */
  readonly host?: string;
  readonly rack?: string;
}
