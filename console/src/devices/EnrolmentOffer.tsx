// Makes a single-use enrolment token and shows the command that uses it, once.
import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { useText } from '../language/Language.tsx';
import { ProblemNotice } from '../notice/Notice.tsx';
import { EnrolmentCommand } from '../settings/EnrolmentCommand.tsx';

/** How long the offered command works. */
const OFFER_HOURS = 24;

export function EnrolmentOffer() {
  const text = useText();
  const questions = useQueryClient();
  const make = useMutation({
    mutationFn: () => {
      const expires_at = new Date(Date.now() + OFFER_HOURS * 3_600_000).toISOString();
      return answered(api.POST('/api/v1/enrolment-tokens', { body: { name: text('enrolment-first-name'), expires_at, uses_max: 1 } }));
    },
    onSuccess: () => questions.invalidateQueries({ queryKey: ['enrolment-tokens'] }),
  });
  if (make.data) {
    return (
      <div style={{ paddingTop: 12, textAlign: 'left' }}>
        <EnrolmentCommand command={make.data.command} />
        <p style={{ paddingTop: 8 }}>{text('enrolment-once', { hours: OFFER_HOURS })}</p>
      </div>
    );
  }
  return (
    <div style={{ paddingTop: 12 }}>
      {make.error && <ProblemNotice failure={make.error} />}
      <Button onClick={() => make.mutate()} loading={make.isPending}>
        {text('enrolment-make')}
      </Button>
    </div>
  );
}
