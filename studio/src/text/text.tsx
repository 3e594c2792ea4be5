import { createContext, use } from 'react';

/** To add a language: its name here; the compiler then names every resource file that lacks it. */
export const languages = { en: 'English', de: 'Deutsch' } as const;

export type Language = keyof typeof languages;

export type Values = Readonly<Record<string, string | number>>;

export type Translate<Key extends string = string> = (key: Key, values?: Values) => string;

const LanguageContext = createContext<Language>('en');

export const LanguageProvider = LanguageContext.Provider;

export function useLanguage(): Language {
  return use(LanguageContext);
}

/**
 * The texts of a feature, from its resource files, as a hook. `{name}` is filled in; `{count|one=task|other=tasks}` chooses
 * by the plural rules of the language.
 */
export function texts<English extends Readonly<Record<string, string>>>(
  byLanguage: { readonly en: English } & Readonly<Record<Language, Readonly<Record<keyof English, string>>>>,
) {
  type Key = keyof English & string;
  const translators = new Map<Language, Translate<Key>>();
  return function useTexts(): Translate<Key> {
    const language = useLanguage();
    let translate = translators.get(language);
    if (!translate) {
      const table: Readonly<Record<string, string>> = byLanguage[language];
      translate = (key, values) => fill(table[key] ?? key, language, values);
      translators.set(language, translate);
    }
    return translate;
  };
}

export function fill(text: string, language: Language, values: Values = {}): string {
  return text.replaceAll(/\{(\w+)((?:\|\w+=[^|}]*)*)\}/g, (whole, name: string, forms: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    if (!forms) return typeof value === 'number' ? value.toLocaleString(language) : value;
    const form = new Intl.PluralRules(language).select(Number(value));
    const chosen = new RegExp(String.raw`\|${form}=([^|}]*)`).exec(forms) ?? /\|other=([^|}]*)/.exec(forms);
    return (chosen?.[1] ?? '').replaceAll('#', Number(value).toLocaleString(language));
  });
}

/** The choice of the person, else the first language of the browser that we have. */
export function preferredLanguage(): Language {
  const wanted = [localStorage.getItem('switchboard.language') ?? '', ...navigator.languages];
  for (const tag of wanted) {
    const language = tag.slice(0, 2).toLowerCase();
    if (language in languages) return language as Language;
  }
  return 'en';
}
