// A model server: tells which digit a picture shows. This is what each replica of serving.berth.yaml runs.
//
//     POST /classify {"pixels": [784 numbers from 0 to 1, row by row]} → {"digit": 7, "probabilities": [10 numbers], "ms": 12.3}
//     GET /healthz → 200
//
// It answers one request at a time; Berth puts a queue before it. `--views N` sets how often it looks at a picture: see
// classifier-network.mjs.
import { createServer } from 'node:http';
import { classify, loadNetwork, views } from './classifier-network.mjs';
import { PIXELS } from '../data/digits.mjs';

const { HOST = '127.0.0.1', PORT = '8080', BERTH_TOKEN } = process.env;
const option = process.argv.indexOf('--views');
const count = option > 0 ? Number(process.argv[option + 1]) : 400;
if (!Number.isInteger(count) || count < 1 || count > 625) {
  console.error('--views takes a whole number from 1 to 625');
  process.exit(2);
}
const network = loadNetwork();
const looks = views(count);
// So that the first request is as fast as the others: the compiler needs to have seen the work.
for (let i = 0; i < 8; i++) classify(network, new Float32Array(PIXELS).fill(0.5), looks);

const MOST_BYTES = 64 * 1024;

function pixelsOf(text) {
  let pixels;
  try {
    ({ pixels } = JSON.parse(text));
  } catch {
    return undefined;
  }
  const sound = Array.isArray(pixels) && pixels.length === PIXELS && pixels.every((value) => value >= 0 && value <= 1);
  return sound ? Float32Array.from(pixels) : undefined;
}

const server = createServer((request, response) => {
  const answer = (status, body) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(body)}\n`);
  };
  // Under Berth only the router may ask; started by hand, anyone on this machine.
  if (BERTH_TOKEN !== undefined && request.headers['x-berth-token'] !== BERTH_TOKEN)
    return answer(403, { error: 'ask the router' });
  if (request.method === 'GET' && request.url === '/healthz') return answer(200, { ready: true, views: count });
  if (request.method !== 'POST' || request.url !== '/classify')
    return answer(404, { error: 'POST /classify or GET /healthz' });
  const chunks = [];
  let bytes = 0;
  request.on('data', (chunk) => {
    bytes += chunk.length;
    if (bytes <= MOST_BYTES) chunks.push(chunk);
  });
  request.on('end', () => {
    if (bytes > MOST_BYTES) return answer(413, { error: `more than ${MOST_BYTES} bytes` });
    const pixels = pixelsOf(Buffer.concat(chunks).toString('utf8'));
    if (pixels === undefined) return answer(400, { error: `"pixels" must be ${PIXELS} numbers from 0 to 1` });
    const begin = performance.now();
    const result = classify(network, pixels, looks);
    answer(200, { ...result, ms: Math.round((performance.now() - begin) * 10) / 10 });
  });
});
server.listen(Number(PORT), HOST, () =>
  console.log(`listening on http://${HOST}:${server.address().port}, ${count} views`),
);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
