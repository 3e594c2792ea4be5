import { texts } from '../../text/text';
import de from './porting.texts.de.json';
import en from './porting.texts.en.json';

export const usePortingTexts = texts({ en, de });

export type PortingKey = keyof typeof en;

/** What a process owner has added is called by its own name, in words. */
export function inWords(name: string): string {
  const text = name.replaceAll('_', ' ');
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** The names of what ships with the product, in the person's language; `otherwise` for what a tenant has made. */
export function useNames() {
  const t = usePortingTexts();
  const named = (kind: 'status' | 'action' | 'field', name: string, otherwise = inWords(name)) => {
    const key = `${kind}.${name}`;
    return key in en ? t(key as PortingKey) : otherwise;
  };
  return {
    status: (name: string) => named('status', name),
    action: (name: string, label: string) => named('action', name, label),
    field: (name: string, label?: string) => named('field', name, label),
  };
}
