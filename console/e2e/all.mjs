// All journeys. With BASE_URL: the main job on that server, then every route with the session that it leaves. Without: the
// same on the mock, and what only the mock can show; this needs a build in dist/.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';

const HERE = import.meta.dirname;
const ROOT = join(HERE, '..');
const START_MS_MAX = 60_000;
/** On the mock two of the eight variants have everything; all eight are visited on a real server. ONLY=. asks for all here too. */
const MOCK_VARIANTS = 'en light 1280|pl dark 400';
const mocks = [];

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    for (const child of mocks) child.kill();
    process.exit(130);
  });
}

function journey(file, environment = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(HERE, file)], { stdio: 'inherit', env: { ...process.env, ...environment } });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Starts the mock in a scenario and waits until it answers. */
async function mock(scenario, devices = '240') {
  const url = `http://127.0.0.1:${await freePort()}`;
  const vite = [join(ROOT, 'node_modules/vite/bin/vite.js'), 'preview', '--port', new URL(url).port];
  const env = { ...process.env, PURSER_MOCK: scenario, PURSER_MOCK_DEVICES: devices, PURSER_API: '' };
  mocks.push(spawn(process.execPath, vite, { cwd: ROOT, env, stdio: 'ignore' }));
  const end = Date.now() + START_MS_MAX;
  while (!(await fetch(url).then((answer) => answer.ok, () => false))) {
    if (Date.now() > end) throw new Error(`the mock did not start: ${scenario}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return url;
}

async function everything() {
  if (process.env.BASE_URL) return (await journey('journey.mjs')) || (await journey('auditor.mjs')) || journey('routes.mjs');
  const [fresh, fleet, large, empty] = [await mock('fresh'), await mock('fleet'), await mock('fleet', '100000'), await mock('empty')];
  return (
    (await journey('journey.mjs', { BASE_URL: fresh })) ||
    (await journey('mock.mjs', { FLEET_URL: fleet, LARGE_URL: large, EMPTY_URL: empty })) ||
    (await journey('people.mjs', { BASE_URL: fleet })) ||
    journey('routes.mjs', { BASE_URL: fleet, ONLY: process.env.ONLY ?? MOCK_VARIANTS })
  );
}

let code = 1;
try {
  code = await everything();
} finally {
  for (const child of mocks) child.kill();
}
process.exit(code);
