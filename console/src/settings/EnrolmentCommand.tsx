// How a device joins: two commands for a root shell. The agent enrols as its own user and never as root, so that its folder
// stays its own and it sees the same hardware at every later start (docs/guide/devices.md).
import { useText } from '../language/Language.tsx';
import { CopyField } from '../look/CopyField.tsx';

/** What goes before the server's command, and what follows it. */
const AS_AGENT = 'runuser -u purser-agent --';
const START = 'systemctl enable --now purser-agent';

export function EnrolmentCommand({ command }: { command: string }) {
  const text = useText();
  return (
    <>
      <CopyField label={text('enrolment-command')} value={`${AS_AGENT} ${command}\n${START}`} />
      <p>{text('enrolment-run')}</p>
    </>
  );
}
