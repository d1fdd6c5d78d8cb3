import { queryOptions } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { pagesOf } from '../api/pages.ts';
import type { PackageFilter } from '../packages/filter.ts';

const of = (device: string) => ({ path: { device } });

export const deviceQuestion = (device: string) =>
  queryOptions({
    queryKey: ['device', device],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/devices/{device}', { params: of(device), signal })),
    refetchInterval: 30_000,
  });

export const devicePackagesQuestion = (device: string, filter: PackageFilter) =>
  pagesOf(['device', device, 'packages', filter], (page, signal) =>
    answered(api.GET('/api/v1/devices/{device}/packages', { params: { ...of(device), query: { ...filter, ...page } }, signal })),
  );

export const deviceHistoryQuestion = (device: string) =>
  pagesOf(['device', device, 'history', ''], (page, signal) =>
    answered(api.GET('/api/v1/devices/{device}/history', { params: { ...of(device), query: page }, signal })),
  );

export const deviceGapsQuestion = (device: string) =>
  pagesOf(['device', device, 'gaps', ''], (page, signal) =>
    answered(api.GET('/api/v1/devices/{device}/gaps', { params: { ...of(device), query: page }, signal })),
  );

export const deviceUpdatesQuestion = (device: string) =>
  queryOptions({
    queryKey: ['device', device, 'updates'],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/devices/{device}/updates', { params: of(device), signal })),
  });

export const deviceVulnerabilitiesQuestion = (device: string) =>
  queryOptions({
    queryKey: ['device', device, 'vulnerabilities'],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/devices/{device}/vulnerabilities', { params: of(device), signal })),
  });

export const sentStateQuestion = (device: string) =>
  queryOptions({
    queryKey: ['device', device, 'state'],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/devices/{device}/state', { params: of(device), signal })),
  });

export const receiptsQuestion = (device: string) =>
  pagesOf(['device', device, 'receipts', ''], (page, signal) =>
    answered(api.GET('/api/v1/devices/{device}/receipts', { params: { ...of(device), query: page }, signal })),
  );
