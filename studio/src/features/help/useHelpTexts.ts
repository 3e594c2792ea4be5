import { texts } from '../../text/text';
import de from './help.texts.de.json';
import en from './help.texts.en.json';

export const useHelpTexts = texts({ en, de });
