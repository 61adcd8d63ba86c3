/** Starts a control plane, tells of it, and is killed by a test, which then looks for what is left. */
import { ControlPlane } from './control-plane.ts';

const plane = await ControlPlane.start();
process.send?.({ folder: plane.folder, pids: [...plane.pids().values()] });
