import { queryOptions } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { pagesOf } from '../api/pages.ts';
import type { Device } from '../api/shape.ts';

/** Rows of a page when all of a group's members are fetched: the most that the server gives. */
const MEMBERS_PAGE_ROWS = 1_000;

export const groupQuestion = (group: string) =>
  queryOptions({
    queryKey: ['groups', group],
    queryFn: ({ signal }) => answered(api.GET('/api/v1/groups/{group}', { params: { path: { group } }, signal })),
  });

/** The devices that a selector chooses. */
export const chosenQuestion = (selector: string) =>
  pagesOf(['devices', 'chosen', selector], (page, signal) =>
    answered(api.GET('/api/v1/devices', { params: { query: { selector, ...page } }, signal })),
  );

/** The devices to pick members from. */
export const candidatesQuestion = (q: string | undefined) =>
  pagesOf(['devices', 'candidates', q ?? ''], (page, signal) => answered(api.GET('/api/v1/devices', { params: { query: { q, ...page } }, signal })));

/** All members of a group listed by hand, the retired ones too: saving replaces them all, so none may be overlooked. */
export const membersQuestion = (group: string) =>
  queryOptions({
    queryKey: ['groups', group, 'members'],
    queryFn: async ({ signal }) => {
      const selector = `group:${group} and (status:retired or not status:retired)`;
      const members: Device[] = [];
      let cursor: string | undefined;
      do {
        const query = { selector, cursor, limit: MEMBERS_PAGE_ROWS };
        const page = await answered(api.GET('/api/v1/devices', { params: { query }, signal }));
        members.push(...page.items);
        cursor = page.next ?? undefined;
      } while (cursor);
      return members;
    },
    staleTime: 0,
    refetchOnWindowFocus: false,
  });
