import { Button, CloseButton, Group } from '@mantine/core';
import { IconFilterPlus } from '@tabler/icons-react';
import { useState } from 'react';
import type { TypeDescription } from '../../api/types';
import { PopoverDialog } from '../PopoverDialog';
import { useComponentTexts } from '../useComponentTexts';
import { useUrlState } from '../useUrl';
import styles from './FilterBar.module.css';
import { FilterEditor } from './FilterEditor';
import { FilterWords } from './FilterWords';
import { filtersOf, keyOf, type Filter } from './filters';

/** The conditions of a list: each can be changed and taken away, and more added. They stand in the address. */
export function FilterBar({ type }: { readonly type: TypeDescription }) {
  const t = useComponentTexts();
  const [url, setUrl] = useUrlState();
  const [edited, setEdited] = useState<string | null>(null);
  const filters = filtersOf(url, type);
  const close = () => setEdited(null);
  const put = (before: Filter | null, after: Filter) => {
    setUrl({ ...(before && { [keyOf(before)]: null }), [keyOf(after)]: after.value }, 'push');
    close();
  };
  return (
    <Group gap="xs" role="group" aria-label={t('filters')}>
      {filters.map(filter => {
        const key = keyOf(filter);
        return (
          <Group key={key} gap={0} wrap="nowrap" className={styles.filter}>
            <PopoverDialog label={t('filterChange')} opened={edited === key} onClose={close} target={
              <button type="button" className={styles.words} aria-haspopup="dialog" aria-expanded={edited === key} onClick={() => setEdited(edited === key ? null : key)}>
                <FilterWords type={type} filter={filter} />
              </button>
            }>
              <FilterEditor type={type} filter={filter} onDone={after => put(filter, after)} onCancel={close} />
            </PopoverDialog>
            <CloseButton size={24} aria-label={t('filterRemove', { what: type.fields.find(one => one.name === filter.field)?.label ?? filter.field })} onClick={() => setUrl({ [key]: null }, 'push')} />
          </Group>
        );
      })}
      <PopoverDialog label={t('filterAdd')} opened={edited === ''} onClose={close} target={
        <Button size="compact-sm" variant="default" leftSection={<IconFilterPlus size={15} aria-hidden />} aria-haspopup="dialog" aria-expanded={edited === ''} onClick={() => setEdited(edited === '' ? null : '')}>
          {t('filterAdd')}
        </Button>
      }>
        <FilterEditor type={type} filter={null} onDone={after => put(null, after)} onCancel={close} />
      </PopoverDialog>
      {filters.length > 0 && <Button size="compact-sm" variant="subtle" onClick={() => setUrl(Object.fromEntries(filters.map(filter => [keyOf(filter), null])), 'push')}>{t('filtersClear')}</Button>}
    </Group>
  );
}
