import { Drawer, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { recordQuery } from '../../api/records';
import { AppLink } from '../../components/AppLink';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { date } from '../../components/time';
import { useComponentTexts } from '../../components/useComponentTexts';
import { useFocusReturn } from '../../components/useFocusReturn';
import { useLanguage } from '../../text/text';
import { LettersOf } from './LettersOf';
import { putNumbers } from './numbers';
import { OfferedActions } from './OfferedActions';
import type { PhoneNumber } from './porting';
import styles from './porting.module.css';
import { Card } from '../../components/Card';
import { StatusChip } from './StatusChip';
import { StoryOf } from './StoryOf';
import { inWords, usePortingTexts } from './usePortingTexts';

/** One number beside the others: what can be done with it, its letters and its story. */
export function NumberPanel({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const common = useComponentTexts();
  useFocusReturn();
  const number = useQuery(recordQuery<PhoneNumber>('phone-numbers', id));
  const data = number.data?.data;
  return (
    <Drawer opened onClose={onClose} position="right" size="md" title={data?.number ?? '…'} closeButtonProps={{ 'aria-label': common('close') }}>
      {number.isError && <ErrorNotice error={number.error} onRetry={() => void number.refetch()} />}
      {number.isPending && <LoadingState />}
      {data && (
        <Stack>
          <OfferedActions type="phone-numbers" id={id} name={data.number} size="xs"
            onDone={() => void number.refetch().then(now => now.data && putNumbers([now.data.data]))} />
          <Facts number={data} />
          <LettersOf numberId={id} />
          <StoryOf type="phone-numbers" id={id} />
        </Stack>
      )}
    </Drawer>
  );
}

function Facts({ number }: { readonly number: PhoneNumber }) {
  const t = usePortingTexts();
  const language = useLanguage();
  const day = (at: string) => date(`${at}T12:00`, language);
  return (
    <Card title={t('overview')}>
      <dl className={styles.facts}>
        <dt>{t('status')}</dt><dd><StatusChip status={number.status} /></dd>
        <dt>{t('type')}</dt><dd>{inWords(number.type)}</dd>
        {number.currentCarrier !== null && <><dt>{t('carrier')}</dt><dd>{number.currentCarrier}</dd></>}
        {number.endUserId !== null && <><dt>{t('assigned')}</dt><dd><AppLink size="sm" to={`/records/end-users/${number.endUserId}`}>{t('toUser')}</AppLink></dd></>}
        {number.resourceAccountId !== null && <><dt>{t('assigned')}</dt><dd><AppLink size="sm" to={`/records/resource-accounts/${number.resourceAccountId}`}>{t('toAccount')}</AppLink></dd></>}
        {number.attempt > 0 && <><dt>{t('field.attempt')}</dt><dd>{number.attempt}</dd></>}
        {number.rejectionCode !== null && <><dt>{t('field.rejectionCode')}</dt><dd>{inWords(number.rejectionCode)}</dd></>}
        {number.focDate !== null && <><dt>{t('field.focDate')}</dt><dd>{day(number.focDate)}</dd></>}
        {number.portDate !== null && <><dt>{t('field.portDate')}</dt><dd>{day(number.portDate)}</dd></>}
      </dl>
      <AppLink size="sm" to={`/records/phone-numbers/${number.id}`}>{t('wholeRecord')}</AppLink>
    </Card>
  );
}
