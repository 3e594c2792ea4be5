import { texts } from '../text/text';
import de from './components.texts.de.json';
import en from './components.texts.en.json';

export const useComponentTexts = texts({ en, de });
