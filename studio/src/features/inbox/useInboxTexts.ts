import { texts } from '../../text/text';
import de from './inbox.texts.de.json';
import en from './inbox.texts.en.json';

export const useInboxTexts = texts({ en, de });
