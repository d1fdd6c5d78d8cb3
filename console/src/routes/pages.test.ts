// The server answers the addresses that `lib.rs` lists with the console; a route that is missing there works by a click and
// not by a reload.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { QueryClient } from '@tanstack/react-query';
import { expect, test } from 'vitest';
import { routerOf } from './router.ts';

const listed = readFileSync(join(import.meta.dirname, '../lib.rs'), 'utf8').split('PAGES: &[&str] = &[')[1]?.split('];')[0] ?? '';
const pages = [...listed.matchAll(/"([^"]+)"/g)].map(([, path]) => path ?? '').sort();

test('every route of the console is an address that the server answers with it', () => {
  const routes = Object.keys(routerOf(new QueryClient()).routesByPath)
    .map((path) => path.replaceAll(/\$(\w+)/g, '{$1}').replace(/(.)\/$/, '$1'))
    .filter((path, index, all) => all.indexOf(path) === index);
  expect(routes.sort()).toEqual(pages);
});
