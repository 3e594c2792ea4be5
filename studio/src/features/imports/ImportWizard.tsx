import { Stepper } from '@mantine/core';
import { useState } from 'react';
import type { TypeDescription } from '../../api/types';
import { CheckStep } from './CheckStep';
import { ColumnsStep } from './ColumnsStep';
import { FileStep } from './FileStep';
import type { Mapping, Policy, Preview, Reading } from './imports';
import { useImportsTexts } from './useImportsTexts';

const AsFound: Reading = { encoding: '', delimiter: '', sheet: '' };

/** What has been decided about the columns. */
export interface Plan {
  readonly preview: Preview;
  readonly mapping: Mapping;
  /** Which remembered mapping it began with; null for none. */
  readonly remembered: string | null;
  readonly policy: Policy;
}

/** File, columns, check; what follows has a page of its own, which can be left and found again. */
export function ImportWizard({ type }: { readonly type: TypeDescription }) {
  const t = useImportsTexts();
  const [step, setStep] = useState(0);
  const [file, setFile] = useState<File | null>(null);
  const [reading, setReading] = useState(AsFound);
  const [plan, setPlan] = useState<Plan | null>(null);
  const take = (taken: File) => {
    setFile(taken);
    setReading(AsFound);
    setPlan(null);
    setStep(1);
  };
  const read = (next: Reading) => {
    setReading(next);
    setPlan(null);
  };
  return (
    <>
      <Stepper active={step} onStepClick={next => next < step && setStep(next)} size="sm" mb="lg" allowNextStepsSelect={false}>
        <Stepper.Step label={t('step.file')} description={file?.name ?? ''} />
        <Stepper.Step label={t('step.columns')} />
        <Stepper.Step label={t('step.check')} />
      </Stepper>
      {step === 0 && <FileStep type={type} onFile={take} />}
      {step === 1 && file && <ColumnsStep type={type} file={file} reading={reading} plan={plan} onReading={read} onPlan={setPlan} onNext={() => setStep(2)} onBack={() => setStep(0)} />}
      {step === 2 && file && plan && <CheckStep type={type} file={file} reading={reading} plan={plan} onBack={() => setStep(1)} />}
    </>
  );
}
