import { texts } from '../text/text';
import de from './app.texts.de.json';
import en from './app.texts.en.json';

export type AppKey = keyof typeof en;

export const useAppTexts = texts({ en, de });
