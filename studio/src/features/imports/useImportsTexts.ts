import { texts } from '../../text/text';
import de from './imports.texts.de.json';
import en from './imports.texts.en.json';

export const useImportsTexts = texts({ en, de });
