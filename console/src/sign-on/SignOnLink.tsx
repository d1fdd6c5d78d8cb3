// Asks for an organisation's sign-in link. Which organisations there are is told to nobody.
import { Button, Group, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useText } from '../language/Language.tsx';
import { providerOf } from './brought.ts';

export function SignOnLink() {
  const text = useText();
  const navigate = useNavigate();
  const [isWrong, setWrong] = useState(false);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const provider = providerOf(String(new FormData(event.currentTarget).get('link')));
    setWrong(provider === undefined);
    if (provider) void navigate({ to: '/sign-in/$provider', params: { provider } });
  };
  return (
    <form onSubmit={submit}>
      <Group align="flex-end" gap={8} wrap="nowrap">
        <TextInput
          label={text('sign-on-link')}
          description={text('sign-on-link-note')}
          name="link"
          autoComplete="off"
          spellCheck={false}
          required
          withAsterisk={false}
          error={isWrong && text('sign-on-link-wrong')}
          flex={1}
        />
        <Button type="submit" variant="default">
          {text('sign-on-link-open')}
        </Button>
      </Group>
    </form>
  );
}
