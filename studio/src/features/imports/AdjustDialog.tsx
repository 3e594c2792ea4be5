import { Button, Checkbox, Group, NativeSelect, Stack, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { useComponentTexts } from '../../components/useComponentTexts';
import { linesOf, valuesOf, type DateOrder, type Place } from './imports';
import { useImportsTexts } from './useImportsTexts';

interface Props {
  /** Its name in the file. */
  readonly column: string;
  readonly place: Place;
  readonly onClose: () => void;
  readonly onSave: (place: Place) => void;
}

const orders: readonly DateOrder[] = ['dmy', 'mdy'];

/** What is done with the cells of one column before they are read. */
export function AdjustDialog({ column, place, onClose, onSave }: Props) {
  const t = useImportsTexts();
  const common = useComponentTexts();
  const [trim, setTrim] = useState(place.trim === true);
  const [phone, setPhone] = useState(place.phone === true);
  const [dates, setDates] = useState(place.dates);
  const [lines, setLines] = useState(linesOf(place.values));
  const [empty, setEmpty] = useState(place.values?.[''] ?? '');
  const save = () => {
    const values = valuesOf(lines, empty);
    onSave({ field: place.field, ...(trim && { trim }), ...(phone && { phone }), ...(dates && { dates }), ...(Object.keys(values).length > 0 && { values }) });
  };
  return (
    <Dialog onClose={onClose} title={t('adjustTitle', { column })}>
      <form onSubmit={event => {
        event.preventDefault();
        save();
      }}>
        <Stack>
          <Checkbox label={t('adjust.trim')} checked={trim} onChange={event => setTrim(event.currentTarget.checked)} data-autofocus />
          <Checkbox label={t('adjust.phone')} checked={phone} onChange={event => setPhone(event.currentTarget.checked)} />
          <NativeSelect label={t('adjust.dates')} value={dates ?? ''} onChange={event => setDates(orders.find(order => order === event.currentTarget.value))}
            data={[{ value: '', label: t('adjust.dates.year') }, ...orders.map(value => ({ value, label: t(`adjust.dates.${value}`) }))]} />
          <Textarea label={t('adjust.values')} description={t('adjust.valuesHint')} autosize minRows={3} maxRows={10} value={lines} onChange={event => setLines(event.currentTarget.value)} />
          <TextInput label={t('adjust.empty')} value={empty} onChange={event => setEmpty(event.currentTarget.value)} />
          <Group justify="end">
            <Button variant="default" onClick={onClose}>{common('cancel')}</Button>
            <Button type="submit">{t('adjust.save')}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
