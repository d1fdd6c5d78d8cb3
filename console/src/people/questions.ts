import { queryOptions } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { pagesOf } from '../api/pages.ts';

/** Under which everything about people is remembered. */
export const PEOPLE_KEY = ['people'];
/** Devices that a preview names. */
export const PREVIEW_DEVICES = 5;

export const peopleQuestion = pagesOf([...PEOPLE_KEY, ''], (page, signal) => answered(api.GET('/api/v1/people', { params: { query: page }, signal })));

export const personQuestion = (user: string) =>
  queryOptions({
    queryKey: [...PEOPLE_KEY, 'one', user],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/people/{user}', { params: { path: { user } }, signal })),
  });

/** By their addresses: whoever is in a group. */
export const everybodyQuestion = queryOptions({
  queryKey: [...PEOPLE_KEY, 'everybody'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/people', { params: { query: { limit: 1_000 } }, signal })),
});

export const peopleGroupsQuestion = queryOptions({
  queryKey: [...PEOPLE_KEY, 'groups'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/people/groups', { signal })),
});

export const invitationsQuestion = pagesOf([...PEOPLE_KEY, 'invitations', ''], (page, signal) =>
  answered(api.GET('/api/v1/invitations', { params: { query: page }, signal })),
);

/** What each role may do; that does not change while a server runs. */
export const rolesQuestion = queryOptions({
  queryKey: ['roles'],
  queryFn: ({ signal }) => answered(api.GET('/api/v1/roles', { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

/** How many devices a selector chooses; all of them where there is none. */
export const countsQuestion = (selector: string | undefined) =>
  queryOptions({
    queryKey: ['devices', 'counts', selector ?? ''],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/devices/summary', { params: { query: { selector } }, signal })),
  });

/** The first devices that a selector chooses. */
export const firstDevicesQuestion = (selector: string | undefined) =>
  queryOptions({
    queryKey: ['devices', 'first', selector ?? ''],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/devices', { params: { query: { selector, limit: PREVIEW_DEVICES } }, signal })),
  });

/** Who may see a device, and why. */
export const seersQuestion = (device: string) =>
  pagesOf(['device', device, 'people', ''], (page, signal) =>
    answered(api.GET('/api/v1/devices/{device}/people', { params: { path: { device }, query: page }, signal })),
  );
