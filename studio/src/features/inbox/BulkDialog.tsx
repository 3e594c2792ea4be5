import { Button, Group, Progress, ScrollArea, Table, Text } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { queryClient } from '../../api/query';
import { useExplain } from '../../components/ErrorNotice';
import { useComponentTexts } from '../../components/useComponentTexts';
import { useToast } from '../../components/useToast';
import { perform, performAll, performInTurn, type Change, type Task } from './tasks';
import { useInboxTexts } from './useInboxTexts';

interface Props {
  readonly tasks: readonly Task[];
  readonly change: Change;
  /** What has been done, when it is. */
  readonly said: string;
  readonly inverseOf: (task: Task) => readonly Change[];
  readonly onClose: () => void;
}

/** The same change of many tasks. When all is done it goes, and the toast takes it back; when something was refused it stays, with what came of each. */
export function BulkDialog({ tasks, change, said, inverseOf, onClose }: Props) {
  const t = useInboxTexts();
  const common = useComponentTexts();
  const toast = useToast();
  const explain = useExplain();
  const [results, setResults] = useState<ReadonlyMap<string, unknown>>(new Map());
  const [isUndone, setUndone] = useState(false);
  const begun = useRef(false);

  useEffect(() => {
    if (begun.current) return; // once, also when React draws twice
    begun.current = true;
    let refused = 0;
    void performAll(tasks, task => perform(task, change), (task, error) => {
      if (error !== null) refused++;
      setResults(known => new Map(known).set(task.id, error));
    }).then(() => {
      if (refused === 0) {
        const backs = tasks.map(task => ({ task, back: inverseOf(task) }));
        toast.done(t('bulkSaid', { said, count: tasks.length }), backs.every(({ back }) => back.length === 0) ? undefined : () => putBack(backs));
        onClose();
      }
      return refresh();
    });
  }, [tasks, change, said, inverseOf, onClose, toast, t]);

  const done = tasks.filter(task => results.get(task.id) === null);
  const isOver = results.size === tasks.length;
  const undoable = done.filter(task => inverseOf(task).length > 0);
  const undo = async () => {
    setUndone(true);
    await performAll(undoable, task => performInTurn(task, inverseOf(task)), (task, error) => setResults(known => new Map(known).set(task.id, error ?? new Error(common('undone')))));
    await refresh();
  };

  return (
    <Dialog onClose={onClose} size="lg" closeOnClickOutside={isOver}
      title={t(isOver ? 'bulkTitle' : 'bulkRunning', { done: isOver ? done.length : results.size, all: tasks.length })}>
      {!isOver && <Progress value={100 * results.size / tasks.length} mb="md" aria-label={t('bulkRunning', { done: results.size, all: tasks.length })} />}
      <ScrollArea.Autosize mah="50vh">
        <Table>
          <Table.Tbody>
            {tasks.map(task => {
              const error = results.get(task.id);
              return (
                <Table.Tr key={task.id}>
                  <Table.Td>{task.title}</Table.Td>
                  <Table.Td>
                    <Group gap={6} wrap="nowrap">
                      {error === null && <IconCheck size={16} aria-hidden />}
                      {error !== null && error !== undefined && <IconX size={16} aria-hidden />}
                      <Text size="sm">{error === undefined ? t('bulkWaiting') : error === null ? t('bulkDone') : explain(error)}</Text>
                    </Group>
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </ScrollArea.Autosize>
      <Group justify="flex-end" mt="md">
        {isOver && undoable.length > 0 && !isUndone && <Button variant="default" onClick={undo}>{t('bulkUndo')}</Button>}
        <Button onClick={onClose} data-autofocus>{common('close')}</Button>
      </Group>
    </Dialog>
  );
}

function refresh(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: ['records', 'tasks'] });
}

/** All of them, also when one is refused, of which the first is told. */
async function putBack(backs: readonly { readonly task: Task; readonly back: readonly Change[] }[]): Promise<void> {
  let refusal: unknown = null;
  await performAll(backs, ({ task, back }) => performInTurn(task, back), (_, error) => {
    refusal ??= error;
  });
  await refresh();
  if (refusal !== null) throw refusal; // eslint-disable-line @typescript-eslint/only-throw-error -- as it was thrown
}
