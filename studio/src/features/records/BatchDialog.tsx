import { Button, Group, Progress, Select, Stack, Text } from '@mantine/core';
import type { ColumnDef } from '@tanstack/react-table';
import { useMemo, useRef, useState, type SubmitEvent } from 'react';
import { Dialog } from '../../components/Dialog';
import { nameOf } from '../../api/recordName';
import { queryClient } from '../../api/query';
import type { AnyRecord } from '../../api/records';
import type { TypeDescription } from '../../api/types';
import { DataTable } from '../../components/DataTable';
import { ErrorNotice } from '../../components/ErrorNotice';
import { isWritable } from '../../components/fields/fields';
import { FieldInput } from '../../components/fields/FieldInput';
import { useComponentTexts } from '../../components/useComponentTexts';
import { bringBackAll, changeAll, isDone, putBackAll, readAll, refusedFirst, type BatchChange, type RowResult } from './batch';
import { useRecordsTexts } from './useRecordsTexts';

interface Props {
  readonly type: TypeDescription;
  readonly kind: BatchChange['kind'];
  /** The records themselves, or the query of the list when all that it finds are meant. */
  readonly of: readonly AnyRecord[] | Readonly<Record<string, string>>;
  readonly count: number;
  readonly onClose: () => void;
}

type Phase = 'asking' | 'reading' | 'running' | 'over';

/** One change of many records: asked for, done with progress, and answered row by row. */
export function BatchDialog({ type, kind, of, count, onClose }: Props) {
  const t = useRecordsTexts();
  const common = useComponentTexts();
  const [phase, setPhase] = useState<Phase>('asking');
  const [fieldName, setFieldName] = useState<string | null>(null);
  const [value, setValue] = useState<unknown>(null);
  const [results, setResults] = useState<readonly RowResult[]>([]);
  const [total, setTotal] = useState(count);
  const [read, setRead] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const [isUndone, setUndone] = useState(false);
  const stop = useRef(new AbortController());
  const field = type.fields.find(one => one.name === fieldName);
  const done = results.filter(isDone);
  const canUndo = !isUndone && (kind === 'delete' ? done.some(row => row.operation !== null) : done.length > 0);

  const work = async (rows: number, run: (onResults: (more: readonly RowResult[]) => void, signal: AbortSignal) => Promise<void>) => {
    stop.current = new AbortController();
    setResults([]);
    setTotal(rows);
    setPhase('running');
    await run(more => setResults(known => [...known, ...more]), stop.current.signal);
    await queryClient.invalidateQueries({ queryKey: kind === 'delete' ? ['records'] : ['records', type.name] });
    setPhase('over');
  };
  const begin = async (event: SubmitEvent) => {
    event.preventDefault();
    if (kind === 'set' && field === undefined) return;
    try {
      let records = of;
      if (!isList(records)) {
        setPhase('reading');
        records = await readAll(type.name, records, setRead, stop.current.signal);
      }
      const those = records;
      const change: BatchChange = kind === 'delete' ? { kind } : { kind, field: field?.name ?? '', value };
      await work(those.length, (onResults, signal) => changeAll(type.name, those, () => change, onResults, signal));
    } catch (e) {
      if (stop.current.signal.aborted) return onClose();
      setError(e);
      setPhase('asking');
    }
  };
  const undo = () => {
    setUndone(true);
    work(kind === 'delete' ? done.filter(row => row.operation !== null).length : done.length, (onResults, signal) => kind === 'delete' ? bringBackAll(done.filter(row => row.operation !== null), onResults, signal) : putBackAll(type.name, field?.name ?? '', done, onResults, signal))
      .catch((e: unknown) => {
        setError(e);
        setPhase('over');
      });
  };
  const shown = useMemo(() => refusedFirst(results), [results]);
  const isBusy = phase === 'reading' || phase === 'running';
  const title = phase === 'asking' ? t(kind === 'delete' ? 'batchDelete' : 'batchChange', { count })
    : phase === 'reading' ? t('batchReading', { count: read })
    : t(isBusy ? 'batchRunning' : 'batchOver', { done: isBusy ? results.length : done.length, all: total });
  return (
    <Dialog onClose={isBusy ? () => stop.current.abort() : onClose} size="lg" title={title} closeOnClickOutside={!isBusy} closeButtonProps={{ 'aria-label': common(isBusy ? 'cancel' : 'close') }}>
      <form onSubmit={begin}>
        <Stack>
          {error !== null && <ErrorNotice error={error} title={common('failed')} />}
          {phase === 'asking' && kind === 'delete' && <Text size="sm">{t('deleteExplain')}</Text>}
          {phase === 'asking' && kind === 'set' && (
            <>
              <Select label={common('filterField')} searchable required data-autofocus value={fieldName} onChange={name => { setFieldName(name); setValue(null); }}
                data={type.fields.filter(isWritable).map(one => ({ value: one.name, label: one.label }))} />
              {field && <FieldInput key={field.name} field={field} label={common('filterValue')} value={value} onChange={setValue} />}
            </>
          )}
          {isBusy && <Progress value={phase === 'reading' ? 100 * read / Math.max(count, 1) : 100 * results.length / Math.max(total, 1)} aria-label={title} animated />}
          {phase === 'over' && <Results type={type} results={shown} />}
          <Group justify="flex-end">
            {phase === 'asking' && <Button variant="default" onClick={onClose}>{common('cancel')}</Button>}
            {phase === 'asking' && (
              <Button type="submit" {...(kind === 'delete' && { color: 'red' })} disabled={kind === 'set' && !field}>{t(kind === 'delete' ? 'batchDeleteDo' : 'batchChangeDo', { count })}</Button>
            )}
            {isBusy && <Button variant="default" onClick={() => stop.current.abort()}>{t('stop')}</Button>}
            {phase === 'over' && canUndo && <Button variant="default" onClick={undo}>{t('batchUndo')}</Button>}
            {phase === 'over' && <Button onClick={onClose} data-autofocus>{common('close')}</Button>}
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function Results({ type, results }: { readonly type: TypeDescription; readonly results: readonly RowResult[] }) {
  const t = useRecordsTexts();
  const columns = useMemo<ColumnDef<RowResult>[]>(() => [
    { id: 'name', header: t('record'), size: 180, cell: ({ row: { original: one } }) => nameOf(type, one.record) },
    { id: 'result', header: t('result'), size: 340, cell: ({ row: { original: one } }) => isDone(one) ? t('resultDone') : one.status === 412 ? t('changedSince') : one.status === 404 ? t('deletedSince') : reasonOf(one) },
  ], [t, type]);
  return (
    <div style={{ height: Math.min(44 * results.length + 42, 380) }}>
      <DataTable label={t('results')} rows={results} columns={columns} idOf={one => one.record.id} nameOf={one => nameOf(type, one.record)} />
    </div>
  );
}

function reasonOf({ problem, status }: RowResult): string {
  return problem?.errors?.map(one => one.detail).join(' ') || problem?.detail || String(status ?? '');
}

function isList(of: Props['of']): of is readonly AnyRecord[] {
  return Array.isArray(of);
}
