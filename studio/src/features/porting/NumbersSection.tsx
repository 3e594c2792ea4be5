import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { useGo } from '../../components/useUrl';
import { summaryQuery } from './porting';
import { Card } from '../../components/Card';
import { StatusCounts } from './StatusCounts';
import { usePortingTexts } from './usePortingTexts';

/** How many numbers are in each state; a count leads to its numbers. */
export function NumbersSection({ migrationId }: { readonly migrationId: string }) {
  const t = usePortingTexts();
  const go = useGo();
  const summary = useQuery(summaryQuery(migrationId));
  return (
    <Card title={t('numbers')}>
      {summary.isError && <ErrorNotice error={summary.error} onRetry={() => void summary.refetch()} />}
      {summary.isPending && <LoadingState lines={2} />}
      {summary.data && (
        <>
          <Text size="sm" c="dimmed" mb="xs">{t('numbersInAll', { count: summary.data.total })}</Text>
          <StatusCounts states={Object.keys(summary.data.byStatus)} counts={new Map(Object.entries(summary.data.byStatus))} chosen={[]}
            onChoose={status => go(`/porting/numbers?migration=${migrationId}&status=${status.join(',')}`)} />
        </>
      )}
    </Card>
  );
}
