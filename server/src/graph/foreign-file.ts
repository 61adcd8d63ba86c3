/** Files that people give for a graph and that hold none, or none that may be read: told by their first bytes. */
import type { GraphFinding } from './graph-finding.ts';

/** What a file is that is refused without being looked into further; undefined where its first bytes do not tell. */
export function foreignFile(bytes: Uint8Array): GraphFinding | undefined {
  const pickle = pickleIn(bytes);
  if (pickle !== undefined) return { code: 'BERTH3050', path: [], params: { what: pickle } };
  const other = OTHER.find(({ at, magic }) =>
    Array.from(magic).every((letter, i) => bytes[at + i] === letter.charCodeAt(0)),
  );
  return other && { code: 'BERTH3007', path: [], params: { detail: other.detail } };
}

/** Pickles begin with their protocol, 2 to 5 (0 and 1 have no mark of their own); PyTorch puts one into an archive. */
function pickleIn(bytes: Uint8Array): string | undefined {
  const [first, second = 0] = bytes;
  if (first === 0x80 && second >= 2 && second <= 5) return 'a pickle of Python, as torch.save once wrote it';
  if (first !== 0x50 || second !== 0x4b) return undefined;
  return namesInZip(bytes).some((name) => /(?:^|\/)(?:data|constants)\.pkl$/.test(name))
    ? 'a model or checkpoint of PyTorch, an archive whose contents are a pickle'
    : undefined;
}

/** The name of the first entry of a ZIP archive: PyTorch writes `data.pkl` first. */
function namesInZip(bytes: Uint8Array): string[] {
  const length = (bytes[26] ?? 0) + 256 * (bytes[27] ?? 0);
  return [String.fromCharCode(...bytes.subarray(30, 30 + Math.min(length, 1024)))];
}

const EXPORT =
  'it holds weights and no graph; export the model with torch.onnx.export, or give its module to "berth profile"';

const OTHER: readonly { readonly at: number; readonly magic: string; readonly detail: string }[] = [
  { at: 4, magic: '\0\0\0\0{"', detail: `it is a file of safetensors: ${EXPORT}` },
  { at: 0, magic: 'GGUF', detail: `it is a GGUF file: ${EXPORT}` },
  {
    at: 4,
    magic: 'TFL3',
    detail: 'it is a model of TensorFlow Lite; give the SavedModel or GraphDef (.pb) that it was made from',
  },
  {
    at: 0,
    magic: '\x89HDF',
    detail: 'it is an HDF5 file, as Keras writes it; save the model as a SavedModel, or export it to ONNX',
  },
];
