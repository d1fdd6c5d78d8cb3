// A new password, twice, with what the organisation holds it to. The fields are called `new_password` and `again`.
import { PasswordInput } from '@mantine/core';
import type { PasswordRules } from '../api/shape.ts';
import { useText } from '../language/Language.tsx';

export function NewPassword(props: { label: string; rules?: PasswordRules; isMismatch: boolean; autoFocus?: boolean }) {
  const { label, rules, isMismatch, autoFocus } = props;
  const text = useText();
  const showButton = { 'aria-label': text('password-show'), 'aria-hidden': false, tabIndex: 0 };
  return (
    <>
      <PasswordInput
        label={label}
        description={rules && text(rules.letters_and_digits ? 'password-hint-mixed' : 'password-hint', { count: rules.chars_min })}
        name="new_password"
        autoComplete="new-password"
        minLength={rules?.chars_min}
        required
        withAsterisk={false}
        autoFocus={autoFocus}
        visibilityToggleButtonProps={showButton}
      />
      <PasswordInput
        label={text('password-again')}
        name="again"
        autoComplete="new-password"
        required
        withAsterisk={false}
        error={isMismatch && text('password-mismatch')}
        visibilityToggleButtonProps={showButton}
      />
    </>
  );
}
