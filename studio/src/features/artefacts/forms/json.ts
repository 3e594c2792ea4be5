import { jsonDefaults } from 'monaco-editor/languages/features/json/register.js';
import schema from '../../../../../engine/Runtime/Artefacts/Kinds/form.schema.json';

// Only forms are JSON here. What it says is a hint while one types: whether a form may be saved, the service decides.
jsonDefaults.setDiagnosticsOptions({ validate: true, allowComments: false, schemas: [{ uri: 'urn:switchboard:form', fileMatch: ['*'], schema }] });
