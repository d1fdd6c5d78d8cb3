import { queryOptions } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { pagesOf } from '../api/pages.ts';
import type { PackageManager } from '../api/shape.ts';

export const fleetPackagesQuestion = (q: string | undefined) =>
  pagesOf(['packages', 'list', q ?? ''], (page, signal) =>
    answered(api.GET('/api/v1/packages', { params: { query: { q, ...page } }, signal })),
  );

export const packageQuestion = (manager: PackageManager, name: string) =>
  queryOptions({
    queryKey: ['packages', manager, name],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/packages/{manager}/{name}', { params: { path: { manager, name } }, signal })),
  });

export const packageDevicesQuestion = (manager: PackageManager, name: string, version: string | undefined) =>
  pagesOf(['packages', manager, name, 'devices', version ?? ''], (page, signal) =>
    answered(
      api.GET('/api/v1/packages/{manager}/{name}/devices', { params: { path: { manager, name }, query: { version, ...page } }, signal }),
    ),
  );

export const updatesSummaryQuestion = queryOptions({
  queryKey: ['updates', 'summary'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/updates/summary', { signal })),
});
