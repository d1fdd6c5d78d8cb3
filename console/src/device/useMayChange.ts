// Whether the person may change this device. Who sees more devices than they may change has roles with selectors, and whether
// one of those chooses this device only the server can say.
import { queryOptions, useQuery } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { useMay } from '../sign-in/may.ts';
import { sessionQuestion } from '../sign-in/session.ts';

/** The roles that change devices. */
const CHANGING = ['owner', 'admin', 'operator', 'technician'];

/** Whether a selector chooses a device, also where it is retired. */
const isChosenQuestion = (device: string, selector: string) =>
  queryOptions({
    queryKey: ['device', device, 'chosen', selector],
    queryFn: async ({ signal }) => {
      const query = { selector: `device:${device} and (${selector}) and (status:retired or not status:retired)`, limit: 1 };
      const page = await answered(api.GET('/api/v1/devices', { params: { query }, signal }));
      return page.items.length > 0;
    },
  });

export function useMayChange(device: string): boolean {
  const may = useMay();
  const roles = useQuery(sessionQuestion).data?.roles ?? [];
  const changing = roles.filter((one) => CHANGING.includes(one.role));
  const isSome = may.some('devices:write') && !may.all('devices:write');
  // Where every role that they hold changes devices, they change what they see.
  const isAsked = isSome && changing.length < roles.length;
  const selector = changing.map((one) => `(${one.devices ?? 'all'})`).join(' or ');
  const chosen = useQuery({ ...isChosenQuestion(device, selector), enabled: isAsked });
  if (isAsked) return chosen.data ?? false;
  return may.some('devices:write');
}
