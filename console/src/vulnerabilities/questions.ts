import { queryOptions } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { pagesOf } from '../api/pages.ts';
import { type FindingFilter, queryOf } from './filter.ts';

/** Days that the exposure chart looks back. */
export const EXPOSURE_DAYS = 90;

export const findingsQuestion = (filter: FindingFilter) =>
  pagesOf(['vulnerabilities', 'list', queryOf(filter)], (page, signal) =>
    answered(api.GET('/api/v1/vulnerabilities', { params: { query: { ...queryOf(filter), ...page } }, signal })),
  );

export const vulnerablePackagesQuestion = pagesOf(['vulnerabilities', 'packages', ''], (page, signal) =>
  answered(api.GET('/api/v1/vulnerabilities/packages', { params: { query: page }, signal })),
);

export const exposureQuestion = queryOptions({
  queryKey: ['vulnerabilities', 'exposure'],
  queryFn: ({ signal }) =>
    answered(api.GET('/api/v1/vulnerabilities/exposure/history', { params: { query: { days: EXPOSURE_DAYS } }, signal })),
});

export const vulnerabilityQuestion = (cve: string) =>
  queryOptions({
    queryKey: ['vulnerability', cve],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/vulnerabilities/{cve}', { params: { path: { cve } }, signal })),
  });

export const exposedDevicesQuestion = (cve: string) =>
  pagesOf(['vulnerability', cve, 'devices', ''], (page, signal) =>
    answered(api.GET('/api/v1/vulnerabilities/{cve}/devices', { params: { path: { cve }, query: page }, signal })),
  );
