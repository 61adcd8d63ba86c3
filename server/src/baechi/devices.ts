/** A device that holds and runs nodes. All devices are equally fast. */
export interface Device {
  readonly name: string;
  /** Memory limit in bytes. */
  readonly memory: number;
}
