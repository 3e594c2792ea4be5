import { Button, Checkbox, Group, Stack, Text, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { api } from '../../api/client';
import { useMe } from '../../api/me';
import { queryClient } from '../../api/query';
import { Chip } from '../../components/Chip';
import { ErrorNotice } from '../../components/ErrorNotice';
import { useToast } from '../../components/useToast';
import { When } from '../../components/When';
import { Card } from '../../components/Card';
import styles from './records.module.css';
import { useChanges } from './useChanges';
import { useRecordsTexts } from './useRecordsTexts';

interface Comment {
  readonly id: string;
  readonly body: string;
  readonly isInternal: boolean;
  readonly authorId: string | null;
  readonly author: string;
  readonly createdAt: string;
}

interface Props {
  readonly type: string;
  readonly id: string;
  readonly mayWrite: boolean;
}

/** What people say of a record; what is being written is kept until it is sent. */
export function CommentsCard({ type, id, mayWrite }: Props) {
  const t = useRecordsTexts();
  const me = useMe();
  const toast = useToast();
  const { changes, put, clear } = useChanges(`${type}/${id}/comment`, null);
  const [isInternal, setInternal] = useState(true);
  const [isBusy, setBusy] = useState(false);
  const key = ['records', type, id, 'comments'];
  const path = `/api/${type}/${id}/comments`;
  const found = useQuery({ queryKey: key, queryFn: ({ signal }) => api<{ readonly items: readonly Comment[] }>(`${path}?limit=500`, { signal }) });
  const text = typeof changes['body'] === 'string' ? changes['body'] : '';
  const refresh = () => queryClient.invalidateQueries({ queryKey: key });
  const remove = (comment: Comment) => api(`${path}/${comment.id}`, { method: 'DELETE' }).then(refresh);
  const say = async (body: string, internal: boolean) => {
    const comment = await api<Comment>(path, { method: 'POST', body: { body, isInternal: internal } });
    await refresh();
    return comment;
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (text.trim() === '' || isBusy) return;
    setBusy(true);
    say(text, isInternal)
      .then(comment => {
        clear();
        toast.done(t('commented'), () => remove(comment));
      })
      .catch((error: unknown) => toast.failed(error))
      .finally(() => setBusy(false));
  };
  return (
    <Card title={t('comments')}>
      {found.isError && <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />}
      <ul className={styles.entries}>
        {found.data?.items.map(comment => (
          <li key={comment.id}>
            <Group gap="xs" justify="space-between">
              <Group gap="xs">
                <Text size="sm" fw={600}>{comment.author}</Text>
                <Text size="xs" c="dimmed"><When at={comment.createdAt} short /></Text>
                {comment.isInternal && <Chip tone="warn">{t('internal')}</Chip>}
              </Group>
              {mayWrite && comment.authorId === me?.user.id && (
                <Button size="compact-xs" variant="subtle" color="gray" aria-label={t('commentDelete')}
                  onClick={() => void remove(comment).then(() => toast.done(t('commentDeleted'), () => say(comment.body, comment.isInternal)), (error: unknown) => toast.failed(error))}>
                  {t('delete')}
                </Button>
              )}
            </Group>
            <Text size="sm" className={styles.body}>{comment.body}</Text>
          </li>
        ))}
      </ul>
      {mayWrite && (
        <form onSubmit={submit}>
          <Stack gap="xs" mt="sm">
            <Textarea label={t('comment')} autosize minRows={2} maxRows={10} maxLength={20_000} value={text} onChange={event => put('body', event.currentTarget.value, '')} />
            <Group justify="space-between">
              <Checkbox label={t('internalOnly')} checked={isInternal} onChange={event => setInternal(event.currentTarget.checked)} />
              <Button type="submit" size="xs" loading={isBusy} disabled={text.trim() === ''}>{t('commentAdd')}</Button>
            </Group>
          </Stack>
        </form>
      )}
    </Card>
  );
}
