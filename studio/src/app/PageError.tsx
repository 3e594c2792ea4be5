import type { ErrorComponentProps } from '@tanstack/react-router';
import { ErrorNotice } from '../components/ErrorNotice';

/** A page that failed while it was drawn or loaded; the rest of the studio goes on. */
export function PageError({ error, reset }: ErrorComponentProps) {
  // A chunk that is gone: the service was updated while this tab was open. Loading the page again is the cure.
  const isOutdated = /dynamically imported module|module script failed/i.test(String(error));
  return (
    <div style={{ padding: 24 }}>
      <ErrorNotice error={error} onRetry={() => {
        if (isOutdated) location.reload();
        else reset();
      }} />
    </div>
  );
}
