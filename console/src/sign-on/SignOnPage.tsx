// The page of an organisation's sign-in link: it says where one goes, and goes there. It names no organisation to a stranger.
import { Button, Stack } from '@mantine/core';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useText } from '../language/Language.tsx';
import { ProblemNotice } from '../notice/Notice.tsx';
import { Door } from '../sign-in/Door.tsx';
import { useDeparture } from './useDeparture.ts';

const route = getRouteApi('/sign-in/$provider');

export function SignOnPage() {
  const text = useText();
  const { provider } = route.useParams();
  const depart = useDeparture();
  return (
    <Door title={text('sign-on')} intro={<p>{text('sign-on-intro')}</p>}>
      <Stack gap={12}>
        {depart.error && <ProblemNotice failure={depart.error} />}
        <Button onClick={() => depart.mutate({ provider })} loading={depart.isPending || depart.isSuccess} fullWidth autoFocus>
          {text('sign-on-go')}
        </Button>
        <p>
          <Link to="/sign-in" search={{}}>
            {text('sign-on-by-password')}
          </Link>
        </p>
      </Stack>
    </Door>
  );
}
