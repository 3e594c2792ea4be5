import { texts } from '../../text/text';
import de from './records.texts.de.json';
import en from './records.texts.en.json';

export const useRecordsTexts = texts({ en, de });
