// The journey, then every route with the session that it leaves.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

for (const part of ['journey.mjs', 'routes.mjs']) {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, part)], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
