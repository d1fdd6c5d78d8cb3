import type { ErrorComponentProps } from '@tanstack/react-router';
import { ProblemNotice } from '../notice/Notice.tsx';

/** What a route shows where it could not be loaded. */
export function Failed({ error, reset }: ErrorComponentProps) {
  return (
    <div style={{ padding: 24, maxWidth: 720 }}>
      <ProblemNotice failure={error} onRetry={reset} />
    </div>
  );
}
