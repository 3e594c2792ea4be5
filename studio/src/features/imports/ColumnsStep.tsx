import { Alert, Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Sent } from '../../api/client';
import type { TypeDescription } from '../../api/types';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { UploadProgress } from '../../components/UploadProgress';
import { Delimiters, Encodings, mappingBy, missing, preview, rememberedQuery, twice, type Mapping, type Policy, type Reading, type Remembered } from './imports';
import type { Plan } from './ImportWizard';
import { MappingTable } from './MappingTable';
import { RememberedMappings } from './RememberedMappings';
import { useImportsTexts } from './useImportsTexts';

const None: readonly Remembered[] = [];

interface Props {
  readonly type: TypeDescription;
  readonly file: File;
  readonly reading: Reading;
  readonly plan: Plan | null;
  readonly onReading: (reading: Reading) => void;
  readonly onPlan: (plan: Plan) => void;
  readonly onNext: () => void;
  readonly onBack: () => void;
}

/** How the file is read, and which column goes to which field. */
export function ColumnsStep({ type, file, reading, plan, onReading, onPlan, onNext, onBack }: Props) {
  const t = useImportsTexts();
  const [sent, setSent] = useState<Sent | null>(null);
  const found = useQuery({
    queryKey: ['import-preview', type.name, file.name, file.size, file.lastModified, reading],
    queryFn: ({ signal }) => preview(type.name, file, reading, { signal, onSent: setSent }),
    staleTime: 'static', // when a large file is sent again is for the person to say, also after the line was lost
    retry: false,
  });
  const read = found.data;
  const known = useQuery({ ...rememberedQuery(type.name, read?.shape ?? ''), enabled: read !== undefined });
  const remembered = known.isError ? None : known.data; // nothing to begin with is no reason to stop
  useEffect(() => {
    if (!read || !remembered || plan?.preview === read) return;
    const [last] = remembered;
    onPlan({ preview: read, mapping: mappingBy(last, read.columns, type.fields), remembered: last?.id ?? null, policy: plan?.policy ?? { existing: 'update', allOrNothing: false } });
  }, [read, remembered, plan, type, onPlan]);
  const again = <Button variant="default" onClick={onBack}>{t('otherFile')}</Button>;
  if (found.isError) return <Stack><ErrorNotice error={found.error} title={t('notRead')} onRetry={() => void found.refetch()} /><Group>{again}</Group></Stack>;
  if (found.isFetching && sent) return <UploadProgress sent={sent} onCancel={onBack} />;
  if (!read || !remembered || !plan) return <LoadingState />;
  const doubled = twice(plan.mapping);
  const lacking = missing(type, plan.mapping);
  const decide = (policy: Partial<Policy>) => onPlan({ ...plan, policy: { ...plan.policy, ...policy } });
  const change = (mapping: Mapping) => onPlan({ ...plan, mapping });
  const labelOf = (name: string) => type.fields.find(field => field.name === name)?.label ?? name;
  return (
    <Stack>
      <Group align="end">
        {read.format === 'csv' && (
          <>
            <NativeSelect label={t('encoding')} value={reading.encoding} onChange={event => onReading({ ...reading, encoding: event.currentTarget.value })}
              data={[{ value: '', label: t('foundOut', { value: read.encoding ?? '' }) }, ...Encodings]} />
            <NativeSelect label={t('delimiter')} value={reading.delimiter} onChange={event => onReading({ ...reading, delimiter: event.currentTarget.value })}
              data={[{ value: '', label: t('foundOut', { value: named(read.delimiter) }) }, ...Delimiters.map(value => ({ value, label: t(`delimiter.${value}`) }))]} />
          </>
        )}
        {read.sheets.length > 0 && <NativeSelect label={t('sheet')} value={read.sheet ?? ''} onChange={event => onReading({ ...reading, sheet: event.currentTarget.value })} data={[...read.sheets]} />}
        <NativeSelect label={t('existing')} value={plan.policy.existing} onChange={event => decide({ existing: event.currentTarget.value === 'skip' ? 'skip' : 'update' })}
          data={[{ value: 'update', label: t('existing.update') }, { value: 'skip', label: t('existing.skip') }]} />
        <NativeSelect label={t('refusals')} value={plan.policy.allOrNothing ? 'all' : 'good'} onChange={event => decide({ allOrNothing: event.currentTarget.value === 'all' })}
          data={[{ value: 'good', label: t('refusals.good') }, { value: 'all', label: t('refusals.all') }]} />
      </Group>
      {read.warnings.map(warning => <Alert key={warning} color="yellow" variant="outline"><Text size="sm">{warning}</Text></Alert>)}
      {doubled.size > 0 && <Alert role="alert" color="red" variant="outline"><Text size="sm">{t('twice', { fields: [...doubled].map(labelOf).join(', ') })}</Text></Alert>}
      {lacking.length > 0 && <Alert color="yellow" variant="outline"><Text size="sm">{t('missing', { fields: lacking.map(field => field.label).join(', ') })}</Text></Alert>}
      {remembered.length > 0 && (
        <RememberedMappings remembered={remembered} chosen={plan.remembered}
          onChoose={one => onPlan({ ...plan, remembered: one?.id ?? null, mapping: mappingBy(one, read.columns, type.fields) })} />
      )}
      <MappingTable type={type} preview={read} mapping={plan.mapping} doubled={doubled} onChange={change} />
      <Group justify="space-between">
        {again}
        <Button disabled={doubled.size > 0 || plan.mapping.every(place => place.field === null)} onClick={onNext}>{t('toCheck')}</Button>
      </Group>
    </Stack>
  );

  function named(delimiter: string | null): string {
    const known = Delimiters.find(one => one === delimiter);
    return known ? t(`delimiter.${known}`) : '';
  }
}
