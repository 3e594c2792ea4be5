import { texts } from '../../text/text';
import de from './artefacts.texts.de.json';
import en from './artefacts.texts.en.json';

export const useArtefactsTexts = texts({ en, de });

export type ArtefactsKey = keyof typeof en;
