import { IconBook2, IconDatabase, IconInbox, IconPhoneCall, IconRoute, IconTable } from '@tabler/icons-react';
import { page } from './page';

/**
 * Every page of the studio: its address, whom it is for, and, if it stands in the navigation, how. A page is loaded when
 * somebody goes there. `name` is a key of app.texts.*.json, `keys` a letter after `g`.
 */
export const pages = [
  page('/inbox', 'tasks:read', () => import('../features/inbox/InboxPage'), { name: 'nav.inbox', icon: IconInbox, keys: 't' }),
  page('/inbox/$id', 'tasks:read', () => import('../features/inbox/TaskPage')),
  page('/records', null, () => import('../features/records/RecordTypesPage'), { name: 'nav.records', icon: IconDatabase, keys: 'r' }),
  page('/records/$type', null, () => import('../features/records/RecordListPage')),
  page('/records/$type/new', null, () => import('../features/records/NewRecordPage')),
  page('/records/$type/$id', null, () => import('../features/records/RecordPage')),
  page('/imports', 'import-batches:read', () => import('../features/imports/ImportsPage')),
  page('/imports/new', null, () => import('../features/imports/NewImportPage')),
  page('/imports/$id', 'import-batches:read', () => import('../features/imports/ImportPage')),
  page('/porting', 'migrations:read', () => import('../features/porting/MigrationsPage'), { name: 'nav.porting', icon: IconPhoneCall, keys: 'm' }),
  page('/porting/numbers', 'phone-numbers:read', () => import('../features/porting/NumbersPage')),
  page('/porting/$id', 'migrations:read', () => import('../features/porting/MigrationPage')),
  page('/porting/$id/cutover', 'migrations:read', () => import('../features/porting/CutOverPage')),
  page('/artefacts', 'artefacts:read', () => import('../features/artefacts/ArtefactsPage'), { name: 'nav.artefacts', icon: IconTable, keys: 'a' }),
  page('/artefacts/$kind/$key', 'artefacts:read', () => import('../features/artefacts/ArtefactPage')),
  page('/artefacts/$kind/$key/edit', 'artefacts:read', () => import('../features/artefacts/editor/EditorPage')),
  page('/artefacts/$kind/$key/review', 'artefacts:read', () => import('../features/artefacts/review/ReviewPage')),
  page('/decisions/$id', 'decisions:read', () => import('../features/artefacts/DecisionPage')),
  page('/processes/$', 'artefacts:read', () => import('../features/designer/DesignerPage'), { name: 'nav.processes', icon: IconRoute, keys: 'p', to: '/processes/definitions' }),
  page('/help/$topic', null, () => import('../features/help/HelpPage'), { name: 'nav.help', icon: IconBook2, to: '/help/studio' }),
];
