import { useMutation } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';

/** Sends the browser to a provider. */
export function useDeparture() {
  return useMutation({
    mutationFn: (body: { provider: string; link?: string }) => answered(api.POST('/api/v1/sign-on/begin', { body })),
    onSuccess: ({ location: page }) => {
      // The server says so of every page of a provider; a browser asks once more, since other schemes would be run here.
      if (new URL(page).protocol === 'https:') location.assign(page);
    },
  });
}
