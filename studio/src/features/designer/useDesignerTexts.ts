import { texts } from '../../text/text';
import de from './designer.texts.de.json';
import en from './designer.texts.en.json';

export const useDesignerTexts = texts({ en, de });
