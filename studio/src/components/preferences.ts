import { useLocalStorage } from '@mantine/hooks';

const asIs = { serialize: (value: string) => value, deserialize: (value: string | undefined) => value ?? '', getInitialValueInEffect: false };

/** What a person has chosen on this device; shared by its tabs. */
export function usePreference(name: 'language' | 'keys', otherwise: string): [string, (value: string) => void] {
  const [value, set] = useLocalStorage({ key: `switchboard.${name}`, defaultValue: otherwise, ...asIs });
  return [value, set];
}
